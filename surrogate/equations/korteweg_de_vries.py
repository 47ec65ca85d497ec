"""Korteweg and de Vries's waves: ``u_t + steepening (u^2 / 2)_x + dispersion u_xxx = 0`` on a period."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from surrogate.equations._bounds import drift
from surrogate.equations._line import Derivative, Line


class Equation(Line):
    """How strongly waves steepen (1, 6 or -6 as the paper has it) and spread.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, section 4 (KdV).
    """

    tried_on: ClassVar = 256
    states: ClassVar = ("elevation",)
    reference_steps: ClassVar = 2

    steepening: float
    dispersion: float

    def linear(self, d: Derivative) -> Any:
        return -self.dispersion * d(3)

    def outer(self, d: Derivative) -> Any:
        return -0.5 * self.steepening * d(1)

    def nonlinear(self, u: Any) -> Any:
        return u * u

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the mass and the momentum drift, relative to the root mean square and its square, ``(n,)``."""
        square = states.square().mean((2, 3))
        return {"mass": drift(states.mean((2, 3)), square[:, 0].sqrt()), "momentum": drift(square, square[:, 0])}
