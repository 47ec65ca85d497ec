"""One foreign file format per module."""
