"""One loss a module: ``Settings`` and ``LOSS``, its class, made of ``(settings, problem, mean_square)``."""
