"""What a surrogate is compared with: predictions without learning, and the solver at less effort."""
