"""One loss a module: ``Settings`` and ``Loss(settings, problem, mean_square)``."""
