"""Swift-Hohenberg on a square: stripes and spots, ``u_t = drive u - (1 + Laplace)^2 u + asymmetry u^2 - u^3``."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field
from torch import Tensor

from surrogate.equations._bounds import growth, span
from surrogate.equations._boxes import Reacting, Started
from surrogate.equations._variational import Variational


class Equation(Started, Reacting, Variational):
    """``drive`` is the distance from the onset of the pattern; ``asymmetry`` prefers spots of one sign to stripes."""

    states: ClassVar = ("amplitude",)

    drive: float
    asymmetry: Annotated[float, Field(ge=0)]

    def linear(self, laplace: Any) -> Any:
        return self.drive - (1 + laplace) ** 2

    def nonlinear(self, u: Any) -> Any:
        return (self.asymmetry - u) * (u * u)

    def energy(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return the mean of ``((1 + Laplace) u)^2 / 2 - drive u^2 / 2 - asymmetry u^3 / 3 + u^4 / 4``, ``(n, t)``."""
        bent = (states + self.laplacian(states)).square() / 2
        local = states.square() * (states.square() / 4 - self.asymmetry / 3 * states - self.drive / 2)
        return (bent + local).flatten(2).mean(2)

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return by how much the free energy grows, ``(n,)``."""
        energy = self.energy(constants, states)
        return {"growth of the free energy": growth(energy, span(energy))}
