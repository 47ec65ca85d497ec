"""Periodic flow by its vorticity, ``w_t + u . grad w = viscosity Laplace w + f``, whatever stirs it."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from surrogate.equations._bounds import drift
from surrogate.equations._equation import Array, Positive
from surrogate.equations._evolution import Evolution
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import resolved
from surrogate.solvers.method_of_lines import resample
from surrogate.solvers.navier_stokes import solve_vorticity
from surrogate.solvers.vorticity_differences import vorticity_by_differences
from surrogate.spaces import Grid

# Relative error of each time step of the second method.
REFERENCE_TOLERANCE = 1e-8


class Vorticity(Evolution):
    """A flow on a square without sides. Both of its solvers are hand-made; they read what stirs it from one text."""

    dimensions: ClassVar = 2
    block: ClassVar = 4
    states: ClassVar = ("vorticity",)

    def extent(self) -> float:
        return 2 * np.pi

    @abstractmethod
    def kinematic_viscosity(self) -> float:
        """Return the viscosity, length squared per time."""

    def stirring(self, grid: Grid, constants: Tensor) -> Tensor:
        """Return ``f`` at the points of ``grid``, ``(x, y)`` or, of a batch of ``constants``, ``(b, x, y)``."""
        return torch.zeros(grid.points)

    def march(self, start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        force = self.stirring(grid, constants).to(start)
        return solve_vorticity(start[:, 0], force, self.kinematic_viscosity(), grid.lengths[0], clock)[:, :, None]

    def kept(self, fields: Array, constant: bool = False) -> Array:
        # Not as other boxes do it: a chaotic flow is another one if its start has other last bits.
        return fields if self.fineness > 1 else resolved(torch.from_numpy(fields), 2).numpy()

    def reference(self, inputs: Array) -> Array:
        """Return what central differences of order 8 and SciPy's DOP853 make of ``inputs``, ``(b, t, 1, x, y)``."""
        grid, every = self.grid, self.fineness
        finer = grid.resized(tuple(every * n for n in grid.points))
        how = (self.kinematic_viscosity(), grid.lengths[0], self.times, REFERENCE_TOLERANCE)
        flows = []
        for given in inputs:
            *constants, start = resample(given, finer.points)
            force = self.stirring(finer, torch.from_numpy(np.array(constants))[None]).expand(1, *finer.points)[0]
            flows.append(vorticity_by_differences(start, force.numpy(), *how))
        return np.stack(flows)[:, :, None, ::every, ::every]

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return the largest change of the mean vorticity, relative to its size in the mean square, ``(n,)``.

        Nothing is returned on so few points that a wave of the solver looks like a mean.
        """
        if self.fineness >= 3:
            return {}
        return {"mean vorticity": drift(states.mean((2, 3, 4)), states[:, 1:].square().mean((1, 2, 3, 4)).sqrt())}


class ViscousFlow(Vorticity):
    """A flow whose ``viscosity``, length squared per time, is a setting."""

    viscosity: Positive

    def kinematic_viscosity(self) -> float:
        return self.viscosity
