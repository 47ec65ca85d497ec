"""Cahn and Hilliard's mixture that unmixes: ``u_t = mobility (u^3 - u - stiffness u_xx)_xx`` on a period."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from surrogate.equations._bounds import growth
from surrogate.equations._equation import Positive
from surrogate.equations._line import Derivative, Line, mean_drift
from surrogate.equations._variational import Variational


class Equation(Line, Variational):
    """How fast the mixture moves, and the square of the width of an interface.

    Source: Cahn, Hilliard (1958), J. Chem. Phys. 28, 258.
    """

    states: ClassVar = ("concentration",)
    symmetries: ClassVar = ("flip",)

    mobility: Positive
    stiffness: Positive

    def linear(self, d: Derivative) -> Any:
        return -self.mobility * (d(2) + self.stiffness * d(4))

    def outer(self, d: Derivative) -> Any:
        return self.mobility * d(2)

    def nonlinear(self, u: Any) -> Any:
        return u * u * u

    def energy(self, constants: Tensor, states: Tensor) -> Tensor:
        surface = self.stiffness * self.slope(states).square()
        return (surface / 2 + (states.square() - 1).square() / 4).mean((2, 3))

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the mass drifts and by how much the free energy grows, relative, ``(n,)``."""
        energy = self.energy(constants, states)
        return {"mass": mean_drift(states), "growth of the free energy": growth(energy, energy[:, 0])}
