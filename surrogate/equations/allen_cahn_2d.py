"""Allen-Cahn on a periodic square: two phases that part, ``u_t = thickness^2 Laplace u + u - u^3``."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from surrogate.equations._bounds import excess, growth, span
from surrogate.equations._boxes import Reacting, Started
from surrogate.equations._equation import Positive
from surrogate.equations._variational import Variational


class Equation(Started, Reacting, Variational):
    """The thickness of the interfaces between the phases ``u = -1`` and ``u = 1``."""

    states: ClassVar = ("phase",)

    thickness: Positive

    def linear(self, laplace: Any) -> Any:
        return 1 + self.thickness**2 * laplace

    def nonlinear(self, u: Any) -> Any:
        return -(u**3)

    def energy(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return the mean of ``thickness^2 |grad u|^2 / 2 + (u^2 - 1)^2 / 4``, ``(n, t)``."""
        surface = -(self.thickness**2) / 2 * states * self.laplacian(states)
        return (surface + (states.square() - 1).square() / 4).flatten(2).mean(2)

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return by how much the free energy grows and the phase leaves its bounds, ``(n,)``.

        ``|u|`` stays below 1, or its start.
        """
        energy = self.energy(constants, states)
        return {
            "growth of the free energy": growth(energy, span(energy)),
            "maximum principle": excess(states, 1.0),
        }
