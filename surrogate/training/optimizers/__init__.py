"""One optimizer a module: ``Settings``, ``SHARDS`` and ``build(settings, parameters)``."""
