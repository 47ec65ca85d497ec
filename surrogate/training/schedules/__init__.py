"""One schedule a module: ``Settings`` and ``factor(settings, moment)``, so that resuming needs no state of it."""
