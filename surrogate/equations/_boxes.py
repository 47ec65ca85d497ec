"""Evolutions on squares and cubes: their start, their invariants, and the reactions among them, written once."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from surrogate import registry
from surrogate.equations._equation import Array, Law, Positive, drawn
from surrogate.equations._evolution import Evolution
from surrogate.solvers.box_differences import integrate_stiff, resample_cells
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.method_of_lines import integrate_lines, resample
from surrogate.solvers.reacting_fields import laplacian_symbol, solve_reacting
from surrogate.spaces import Grid, Split, Symmetry

# Relative error of each time step of the second method by lines.
_REFERENCE_TOLERANCE = 1e-8


class Box(Evolution):
    """An evolution on a box of side ``length``; all of its fields are scalars."""

    dimensions: ClassVar = 2
    tried_on: ClassVar = 32
    symmetries: ClassVar[tuple[Symmetry, ...]] = ("flip", "transpose")

    length: Positive

    def extent(self) -> float:
        return self.length

    def drawn(
        self, law: registry.Settings, seed: int, split: Split, indices: Sequence[int], part: tuple[int, int] = (0, 1)
    ) -> Array:
        """Return one field of ``law`` for each sample, ``(n, 1, s...)``: the waves that the solver keeps.

        ``part`` is the number of the field in its sample, and how many there are: they are independent.
        """
        number, parts = part
        fields = drawn(law, self.grid, seed, split, [parts * index + number for index in indices])
        return self.kept(fields[:, None])

    def laplacian(self, states: Tensor) -> Tensor:
        """Return the Laplacian of ``states``, ``(..., s...)``, by their series on the box."""
        grid = self.spectral_grid
        axes = tuple(range(-len(grid.points), 0))
        symbol = laplacian_symbol(grid.points, grid.lengths).to(states)
        wide = self.continued(states, self.sides() == "dirichlet")
        curvature = torch.fft.irfftn(symbol * torch.fft.rfftn(wide, dim=axes), s=grid.points, dim=axes)
        return curvature[self._inside]


class Started(Box):
    """An evolution on a box whose start is drawn: ``initial`` names the sampler."""

    initial: Law

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the starts of the samples, ``(n, c, s...)``: independent fields, the waves that the solver keeps."""
        count = len(self.states)
        fields = [self.drawn(self.initial, seed, split, indices, (state, count)) for state in range(count)]
        return np.concatenate(fields, axis=1)


class ByLines(Started):
    """An evolution from a drawn start by a hand-made solver; a second method follows the points of a grid (lines)."""

    @abstractmethod
    def tendency(self, fields: Array, constants: Array, spacing: Sequence[float]) -> Array:
        """Return the change per time of the states ``(c, s...)`` by differences, for the second method."""

    def reference(self, inputs: Array) -> Array:
        """Return what eighth-order differences and SciPy's DOP853 make of ``inputs``, ``(n, t, c, s...)``."""
        states, points = len(self.states), [self.fineness * n for n in self.grid.points]
        spacing = [length / n for length, n in zip(self.grid.lengths, points, strict=True)]
        sides = self.sides()
        frames = []
        for sample in inputs:
            given, start = sample[:-states], sample[-states:]
            if sides == "periodic":
                given, start = (resample(fields, points) if fields.size else fields for fields in (given, start))
            else:
                given = resample_cells(given, points, "neumann")
                start = resample_cells(start, points, sides)
            change = partial(self.tendency, constants=given, spacing=spacing)
            frames.append(integrate_lines(change, start, self.times, _REFERENCE_TOLERANCE))
        fine = np.stack(frames)
        return fine[self._every] if sides == "periodic" else resample_cells(fine, self.grid.points, sides)


class Reacting(Box):
    """Fields that spread and react, ``u_t = L u + O N(u)``: ``L`` and ``O`` are functions of the Laplacian.

    An equation says ``linear(laplace)``, ``nonlinear(*states)`` and, where it is not the identity, ``outer(laplace)``.
    With several states, ``linear`` and ``nonlinear`` return a tuple. The solver hands over the eigenvalues of the
    Laplacian, the second method those of its differences.
    """

    block: ClassVar = 4

    @abstractmethod
    def linear(self, laplace: Any) -> Any:
        """Return ``L``."""

    @abstractmethod
    def nonlinear(self, *states: Any) -> Any:
        """Return ``N`` at every point."""

    def outer(self, laplace: Any) -> Any:
        """Return ``O``; None: the identity."""
        return None

    def march(self, start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        linear, reaction = _stacked(self.linear, torch.stack), _stacked(self.nonlinear, torch.stack, 1)
        return solve_reacting(start, grid.lengths, clock, linear, lambda u: reaction(*u.unbind(1)), self.outer)

    def reference(self, inputs: Array) -> Array:
        """Return what eighth-order differences and extrapolated implicit steps make of the starts ``inputs``."""
        grid = self.spectral_grid
        points = [self.fineness * n for n in grid.points]
        spacing = [length / n for length, n in zip(grid.lengths, points, strict=True)]
        frames = []
        for start in inputs:
            wide = self.continued(torch.from_numpy(start), self.sides() == "dirichlet").numpy()
            fine = integrate_stiff(
                _stacked(self.linear, np.stack),
                lambda fields: _stacked(self.nonlinear, np.stack)(*fields),
                resample(wide, points),
                spacing,
                self.times,
                self.steps,
                self.outer,
            )
            frames.append(fine[self._every])
        return np.stack(frames)[self._inside]


def _stacked(terms: Callable[..., Any], stack: Callable[..., Any], axis: int = 0) -> Callable[..., Any]:
    """Return what gives the ``terms`` of all states as one array, the states along ``axis``."""

    def stacked(*arguments: Any) -> Any:
        parts = terms(*arguments)
        return stack(parts, axis) if isinstance(parts, tuple) else parts[(slice(None),) * axis + (None,)]

    return stacked
