"""Seconds of surrogates and solvers, and when a surrogate has paid for itself."""
