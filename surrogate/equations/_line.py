"""Evolutions along a line, ``u_t = L u + O N(I u)``, written once: the solver and its second opinion read one text.

An equation says ``linear(d)``, ``nonlinear(u)`` and, where they are not the identity, ``outer(d)`` and ``inner(d)``,
in terms of ``d(order)``, a derivative. The solver hands it factors of waves, the second method matrices of
differences; fields are torch's for the one and NumPy's for the other.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import scipy.sparse
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.equations._bounds import drift
from surrogate.equations._equation import Array, Law, Positive, drawn
from surrogate.equations._evolution import Evolution
from surrogate.solvers.box_differences import resample_cells
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import integer_waves, unresolved
from surrogate.solvers.matrix_lines import derivative_matrix, march_lines
from surrogate.solvers.method_of_lines import resample
from surrogate.solvers.semilinear import solve_linear, solve_semilinear
from surrogate.spaces import Grid, Split

# The derivative of some order: factors of waves, or a matrix.
Derivative = Callable[[int], Any]


class UnitLine(Evolution):
    """An evolution along a line of length 1; ``initial`` names the sampler of its start.

    Attributes:
        exact: ``L`` is all there is, so that each wave is evolved exactly, in one step.
        reference_steps: how many times as many steps as the solver the second method takes.
    """

    dimensions: ClassVar = 1
    block: ClassVar = 20
    tried_on: ClassVar = 128
    exact: ClassVar[bool] = False
    reference_steps: ClassVar[int] = 1

    initial: Law

    @abstractmethod
    def linear(self, d: Derivative) -> Any:
        """Return ``L``."""

    def nonlinear(self, u: Any) -> Any:
        """Return ``N(u)``; powers are written as products, which torch is quicker at."""
        return 0 * u

    def outer(self, d: Derivative) -> Any:
        """Return ``O``; None: the identity."""
        return None

    def inner(self, d: Derivative) -> Any:
        """Return ``I``; None: the identity."""
        return None

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the starts of the samples, ``(n, c, x)``: independent fields, the waves that the solver keeps.

        The law is drawn on a line of length 1, which is then stretched. The ``c`` states of sample ``i`` are the fields
        ``c i, c i + 1, ...`` of the law.
        """
        states = len(self.states)
        unit = Grid.box(self.grid.points, self.grid.placement[0])
        numbers = [states * index + state for index in indices for state in range(states)]
        return self.kept(drawn(self.initial, unit, seed, split, numbers).reshape(len(indices), states, -1))

    def march(self, start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        u, length = start[:, 0], grid.lengths[0]
        if self.exact:
            return solve_linear(u, self.linear, length, clock)[:, :, None]
        return solve_semilinear(u, self.linear, self.outer, self.nonlinear, self.inner, length, clock)[:, :, None]

    def reference(self, inputs: NDArray[Any]) -> NDArray[Any]:
        """Return what eighth-order differences and Lawson's Runge-Kutta steps make of ``inputs``, ``(n, t, c, x)``.

        Fields are real or complex. A linear part for several states is a matrix for all of them, one after the other.
        """
        sides, points = self.sides(), self.fineness * self.grid.points[0]
        spacing = self.grid.lengths[0] / points

        def matrix(order: int) -> Array:
            return derivative_matrix(points, order, spacing, sides)

        outer, inner = (part(lambda order: scipy.sparse.csr_array(matrix(order))) for part in (self.outer, self.inner))

        def nonlinear(u: NDArray[Any]) -> NDArray[Any]:
            reaction = self.nonlinear(u if inner is None else inner @ u)
            return reaction if outer is None else outer @ reaction

        fine = resample(inputs, (points,)) if sides == "periodic" else resample_cells(inputs, (points,), sides)
        clock, steps = self.clock, 1 if self.exact else self.reference_steps * self.steps
        frames = march_lines(
            self.linear(matrix), nonlinear, fine.reshape(len(inputs), -1), clock.interval, clock.frames, steps
        )
        frames = frames.reshape(*frames.shape[:2], -1, points)
        if sides == "periodic":
            return frames[..., :: self.fineness]
        return resample_cells(frames, self.grid.points, sides)

    def slope(self, states: Tensor) -> Tensor:
        """Return the derivative of ``states``, ``(..., x)``, by the series that their boundary gives them."""
        wide = self.continued(states, self.sides() == "dirichlet")
        n = wide.shape[-1]
        wave = integer_waves((n,))[0].to(states.device)
        factor = torch.where(2 * wave < n, 2j * torch.pi / self.spectral_grid.lengths[0] * wave, 0)
        return torch.fft.irfft(factor * torch.fft.rfft(wide), n=n)[..., : states.shape[-1]]


class Line(UnitLine):
    """An evolution along a line of ``length``, which is its period where it has no walls."""

    length: Positive

    def extent(self) -> float:
        return self.length


def mean_drift(states: Tensor) -> Tensor:
    """Return how far the mean of ``states``, ``(n, t, 1, x)``, drifts, relative to the largest of them, ``(n,)``.

    A grid that is too coarse for a wave takes it for a part of the mean, so the share of short waves is taken off.
    """
    short = unresolved(states, 1).amax((1, 2))
    return (drift(states.mean((2, 3)), states.abs().amax((1, 2, 3))) - short).clamp(min=0)
