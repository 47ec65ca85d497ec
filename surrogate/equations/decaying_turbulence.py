"""Turbulence left to itself in a periodic sheet: ``w_t + u . grad w = viscosity Laplace w``, eddies that merge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from surrogate.equations._equation import Array, Positive
from surrogate.equations._vorticity import ViscousFlow
from surrogate.samplers import gaussian
from surrogate.solvers.fourier import filtered
from surrogate.spaces import Split

# Waves over which the mean energy of the law is counted, along each axis; those beyond hold less than one percent.
COUNTED = 512


class Equation(ViscousFlow):
    """The flow and the law of its start.

    The start is Gaussian. The waves of length ``2 pi / k`` hold kinetic energy in proportion to
    ``k / (1 + (k / peak)^4)``, and all of them ``energy`` per mass, on the mean over samples.
    """

    tried_on: ClassVar = 32

    energy: Positive
    peak: Positive

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the starts of the samples ``indices``, ``(n, 1, x, y)``: the waves that the solver keeps."""
        law = gaussian.Settings(name="gaussian", boundary="periodic", sigma=self.extent(), alpha=2.0, tau=1.0)
        plain = gaussian.sample(law, self.grid, seed, split, indices)

        def energy(square: Array) -> Array:
            return 1 / (1 + (square / self.peak**2) ** 2)  # of each of some 2 pi k waves

        axis = np.arange(-COUNTED, COUNTED + 1.0) ** 2
        scale = self.energy / (energy(np.add.outer(axis, axis)).sum() - 1)  # the mean holds none
        # Energy is |w|^2 / (2 k^2), and the waves of ``plain`` have the variance (k^2 + 1)^-2.
        start = filtered(plain, lambda square: np.sqrt(2 * square * scale * energy(square)) * (square + 1))
        return self.kept(start)[:, None]
