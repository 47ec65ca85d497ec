"""Kuramoto and Sivashinsky's waves: flames and films that never come to rest, and forget where they came from.

``u_t + steepening (u^2 / 2)_x + growth u_xx + damping u_xxxx = 0`` (``form: conservative``), or
``h_t + steepening / 2 h_x^2 + growth h_xx + damping h_xxxx = 0`` (``form: gradient_norm``): the first is the second's
slope. They are two equations for the same start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from surrogate.equations._equation import Array, Positive
from surrogate.equations._line import Derivative, Line, mean_drift
from surrogate.solvers.fourier import interpolate_periodic
from surrogate.spaces import DataSpec, FieldSpec, Split, Task


class Equation(Line):
    """The terms, and what comes before the first frame: a draw from ``initial`` flows for ``warm_up`` intervals.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, equation (4.1).
    """

    states: ClassVar = ("velocity",)
    chaotic: ClassVar = True
    reference_steps: ClassVar = 2

    form: Literal["conservative", "gradient_norm"]
    steepening: float
    growth: float
    damping: Positive
    warm_up: Annotated[int, Field(ge=0)]

    def linear(self, d: Derivative) -> Any:
        return -self.growth * d(2) - self.damping * d(4)

    def outer(self, d: Derivative) -> Any:
        return -0.5 * self.steepening * d(1 if self.form == "conservative" else 0)

    def nonlinear(self, u: Any) -> Any:
        return u * u

    def inner(self, d: Derivative) -> Any:
        return None if self.form == "conservative" else d(1)

    def specification(self, points: tuple[int, ...], task: Task) -> DataSpec:
        spec = super().specification(points, task)
        if self.form == "conservative":
            return spec
        height = FieldSpec(name="height", unit="1", role="state")
        return spec.model_copy(update={"fields": (height,), "symmetries": ("flip",)})

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the starts of the samples ``indices``, ``(n, 1, x)``, as the flow left them after its warm-up."""
        start = super().draw(seed, split, indices)
        if self.warm_up == 0:
            return start
        fine = interpolate_periodic(torch.from_numpy(start), self.fineness, 1)
        clock = replace(self.clock, frames=1, interval=self.warm_up * self.clock.interval)
        clock = replace(clock, steps=self.warm_up * self.clock.steps)
        warm = self.march(fine, fine[:, :0], self.grid, clock)[:, -1]
        if self.form == "gradient_norm":
            warm = warm - warm.mean(-1, keepdim=True)  # a height has no zero, and its mean has sunk far
        return warm[..., :: self.fineness].numpy()

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the mean velocity drifts, relative to the velocity, ``(n,)``; a height sinks as it likes."""
        return {"momentum": mean_drift(states)} if self.form == "conservative" else {}
