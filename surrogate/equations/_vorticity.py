"""Periodic flow by its vorticity, whatever stirs it: the solver, the second opinion, what never changes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from surrogate.equations._evolution import Evolution, Run, refinement
from surrogate.equations._grids import points_of
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.method_of_lines import resample
from surrogate.solvers.navier_stokes import solve_vorticity
from surrogate.solvers.vorticity_differences import vorticity_by_differences
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid, Task

# Relative error of each time step of the second method.
SECOND_TOLERANCE = 1e-8


def flow_specification(
    name: str, settings: Evolution, points: tuple[int, ...], task: Task, length: float, constants: tuple[str, ...] = ()
) -> DataSpec:
    """Return the fields of a data set on ``points`` periodic nodes along each axis: ``constants`` and the vorticity.

    Raises:
        SettingsError: not two axes.
    """
    given = tuple(FieldSpec(name=constant, unit="1", role="constant") for constant in constants)
    return DataSpec(
        equation=name,
        grid=Grid.box(points_of(name, points, 2), "left", length),
        boundary=Boundary.uniform("periodic", 2),
        fields=(*given, FieldSpec(name="vorticity", unit="1", role="state")),
        times=settings.times,
        task=task,
    )


def flow(viscosity: float, force: Callable[[Grid, Tensor], Tensor]) -> Run:
    """Return the solver of ``w_t + u . grad w = viscosity Laplace w + f``.

    ``force(grid, constants)`` is ``f`` at the points of ``grid``, of one flow or of a batch.
    """

    def run(start: Tensor, constants: Tensor, grid: Grid, clock: Clock) -> Tensor:
        stirring = force(grid, constants).to(start)
        return solve_vorticity(start[:, 0], stirring, viscosity, grid.lengths[0], clock)[:, :, None]

    return run


def filtered(
    fields: NDArray[np.float64], factor: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Return periodic ``fields``, ``(..., x, y)`` of period 2 pi, with each wave ``k`` times ``factor(|k|^2)``."""
    n, m = fields.shape[-2:]
    square = np.add.outer(np.fft.fftfreq(n, 1 / n) ** 2, np.arange(m // 2 + 1.0) ** 2)
    found: NDArray[np.float64] = np.fft.irfft2(np.fft.rfft2(fields) * factor(square), s=(n, m))
    return found


def second_flow(
    viscosity: float,
    force: Callable[[Grid, NDArray[np.float64]], NDArray[np.float64]],
    settings: Evolution,
    specification: DataSpec,
    inputs: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return what central differences of order 8 and SciPy's DOP853 make of ``inputs``, ``(b, t, 1, x, y)``.

    ``force(grid, constants)`` is ``f`` of one flow, in numpy, written down a second time.
    """
    grid = specification.grid
    refine = refinement(grid.points, settings.resolution)
    finer = grid.resized(tuple(refine * n for n in grid.points))
    flows = []
    for given in inputs:
        fields = resample(given, finer.points)
        stirring = np.broadcast_to(force(finer, fields[:-1]), finer.points)
        length, times = grid.lengths[0], settings.times
        flows.append(vorticity_by_differences(fields[-1], stirring, viscosity, length, times, SECOND_TOLERANCE))
    return np.stack(flows)[:, :, None, ::refine, ::refine]


def mean_vorticity(settings: Evolution, specification: DataSpec, states: Tensor) -> dict[str, Tensor]:
    """Return the largest change of the mean of ``(b, t, 1, x, y)``, relative to its size in the mean square.

    Nothing is returned on so few points that a wave of the solver looks like a mean.
    """
    points = specification.grid.points
    if refinement(points, settings.resolution) >= 3:
        return {}
    mean = states.mean((2, 3, 4))
    size = states[:, 1:].square().mean((1, 2, 3, 4)).sqrt()
    return {"mean vorticity": (mean - mean[:, :1]).abs().amax(1) / size}
