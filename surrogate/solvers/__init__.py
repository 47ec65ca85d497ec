"""Classical numerics: pure functions on batched float64 tensors, one code for CPU and GPU."""
