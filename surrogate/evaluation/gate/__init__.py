"""Whether a surrogate got worse: baselines, and the layers of the gate that hold them."""
