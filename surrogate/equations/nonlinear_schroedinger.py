"""The envelope of light or water waves: ``i h_t + dispersion h_xx + focusing |h|^2 h = 0`` on a period."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from surrogate.equations._bounds import drift
from surrogate.equations._equation import Array
from surrogate.equations._line import Derivative, Line
from surrogate.solvers.etdrk4 import Clock
from surrogate.spaces import Grid


class Equation(Line):
    """How waves spread, and how the strong ones draw together (``focusing`` above 0) or push apart.

    Both parts of the start are drawn from ``initial``, independently. The terms are of the complex ``h``.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, section 2; the circle must be whole here.
    """

    states: ClassVar = ("real_part", "imaginary_part")
    symmetries: ClassVar = ("flip",)

    dispersion: float
    focusing: float

    def linear(self, d: Derivative) -> Any:
        return 1j * self.dispersion * d(2)

    def outer(self, d: Derivative) -> Any:
        return 1j * self.focusing * d(0)

    def nonlinear(self, u: Any) -> Any:
        return u * (u.real * u.real + u.imag * u.imag)

    def march(self, start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        frames = super().march(torch.complex(start[:, :1], start[:, 1:]), constants, grid, clock)
        return torch.cat((frames.real, frames.imag), dim=2)

    def reference(self, inputs: Array) -> Array:
        frames = super().reference(inputs[:, :1] + 1j * inputs[:, 1:])
        return np.concatenate((frames.real, frames.imag), axis=2)

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the power drifts, relative, ``(n,)``."""
        power = states.square().sum(2).mean(2)
        return {"power": drift(power, power[:, 0])}
