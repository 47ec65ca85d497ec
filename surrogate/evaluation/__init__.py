"""How good a surrogate is: metrics, baselines, report."""
