"""A step surrogate applied to its own output."""
