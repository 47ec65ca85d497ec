"""Flow on a torus, stirred differently in every sample: ``w_t + u . grad w = viscosity Laplace w + f``, from ``f``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from torch import Tensor

from surrogate.equations._equation import Array, Positive
from surrogate.equations._vorticity import ViscousFlow
from surrogate.samplers import gaussian
from surrogate.solvers.fourier import filtered
from surrogate.spaces import Grid, Split

# The start that all samples share, drawn as the stirrings are, at an index that no data set reaches.
START_SEED, START_INDEX = 0, 2**56 - 1


class Equation(ViscousFlow):
    """The flow and the law of its stirring, the curl of a force: ``N(0, (-Laplace + tau^2)^-alpha)``.

    Waves longer than ``cutoff``, in radians per length, are left out. The start is one more draw of that law, the same
    for all samples and seeds.
    """

    constants: ClassVar = ("forcing",)

    alpha: Positive
    tau: Positive
    cutoff: Annotated[float, Field(ge=1)]

    def stirring(self, grid: Grid, constants: Tensor) -> Tensor:
        return constants[:, 0]

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the stirrings of the samples ``indices`` and the start of all, ``(n, 2, x, y)``."""
        law = gaussian.Settings(name="gaussian", boundary="periodic", sigma=1.0, alpha=self.alpha, tau=self.tau)
        stirring = gaussian.sample(law, self.grid, seed, split, indices)
        start = gaussian.sample(law, self.grid, START_SEED, "train", [START_INDEX])
        fields = np.stack((stirring, np.broadcast_to(start, stirring.shape)), axis=1)
        return self.kept(filtered(fields, lambda square: np.where(square <= self.cutoff**2, 1.0, 0.0)))
