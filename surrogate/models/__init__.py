"""One neural operator per module: ``Settings`` and ``Model(settings, problem)``."""
