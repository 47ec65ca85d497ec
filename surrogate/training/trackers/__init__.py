"""One tracker a module: ``PACKAGE`` and ``TRACKER``, its class, made of ``(folder, rows)``."""
