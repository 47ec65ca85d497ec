"""Linear operators between function spaces."""
