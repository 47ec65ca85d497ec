"""Whatever answers in physical units: surrogates and what surrounds them, runs, exported files, ensembles."""
