"""Bands around predictions, and whether samples were kept apart."""
