"""Evolutions on boxes: periodic ones as they are, those with walls continued by mirror images to twice the box.

A field on the centres of cells between two walls becomes one of twice the period: an even one where nothing flows
through the walls (``neumann``), an odd one where it is held at zero (``dirichlet``). The periodic solver then does the
rest, exactly as a series of cosines or sines would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, SerializeAsAny, field_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._equation import Solved
from surrogate.equations._evolution import Evolution, Run, kept, residual_periodic, solve_periodic
from surrogate.equations._grids import points_of
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid, Split, Task

Walls = Literal["periodic", "neumann", "dirichlet"]
AnyEvolution = TypeVar("AnyEvolution", bound=Evolution)


class Started(Evolution):
    """An evolution on a box of side ``length``; ``initial`` names the sampler that draws its start."""

    length: Annotated[float, Field(gt=0)]
    initial: SerializeAsAny[registry.Settings]

    @field_validator("initial", mode="before")
    @classmethod
    def _read_initial(cls, node: Any) -> Any:
        return registry.SAMPLERS.read(node)


def box_specification(
    settings: Evolution,
    length: float,
    points: tuple[int, ...],
    task: Task,
    dimensions: int,
    names: Sequence[str],
    walls: Walls = "periodic",
    constants: Sequence[str] = (),
) -> DataSpec:
    """Return the specification of the states ``names`` and the ``constants``, all of them scalars, on a cube.

    The points are left ends of cells on periodic axes, and centres of cells between walls.

    Raises:
        SettingsError: another number of axes.
    """
    given = tuple(FieldSpec(name=name, unit="1", role="constant") for name in constants)
    states = tuple(FieldSpec(name=name, unit="1", role="state") for name in names)
    placed: Literal["left", "cells"] = "left" if walls == "periodic" else "cells"
    return DataSpec(
        equation=settings.name,
        grid=Grid.box(points_of(settings.name, points, dimensions), placed, length),
        boundary=Boundary.uniform(walls, dimensions),
        fields=given + states,
        times=settings.times,
        task=task,
        symmetries=("flip", "transpose"),
    )


def draw_fields(
    law: registry.Settings,
    settings: Evolution,
    specification: DataSpec,
    seed: int,
    split: Split,
    indices: Sequence[int],
    part: tuple[int, int] = (0, 1),
) -> NDArray[np.float64]:
    """Return one field of ``law`` for each sample, ``(n, 1, s...)``: the waves that the solver keeps.

    ``part`` is the number of the field in its sample, and how many there are: they are independent.
    """
    sampler = registry.SAMPLERS.module(law.name)
    number, parts = part
    fields: NDArray[np.float64] = sampler.sample(
        law, specification.grid, seed, split, [parts * index + number for index in indices]
    )
    return kept_on_box(settings, specification, fields[:, None])


def kept_on_box(
    settings: Evolution, specification: DataSpec, fields: NDArray[np.float64], constant: bool = False
) -> NDArray[np.float64]:
    """Return states or constants, ``(n, c, s...)``, without the waves that the solver drops from them."""
    odd = not constant and _walls(specification) == "dirichlet"
    wide, double = _doubled(settings, specification)
    mirrored = continued(torch.from_numpy(fields), specification, odd).numpy()
    pair = np.concatenate((mirrored, mirrored[:1]))  # one transform alone has other last bits than one of several
    return kept(wide, double.grid, pair)[(slice(-1), *_inside(specification))]


def solve_box(run: Run, settings: Evolution, specification: DataSpec, inputs: Tensor) -> Solved:
    """Return the frames that follow ``inputs``, ``(b, constants and states, s...)``, as ``solve_periodic`` does.

    Args:
        run: the solver, on any periodic grid.
        settings: the times, and the numbers of points and steps.
        specification: the grid, and its boundary: periodic, or one kind of wall on every side.
        inputs: constants, then the start. Constants are continued evenly.

    Raises:
        SolverError: a sample missed the tolerance; the message holds the error reached.
    """
    constants = len(specification.constants)
    odd = _walls(specification) == "dirichlet"
    given = continued(inputs[:, :constants], specification)
    start = continued(inputs[:, constants:], specification, odd)
    solved = solve_periodic(run, *_doubled(settings, specification), torch.cat((given, start), dim=1))
    states = solved.states[_inside(specification)].contiguous()
    return Solved(states, solved.residual, solved.iterations)


def residual_box(run: Run, settings: Evolution, specification: DataSpec, constants: Tensor, states: Tensor) -> Tensor:
    """Return how far the frames are from following each other, ``(b,)``, as ``residual_periodic`` does."""
    odd = _walls(specification) == "dirichlet"
    given, frames = continued(constants, specification), continued(states, specification, odd)
    return residual_periodic(run, *_doubled(settings, specification), given, frames)


def spectral_grid(specification: DataSpec) -> Grid:
    """Return the periodic grid of the fields and, where there are walls, their mirror images."""
    grid = specification.grid
    if _walls(specification) == "periodic":
        return grid
    points, lengths = tuple(2 * n for n in grid.points), tuple(2 * length for length in grid.lengths)
    return grid.model_copy(update={"points": points, "lengths": lengths, "placement": ("left",) * len(points)})


def continued(field: Tensor, specification: DataSpec, odd: bool = False) -> Tensor:
    """Return ``(..., s...)`` with its mirror images behind the walls, of the other sign if ``odd``."""
    if _walls(specification) == "periodic":
        return field
    for axis in range(-len(specification.grid.points), 0):
        image = field.flip(axis)
        field = torch.cat((field, -image if odd else image), dim=axis)
    return field


def _inside(specification: DataSpec) -> tuple[Any, ...]:
    return (..., *[slice(n) for n in specification.grid.points])


def _walls(specification: DataSpec) -> Walls:
    walls = specification.boundary.sides[0][0]
    if walls not in ("periodic", "neumann", "dirichlet"):
        raise ValueError(f"no series for walls that are {walls}")
    return walls


def _doubled(settings: AnyEvolution, specification: DataSpec) -> tuple[AnyEvolution, DataSpec]:
    if _walls(specification) == "periodic":
        return settings, specification
    wide = settings.model_copy(update={"resolution": 2 * settings.resolution})
    return wide, specification.on(spectral_grid(specification))
