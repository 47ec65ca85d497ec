"""Kawahara's waves: ``u_t + u u_x + dispersion u_xxx - hyperdispersion u_xxxxx = 0`` on a period."""

from typing import Annotated, Any, ClassVar

from pydantic import Field
from torch import Tensor

from surrogate.equations import Line


class Equation(Line):
    """How waves of different lengths part: on shallow water with surface tension, where the cubic term nearly vanishes.

    Source: Kawahara (1972), J. Phys. Soc. Jpn. 33, 260.
    """

    states: ClassVar = ("elevation",)

    dispersion: float
    hyperdispersion: Annotated[float, Field(gt=0)]

    def linear(self, d: Any) -> Any:
        return self.hyperdispersion * d(5) - self.dispersion * d(3)

    def outer(self, d: Any) -> Any:
        return -0.5 * d(1)

    def nonlinear(self, u: Any) -> Any:
        return u * u

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far mass and momentum drift, relative to the root mean square and its square, (n,)."""
        square = states.square().mean((2, 3))
        kept = {"mass": (states.mean((2, 3)), square[:, :1].sqrt()), "momentum": (square, square[:, :1])}
        return {name: ((value - value[:, :1]) / scale).abs().amax(1) for name, (value, scale) in kept.items()}
