"""What an evaluation can ask beyond the errors: one question a module.

A suite has ``Settings``, a ``Result`` with its ``section()``, and ``measure(evaluation, settings)``, which returns one.
"""
