"""One partial differential equation per module: a class with its parameters and terms; families start with ``_``."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from surrogate.equations._equation import Equation, Solved, equation_class, read_equation

if TYPE_CHECKING:
    from surrogate.equations._boxes import Box
    from surrogate.equations._evolution import Evolution
    from surrogate.equations._forced import Forced
    from surrogate.equations._line import Line, UnitLine
    from surrogate.equations._steady import Steady
    from surrogate.equations._vorticity import Vorticity

__all__ = [
    "Box",
    "Equation",
    "Evolution",
    "Forced",
    "Line",
    "Solved",
    "Steady",
    "UnitLine",
    "Vorticity",
    "equation_class",
    "read_equation",
]

# Where the families are, which load torch.
_FAMILIES = {
    "Box": "_boxes",
    "Evolution": "_evolution",
    "Forced": "_forced",
    "Line": "_line",
    "Steady": "_steady",
    "UnitLine": "_line",
    "Vorticity": "_vorticity",
}


def __getattr__(name: str) -> Any:
    """Return a family of equations, loaded when it is asked for."""
    if name not in _FAMILIES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FAMILIES[name]}"), name)
