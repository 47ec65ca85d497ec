"""One tracker a module: ``PACKAGE`` and ``Tracker(folder, rows)``."""
