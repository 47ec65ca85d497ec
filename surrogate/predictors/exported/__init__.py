"""Exported surrogates read back: the one reader of what surrogate export writes."""
