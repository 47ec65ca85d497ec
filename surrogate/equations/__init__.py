"""One partial differential equation per module: a class with its parameters and terms; families start with ``_``."""

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from surrogate.equations._equation import Equation, Solved, equation_class, read_equation

if TYPE_CHECKING:
    from surrogate.equations._boxes import Box, ByLines, Reacting, Started
    from surrogate.equations._conservation import ConservationLaw
    from surrogate.equations._dirichlet_square import DirichletSquare
    from surrogate.equations._evolution import Evolution, Timed
    from surrogate.equations._fineness import OnCells, Stepped
    from surrogate.equations._fluids import FluidFlow, IdealGas, Water
    from surrogate.equations._forced import Forced
    from surrogate.equations._heat import Heat
    from surrogate.equations._line import Line, UnitLine
    from surrogate.equations._porous import PorousFlow
    from surrogate.equations._steady import LinearSteady, Steady
    from surrogate.equations._variational import Variational
    from surrogate.equations._vorticity import ViscousFlow, Vorticity

__all__ = ["Equation", "Solved", "equation_class", "read_equation"]
__all__ += ["Box", "ByLines", "ConservationLaw", "DirichletSquare", "Evolution", "FluidFlow", "Forced", "Heat"]
__all__ += ["IdealGas", "Line", "LinearSteady", "OnCells", "PorousFlow", "Reacting", "Started", "Steady", "Stepped"]
__all__ += ["Timed", "UnitLine", "Variational", "ViscousFlow", "Vorticity", "Water"]


def __getattr__(name: str) -> Any:
    """Return a family of equations, which loads torch, when it is first named: from a module that starts with ``_``."""
    if name in __all__:
        for family in (each.name for each in iter_modules(__path__) if each.name.startswith("_")):
            module = import_module(f"{__name__}.{family}")
            held = vars(module).get(name)
            if isinstance(held, type) and held.__module__ == module.__name__:
                return held
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
