"""One partial differential equation per module: a class with its parameters and terms; families start with ``_``."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from surrogate.equations._equation import Equation as Equation
from surrogate.equations._equation import Solved as Solved
from surrogate.equations._equation import equation_class as equation_class
from surrogate.equations._equation import read_equation as read_equation

if TYPE_CHECKING:
    from surrogate.equations._boxes import Box as Box
    from surrogate.equations._boxes import ByLines as ByLines
    from surrogate.equations._boxes import Reacting as Reacting
    from surrogate.equations._boxes import Started as Started
    from surrogate.equations._conservation import ConservationLaw as ConservationLaw
    from surrogate.equations._dirichlet_square import DirichletSquare as DirichletSquare
    from surrogate.equations._evolution import Evolution as Evolution
    from surrogate.equations._evolution import Timed as Timed
    from surrogate.equations._fineness import OnCells as OnCells
    from surrogate.equations._fineness import Stepped as Stepped
    from surrogate.equations._fluids import FluidFlow as FluidFlow
    from surrogate.equations._fluids import IdealGas as IdealGas
    from surrogate.equations._fluids import Water as Water
    from surrogate.equations._forced import Forced as Forced
    from surrogate.equations._heat import Heat as Heat
    from surrogate.equations._line import Line as Line
    from surrogate.equations._line import UnitLine as UnitLine
    from surrogate.equations._porous import PorousFlow as PorousFlow
    from surrogate.equations._steady import LinearSteady as LinearSteady
    from surrogate.equations._steady import Steady as Steady
    from surrogate.equations._vorticity import Vorticity as Vorticity

# Where the families are, which load torch.
_FAMILIES = {
    "_boxes": ("Box", "ByLines", "Reacting", "Started"),
    "_conservation": ("ConservationLaw",),
    "_dirichlet_square": ("DirichletSquare",),
    "_evolution": ("Evolution", "Timed"),
    "_fineness": ("OnCells", "Stepped"),
    "_fluids": ("FluidFlow", "IdealGas", "Water"),
    "_forced": ("Forced",),
    "_heat": ("Heat",),
    "_line": ("Line", "UnitLine"),
    "_porous": ("PorousFlow",),
    "_steady": ("LinearSteady", "Steady"),
    "_vorticity": ("Vorticity",),
}


def __getattr__(name: str) -> Any:
    """Return a family of equations, loaded when it is first named."""
    for module, families in _FAMILIES.items():
        if name in families:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
