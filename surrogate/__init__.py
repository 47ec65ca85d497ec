"""Turn a partial differential equation into a fast, trusted neural operator. Importing this loads no torch."""

__version__ = "0.1.0"
