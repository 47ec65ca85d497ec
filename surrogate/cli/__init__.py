"""The command line: the only place with typer and rich; nothing here imports torch before a command runs."""
