"""Random input fields, one law per module; a sample is a function of (seed, split, index) alone."""
