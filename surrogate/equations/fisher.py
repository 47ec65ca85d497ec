"""Fisher's density that spreads and grows: ``u_t = diffusivity u_xx + reaction u (1 - u)`` on a line."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from torch import Tensor

from surrogate.equations._bounds import outside
from surrogate.equations._equation import Positive
from surrogate.equations._evolution import Walls
from surrogate.equations._line import Derivative, Line
from surrogate.equations._variational import Variational


class Equation(Line, Variational):
    """How fast the density spreads and grows; nothing flows through ``neumann`` walls.

    Source: Fisher (1937), Ann. Eugenics 7, 355, equation (1).
    """

    states: ClassVar = ("density",)
    symmetries: ClassVar = ("flip",)

    diffusivity: Positive
    reaction: Positive
    walls: Literal["periodic", "neumann"]

    def sides(self) -> Walls:
        return self.walls

    def linear(self, d: Derivative) -> Any:
        return self.reaction * d(0) + self.diffusivity * d(2)

    def nonlinear(self, u: Any) -> Any:
        return -self.reaction * (u * u)

    def energy(self, constants: Tensor, states: Tensor) -> Tensor:
        surface = self.diffusivity * self.slope(states).square()
        return (surface / 2 + self.reaction * states.square() * (states / 3 - 0.5)).mean((2, 3))

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return by how much the density leaves the range of 0, 1 and its start, relative, ``(n,)``."""
        return {"maximum principle": outside(states, 0.0, 1.0)}
