"""Waves of one frequency in an uneven medium, ``-Laplace u - (omega / c)^2 u = 0``, driven on a part of one side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from surrogate.equations._equation import Array, Law, Positive, Solved, drawn
from surrogate.equations._steady import Steady
from surrogate.errors import SettingsError
from surrogate.solvers.driven_square import WIDTH, discretised
from surrogate.solvers.finite_elements import cosine_values, driven_wave, gauss_points, interpolate
from surrogate.solvers.helmholtz import at_nodes, helmholtz_residual, medium, solve_helmholtz
from surrogate.spaces import Split

# The second method: elements along each axis (the driven part ends between two of them) and their degree.
_ELEMENTS, _DEGREE = 40, 4


class Equation(Steady):
    """The frequency, the law of the wave speed ``base_speed + tanh(variation)``, and how waves are solved.

    Polynomials of ``degree`` on a mesh that resolves the ends of the driven part, to the relative residual
    ``tolerance``. ``match`` reproduces the discretisation of De Hoop et al. (2022) on the nodes instead.
    """

    dimensions: ClassVar = 2
    block: ClassVar = 10
    tried_on: ClassVar = 65
    constants: ClassVar = ("wave_speed",)
    positive: ClassVar = ("wave_speed",)
    states: ClassVar = ("wave",)
    placement: ClassVar = "nodes"
    condition: ClassVar = "neumann"

    omega: Positive
    base_speed: Annotated[float, Field(gt=1)]
    variation: Law
    degree: Annotated[int, Field(ge=2)]
    match: Literal["dehoop"] | None

    @property
    def matched(self) -> str | None:
        return self.match

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        variation = drawn(self.variation, self.grid, seed, split, indices)
        return self.base_speed + np.tanh(variation[:, None])

    def solve(self, inputs: Tensor) -> Solved:
        """Return the waves in the wave speeds ``inputs``, ``(n, 1, x, y)``: cosine series through their nodes.

        Waves are solved one by one: the last bits of a matrix product depend on where in a batch a sample lies.

        Raises:
            SolverError: a sample missed the tolerance; the message holds the residual reached.
        """
        axes, load = discretised(None if self.match else self.degree, self.grid.points, inputs.device)
        reference = (self.omega / self.base_speed) ** 2
        waves, residuals, iterations = [], [], []
        for speed in inputs[:, 0]:
            square = (self.omega / medium(speed.clone(), axes)).square()
            modes, reached, took = solve_helmholtz(square, load, axes, reference, self.tolerance)
            waves.append(at_nodes(modes, axes))
            residuals.append(reached)
            iterations.append(took)
        states = torch.stack(waves)[:, None, None]
        return Solved(states, torch.stack(residuals), torch.tensor(iterations, device=inputs.device))

    def refined(self, space: int, time: int) -> Self:
        """Return the settings with a degree ``space`` times as high, which a matched discretisation does not use."""
        return self.model_copy(update={"degree": space * self.degree})

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return the residual, divided by ``-Laplace + k^2`` and relative to the wave, ``(n,)``; see the solver.

        ``constants`` is ``(n, 1, x, y)``, ``states`` ``(n, 1, 1, x, y)``; differentiable in both. Between the nodes the
        wave is a local polynomial of degree 7: at 13 nodes to a wavelength, solutions leave about 2e-4.
        """
        axes, load = discretised(None if self.match else self.degree, self.grid.points, states.device)
        square = (self.omega / medium(constants[:, 0], axes)).square()
        return helmholtz_residual(states[:, 0, 0], square, load, axes)

    def reference(self, inputs: Array) -> Array:
        """Return what Lagrange elements on equal squares and a sparse direct solve make of ``inputs``.

        Elements of degree 4, or those of the matched paper.

        Raises:
            SettingsError: the axes differ in their number of nodes.
        """
        count, *others = self.grid.points
        if others != [count]:
            raise SettingsError(f"grid: the second method of helmholtz needs equal axes, got {[count, *others]}")
        elements, degree = (_ELEMENTS, _DEGREE) if self.match is None else (count - 1, 1)
        at = gauss_points(elements, degree)
        nodes = np.linspace(0, 1, count)
        waves = []
        for speed in inputs[:, 0]:
            square = (self.omega / cosine_values(speed, at)) ** 2
            wave = driven_wave(square, WIDTH, elements, degree, sharp=self.match is None)
            waves.append(interpolate(wave, elements, degree, nodes))
        return np.stack(waves)[:, None, None]
