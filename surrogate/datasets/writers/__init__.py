"""One module per format that a data set of ours is written in: ``refusal(spec)`` and ``write(job)``."""
