"""Allen and Cahn's phases that part: ``u_t = diffusivity u_xx + reaction (u - u^3)`` on a line."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from surrogate.equations._bounds import growth, outside
from surrogate.equations._equation import Positive
from surrogate.equations._evolution import Walls
from surrogate.equations._line import Derivative, Line
from surrogate.equations._variational import Variational


class Equation(Line, Variational):
    """How fast the phase spreads, how fast it goes to 1 or -1, and the ends of the line.

    Nothing flows through ``neumann`` walls; ``dirichlet`` ones hold the phase at zero.

    Source: Allen, Cahn (1979), Acta Metall. 27, 1085, equation (11).
    """

    tried_on: ClassVar = 256
    states: ClassVar = ("phase",)
    symmetries: ClassVar = ("flip",)

    diffusivity: Positive
    reaction: Positive
    walls: Walls

    def sides(self) -> Walls:
        return self.walls

    def linear(self, d: Derivative) -> Any:
        return self.reaction * d(0) + self.diffusivity * d(2)

    def nonlinear(self, u: Any) -> Any:
        return -self.reaction * (u * u * u)

    def energy(self, constants: Tensor, states: Tensor) -> Tensor:
        surface = self.diffusivity * self.slope(states).square()
        return (surface / 2 + self.reaction / 4 * (states.square() - 1).square()).mean((2, 3))

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return by how much the free energy grows and the phase leaves its bounds, relative, ``(n,)``."""
        energy = self.energy(constants, states)
        return {
            "growth of the free energy": growth(energy, energy[:, 0]),
            "maximum principle": outside(states, -1.0, 1.0),
        }
