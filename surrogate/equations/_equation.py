"""What every equation is: parameters that are settings, and, once it is bound to a grid, all that is asked of it.

Shape letters: n samples, t frames, c fields, k constants, s... space.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, PrivateAttr, SerializeAsAny

from surrogate import registry
from surrogate.errors import SettingsError, SolverError
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid, Split, Symmetry, Task

if TYPE_CHECKING:  # a list of the equations is had without torch
    from torch import Tensor

Array = NDArray[np.float64]
Positive = Annotated[float, Field(gt=0)]
# The settings of a sampler: a mapping with its name.
Law = Annotated[SerializeAsAny[registry.Settings], BeforeValidator(registry.SAMPLERS.read)]


@dataclass(frozen=True)
class Solved:
    """A batch of solutions, in float64, on the device of their inputs.

    ``states`` has shape ``(n, time, state, space...)``; ``residual`` and ``iterations``, ``(n,)``, say per sample the
    relative residual (or error bound) that was reached and the work it took.
    """

    states: Tensor
    residual: Tensor
    iterations: Tensor


class Equation(registry.Settings):
    """A partial differential equation with its parameters, the law of its inputs, and how it is solved.

    Its fields are what a recipe says under ``equation:``. ``equation.on(points, task)`` is the same equation bound to a
    grid; then it draws inputs, solves, and judges solutions, and nobody hands a grid on. It cannot change: what is
    refined or cut to one step is another one, bound as this one is.

    Attributes:
        tolerance: the largest relative residual or error of a solution, as its family measures it.
        dimensions: space axes.
        constants: names of the fields that are given and stay.
        states: names of the fields that are found.
        positive: names of the inputs that must be above zero.
        symmetries: changes of coordinates under which everything stays what it is.
        only_map: why it is learned as a whole, from what is given to what is found; empty: its steps may be, too.
        order: the least order of convergence of its errors, in L2.
        block: how many samples are solved together on a processor.
        tried_on: points along an axis on which it keeps the contract of equations.
        labels_leave: the residual that its own solutions may leave there.
        references_differ: how far the second method may be there, relative.
    """

    dimensions: ClassVar[int]
    constants: ClassVar[tuple[str, ...]] = ()
    states: ClassVar[tuple[str, ...]]
    positive: ClassVar[tuple[str, ...]] = ()
    symmetries: ClassVar[tuple[Symmetry, ...]] = ()
    only_map: ClassVar[str] = ""
    order: ClassVar[float] = 2.0
    block: ClassVar[int]
    tried_on: ClassVar[int] = 16
    labels_leave: ClassVar[float] = 0.1
    references_differ: ClassVar[float] = 0.05

    tolerance: Annotated[float, Field(gt=0, lt=1)]
    _spec: DataSpec | None = PrivateAttr(default=None)

    @abstractmethod
    def box(self, points: tuple[int, ...]) -> Grid:
        """Return where its fields are, with one number of points per axis."""

    @abstractmethod
    def boundary(self) -> Boundary:
        """Return what holds on the sides of the box."""

    def given(self) -> tuple[str, ...]:
        """Return the names of what is given with these settings."""
        return self.constants

    def kept_by(self) -> tuple[Symmetry, ...]:
        """Return the changes of coordinates under which everything stays what it is with these settings."""
        return self.symmetries

    @property
    def times(self) -> tuple[float, ...]:
        """The times at which the states are found; a single one where there is no time, or it is an axis."""
        return (0.0,)

    def specification(self, points: tuple[int, ...], task: Task) -> DataSpec:
        """Return the fields of a data set on ``points`` along each axis; one number counts for every axis.

        Raises:
            SettingsError: the equation has another number of axes, or no such task.
        """
        if task != "map" and self.only_map:
            raise SettingsError(f"task: {self.name} is {self.only_map}, expected 'map', got '{task}'")
        if len(points) not in (1, self.dimensions):
            raise SettingsError(f"grid: {self.name} has {self.dimensions} space axes, got {list(points)}")
        constants = (FieldSpec(name=name, unit="1", role="constant") for name in self.given())
        return DataSpec(
            equation=self.name,
            grid=self.box(points if len(points) == self.dimensions else points * self.dimensions),
            boundary=self.boundary(),
            fields=(*constants, *(FieldSpec(name=name, unit="1", role="state") for name in self.states)),
            times=self.times,
            task=task,
            symmetries=self.kept_by(),
        )

    def on(self, points: tuple[int, ...], task: Task) -> Self:
        """Return this equation bound to a grid of ``points``.

        Raises:
            SettingsError: as :meth:`specification`.
        """
        return self.bound(self.specification(points, task))

    def bound(self, spec: DataSpec) -> Self:
        """Return this equation bound to the grid of a data set that was made of it."""
        copy = self.model_copy()
        copy._spec = spec
        return copy

    @property
    def spec(self) -> DataSpec:
        """What its inputs and solutions mean."""
        if self._spec is None:
            raise ValueError(f"{self.name} is not bound to a grid")
        return self._spec

    @property
    def grid(self) -> Grid:
        """Where its inputs and solutions are."""
        return self.spec.grid

    @abstractmethod
    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the inputs of the samples ``indices``, ``(n, c, s...)``: constants, then the start of an evolution.

        A sample depends on (seed, split, index) alone.
        """

    @abstractmethod
    def solve(self, inputs: Tensor) -> Solved:
        """Return the solutions for ``inputs``, ``(n, c, s...)``; the first frame of an evolution is its start.

        Raises:
            SolverError: a sample missed the tolerance; the message holds what was reached.
        """

    @abstractmethod
    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return how far ``states``, ``(n, t, c, s...)``, are from solutions, relative, ``(n,)``; differentiable.

        Of an evolution: how far each frame is from becoming the next. Of a steady problem: the residual of the discrete
        equation on the grid itself, so that solutions from smaller cells leave what the grid cannot resolve.
        """

    @abstractmethod
    def reference(self, inputs: Array) -> Array:
        """Return the solutions for ``inputs`` by a second method, other numerics of the same equation."""

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return the relative drift of what is conserved and the violation of bounds, each ``(n,)``, by name."""
        return {}

    @abstractmethod
    def refined(self, space: int, time: int) -> Self:
        """Return the equation solved ``space`` times as finely along each axis, with ``time`` times as many steps."""

    def one_step(self, interval: float) -> Self | None:
        """Return the equation from one frame to the next, ``interval`` later; None where it knows no time."""
        return None

    @property
    def fineness(self) -> int:
        """How many points or cells along an axis it is solved on for each of the grid; 1 for series."""
        return 1

    def as_fine_as(self, factor: int) -> Self:
        """Return the equation solved on ``factor`` points or cells along an axis for each of the grid; series stay."""
        return self

    @property
    def time_steps(self) -> int | None:
        """How many time steps it takes from one frame or node of time to the next; None: it takes none."""
        return None

    def with_steps(self, steps: int) -> Self:
        """Return the equation with other time steps, not held to a tolerance that only measures them."""
        return self

    @property
    def cells(self) -> int:
        """Over how many points or cells a step or an iteration goes, as its work is counted."""
        return math.prod(self.grid.points)

    @property
    def matched(self) -> str | None:
        """The paper whose own discretisation it reproduces; None: it is solved as well as it can be."""
        return None

    def unmatched(self) -> Self:
        """Return the equation solved as well as it can be, whatever the paper did that it matches."""
        return self.model_copy(update={"match": None}) if self.matched else self

    def hold(self, reached: Tensor, says: Callable[[int], str], mend: str = "") -> None:
        """Refuse solutions of which what was ``reached``, ``(n,)``, exceeds the tolerance; ``says`` is told the worst.

        Raises:
            SolverError: it does.
        """
        if not bool((reached <= self.tolerance).all()):
            worst = int(reached.nan_to_num(nan=math.inf).argmax())
            limit = f"expected at most {self.tolerance:.1e}"
            raise SolverError(f"sample {worst} of the batch: {says(worst)}, {limit}{mend}")


def read_equation(node: object) -> Equation:
    """Return the equation that ``node`` names and sets, as a recipe or the record of a data set has it.

    Raises:
        SettingsError: there is no such equation, or a setting is wrong.
    """
    equation = registry.EQUATIONS.read(node)
    assert isinstance(equation, Equation)
    return equation


def equation_class(name: str) -> type[Equation]:
    """Return the class of the equation called ``name``.

    Raises:
        SettingsError: there is none; the message holds the nearest name.
    """
    settings = registry.EQUATIONS.settings(name)
    assert issubclass(settings, Equation)
    return settings


def drawn(law: registry.Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return what ``law`` draws for the samples ``indices`` on ``grid``, ``(n, s...)``.

    Raises:
        SettingsError: the law has no samples on such a grid.
    """
    fields: NDArray[np.float64] = registry.SAMPLERS.module(law.name).sample(law, grid, seed, split, indices)
    return fields
