"""How wrong predictions are: one number for each sample."""
