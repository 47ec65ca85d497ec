"""Allen-Cahn on a periodic square: two phases that part, ``u_t = thickness^2 Laplace u + u - u^3``."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from surrogate.equations._bounds import excess, growth, span
from surrogate.equations._boxes import Reacting, Started
from surrogate.equations._equation import Positive


class Equation(Started, Reacting):
    """The thickness of the interfaces between the phases ``u = -1`` and ``u = 1``."""

    states: ClassVar = ("phase",)

    thickness: Positive

    def linear(self, laplace: Any) -> Any:
        return 1 + self.thickness**2 * laplace

    def nonlinear(self, u: Any) -> Any:
        return -(u**3)

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return by how much the free energy grows and the phase leaves its bounds, ``(n,)``.

        The energy is the mean of ``thickness^2 |grad u|^2 / 2 + (u^2 - 1)^2 / 4``; ``|u|`` stays below 1, or its start.
        """
        surface = -(self.thickness**2) / 2 * states * self.laplacian(states)
        energy = (surface + (states.square() - 1).square() / 4).flatten(2).mean(2)
        return {
            "growth of the free energy": growth(energy, span(energy)),
            "maximum principle": excess(states, 1.0),
        }
