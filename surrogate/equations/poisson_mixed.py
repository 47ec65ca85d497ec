"""Steady diffusion in a unit square with a condition of its own on each side: ``-div(a grad u) = f``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator
from torch import Tensor

from surrogate import registry
from surrogate.equations._equation import Array, Law, Solved
from surrogate.equations._fineness import OnCells
from surrogate.equations._sides import SIDES, along_normal, draw_field, read_law, repeated, require_cosines, side_value
from surrogate.equations._steady import Steady
from surrogate.errors import SettingsError
from surrogate.solvers.cell_means import average, spread
from surrogate.solvers.cosine_series import traces
from surrogate.solvers.elliptic import Side, Sides, Values, diffusion_residual, is_singular, solve_diffusion
from surrogate.solvers.face_elements import FaceElements
from surrogate.spaces import Boundary, DataSpec, Frozen, Split, Task

LawOrNumber = Annotated[SerializeAsAny[registry.Settings] | float, BeforeValidator(read_law)]


class SideSettings(Frozen):
    """What holds on a side, ``n`` pointing outwards: ``u``, ``a du/dn`` or ``a du/dn + exchange u`` is ``value``.

    ``value`` is a number, the same for all samples, or ``drawn``: then it is an input. A periodic side has value 0.
    """

    condition: Literal["dirichlet", "neumann", "robin", "periodic"]
    value: float | Literal["drawn"]
    exchange: Annotated[float, Field(ge=0)]

    @model_validator(mode="after")
    def _no_unused_numbers(self) -> SideSettings:
        if self.condition == "periodic" and self.value != 0:
            raise ValueError("a periodic side has value 0")
        if (self.condition == "robin") != (self.exchange > 0):
            raise ValueError("exchange to be positive on a robin side and 0 on any other")
        return self


class SquareSides(Frozen):
    """The four sides: x low, x high, y low, y high."""

    west: SideSettings
    east: SideSettings
    south: SideSettings
    north: SideSettings

    @property
    def all(self) -> tuple[SideSettings, SideSettings, SideSettings, SideSettings]:
        return self.west, self.east, self.south, self.north

    @property
    def solved(self) -> Sides:
        """The sides as the solver knows them."""
        west, east, south, north = (Side(side.condition, side.exchange) for side in self.all)
        return west, east, south, north

    @property
    def boundary(self) -> Boundary:
        west, east, south, north = (side.condition for side in self.all)
        return Boundary(sides=((west, east), (south, north)))

    @model_validator(mode="after")
    def _periodic_in_pairs(self) -> SquareSides:
        assert self.boundary
        return self


class Equation(Steady, OnCells):
    """The sides, the laws of what is given, and how it is solved.

    ``permeability`` and ``forcing`` name samplers or are numbers, the same for all samples. ``side_values`` names the
    sampler of a field whose traces are the values of the sides that are ``drawn``. All are constant on the cells of the
    grid and solved on cells ``refine`` times smaller, to the relative residual ``tolerance``; ``u`` is averaged back.
    """

    dimensions: ClassVar = 2
    order: ClassVar = 1.0
    block: ClassVar = 4
    states: ClassVar = ("potential",)
    positive: ClassVar = ("permeability",)

    sides: SquareSides
    permeability: LawOrNumber
    forcing: LawOrNumber
    side_values: Law | None

    @property
    def drawn(self) -> tuple[int, ...]:
        """The numbers of the sides whose value is an input."""
        return tuple(number for number, side in enumerate(self.sides.all) if side.value == "drawn")

    @model_validator(mode="after")
    def _nothing_is_missing(self) -> Equation:
        if bool(self.drawn) != (self.side_values is not None):
            raise ValueError("side_values names a sampler where a side is drawn, and is null where none is")
        if isinstance(self.permeability, float) and not self.permeability > 0:
            raise ValueError("a positive permeability")
        if self.side_values is not None:
            require_cosines("side_values", self.side_values)
        return self

    def given(self) -> tuple[str, ...]:
        laws = {"permeability": self.permeability, "forcing": self.forcing}
        names = (name for name, law in laws.items() if isinstance(law, registry.Settings))
        return (*names, *(SIDES[number] for number in self.drawn))

    def boundary(self) -> Boundary:
        return self.sides.boundary

    def specification(self, points: tuple[int, ...], task: Task) -> DataSpec:
        if task == "map" and not self.given():
            raise SettingsError("equation: every sample is the same; draw the permeability, the forcing or a side")
        return super().specification(points, task)

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return what is drawn of permeability, forcing and side values, in this order, ``(n, c, x, y)``."""
        fields = [
            draw_field(law, self.grid, seed, split, indices, number)
            for number, law in enumerate((self.permeability, self.forcing))
            if isinstance(law, registry.Settings)
        ]
        if self.side_values is not None:
            values = traces(draw_field(self.side_values, self.grid, seed, split, indices, 2))
            fields += [along_normal(values[side], side, self.grid.points) for side in self.drawn]
        return np.stack(fields, axis=1)

    def solve(self, inputs: Tensor) -> Solved:
        """Return the potentials that ``inputs``, ``(n, c, x, y)``, give.

        The potential of a cell is its mean over it. ``residual`` is that of the linear system on the smaller cells.
        Where no side holds its level, the mean of what flows in is subtracted from the forcing, and its mean is zero.

        Raises:
            SolverError: a sample missed the tolerance; the message holds the residual reached.
        """
        permeability, forcing, values = self._given(inputs)
        x, y = self.grid.spacing
        potential, residual, iterations = solve_diffusion(
            spread(permeability, self.refine, self.dimensions),
            spread(forcing, self.refine, self.dimensions),
            repeated(values, self.refine),
            self.sides.solved,
            (x / self.refine, y / self.refine),
            screening=0.0,
            tolerance=self.tolerance,
        )
        return Solved(average(potential, self.refine)[:, None, None], residual, iterations)

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return the residual of the discrete equation on the grid itself, in the relative H^-1 norm, ``(n,)``.

        Solutions made with ``refine = 1`` leave rounding, those made with more what the grid cannot resolve.
        """
        permeability, forcing, values = self._given(constants)
        spacing, sides = (self.grid.spacing[0], self.grid.spacing[1]), self.sides.solved
        return diffusion_residual(permeability, states[:, 0, 0], forcing, values, sides, spacing, screening=0.0)

    def reference(self, inputs: Array) -> Array:
        """Return what mixed finite elements on the smaller cells, solved directly, make of ``inputs``."""
        refine, (n, m) = self.refine, self.grid.points
        sides = self.sides
        at_west, at_east, at_south, at_north = (side.condition == "dirichlet" for side in sides.all)
        x, y = self.grid.spacing
        potentials = []
        for permeability, forcing, *values in self._samples(inputs):
            west, east, south, north = (np.repeat(value, refine) for value in values)
            means = FaceElements(
                coefficient=permeability.repeat(refine, 0).repeat(refine, 1),
                forcing=forcing.repeat(refine, 0).repeat(refine, 1),
                values=(west, east, south, north),
                fixed=(at_west, at_east, at_south, at_north),
                exchanges=(sides.west.exchange, sides.east.exchange, sides.south.exchange, sides.north.exchange),
                periodic=(sides.west.condition == "periodic", sides.south.condition == "periodic"),
                spacing=(x / refine, y / refine),
            ).solve()
            potentials.append(means.reshape(n, refine, m, refine).mean((1, 3)))
        return np.stack(potentials)[:, None, None]

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return the mean where it must vanish, and what lies beyond the values of the walls where nothing flows in."""
        potential = states[:, 0, 0]
        size = potential.abs().amax((1, 2))
        if is_singular(self.sides.solved, 0.0):
            return {"mean": potential.mean((1, 2)).abs() / size}
        _, forcing, values = self._given(constants)
        held = [value for value, side in zip(values, self.sides.all, strict=True) if side.condition == "dirichlet"]
        others = [side for side in self.sides.all if side.condition != "dirichlet"]
        if bool((forcing != 0).any()) or any(side.condition == "robin" or side.value != 0 for side in others):
            return {}
        low, high = torch.cat(held, dim=1).amin(1), torch.cat(held, dim=1).amax(1)
        beyond = torch.maximum(low - potential.amin((1, 2)), potential.amax((1, 2)) - high).clamp(min=0)
        return {"maximum principle": beyond / size}

    def _given(self, inputs: Tensor) -> tuple[Tensor, Tensor, Values]:
        """Return permeability and forcing in the cells and the values along the sides: those drawn, and the numbers."""
        drawn = iter(inputs.unbind(1))
        permeability, forcing = (
            torch.full_like(inputs[:, 0], law) if isinstance(law, float) else next(drawn)
            for law in (self.permeability, self.forcing)
        )
        values = (
            side_value(next(drawn) if side.value == "drawn" else torch.full_like(inputs[:, 0], side.value), number)
            for number, side in enumerate(self.sides.all)
        )
        west, east, south, north = values
        return permeability, forcing, (west, east, south, north)

    def _samples(self, inputs: Array) -> Iterator[list[Array]]:
        """Return permeability, forcing and the values along the four sides of each sample."""
        permeability, forcing, values = self._given(torch.from_numpy(inputs))
        for sample in range(len(inputs)):
            yield [field[sample].numpy() for field in (permeability, forcing, *values)]
