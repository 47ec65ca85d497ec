"""Several surrogates on the same samples."""
