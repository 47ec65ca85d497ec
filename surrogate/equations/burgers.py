"""Burgers flow: a velocity that carries itself, ``u_t + (u^2 / 2)_x = viscosity u_xx``, with period 1."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from surrogate.equations._equation import Positive
from surrogate.equations._line import Derivative, UnitLine, mean_drift


class Equation(UnitLine):
    """The viscosity of the flow.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, section 4 (Burgers).
    """

    states: ClassVar = ("velocity",)

    viscosity: Positive

    def linear(self, d: Derivative) -> Any:
        return self.viscosity * d(2)

    def outer(self, d: Derivative) -> Any:
        return -0.5 * d(1)

    def nonlinear(self, u: Any) -> Any:
        return u * u

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the momentum drifts, and by how much the largest speed grows, relative to it, ``(n,)``."""
        speed = states.abs().amax((2, 3))
        largest = speed[:, 0]
        return {"momentum": mean_drift(states), "maximum principle": (speed.amax(1) - largest).clamp(min=0) / largest}
