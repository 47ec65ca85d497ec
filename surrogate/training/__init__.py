"""Fit a surrogate: loop, optimizers, resumable state."""
