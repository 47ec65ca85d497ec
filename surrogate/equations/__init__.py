"""One partial differential equation per module: a class with its parameters and terms; families start with ``_``."""

from surrogate.equations._equation import Equation, Solved, equation_class, read_equation

__all__ = ["Equation", "Solved", "equation_class", "read_equation"]
