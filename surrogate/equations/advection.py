"""A profile that only moves: ``u_t + speed u_x = 0`` on a period."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from surrogate.equations._bounds import drift
from surrogate.equations._line import Derivative, Line


class Equation(Line):
    """How fast the profile moves, in which direction."""

    order: ClassVar = 1.0
    tried_on: ClassVar = 64
    states: ClassVar = ("density",)
    exact: ClassVar = True

    speed: float

    def linear(self, d: Derivative) -> Any:
        return -self.speed * d(1)

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the mass and the square drift, relative to the root mean square and its square, ``(n,)``."""
        square = states.square().mean((2, 3))
        return {"mass": drift(states.mean((2, 3)), square[:, 0].sqrt()), "square": drift(square, square[:, 0])}
