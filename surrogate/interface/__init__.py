"""What ``import surrogate as sg`` offers and the command line calls: one function for each verb."""
