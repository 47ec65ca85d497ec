"""What an evaluation can ask beyond the errors: one question a module.

A suite has ``Settings``, ``measure(config, evaluation)``, which returns what it found as a JSON document, and
``section(document)``, which says it to a reader.
"""
