"""One symmetry a module: ``PLACE`` and ``draw(problem, stream)``, a change that leaves a problem what it is."""
