"""An equation in the hands of a Python program: it draws inputs, and solves those of the program.

Shapes: n samples, t times, c fields, s... space.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.datasets.dataset import Dataset
from surrogate.datasets.given_inputs import Arrays, as_inputs, extents, is_single, names_of_inputs
from surrogate.datasets.proof import one_thread
from surrogate.datasets.recorded_equation import recorded_equation
from surrogate.datasets.samples import solve_together
from surrogate.datasets.store import Solutions
from surrogate.environment import choose_device
from surrogate.equations import Equation
from surrogate.errors import InputError, SolverError, UsageError, nearest
from surrogate.interface import notebook
from surrogate.interface.tensors import as_numpy, like
from surrogate.interface.typed_settings import generate_settings
from surrogate.spaces import DataSpec, Split, Task

_WHERE = "the inputs"


@dataclass(frozen=True)
class SolvedFields(Mapping[str, Any]):
    """Solutions, by the names of their fields: ``solved["pressure"]`` is ``(n, s...)``, or ``(n, t, s...)`` in time.

    One sample that was given without an axis for samples has none here. Arrays are as the inputs are, in float64:
    NumPy for NumPy, torch for torch.

    Attributes:
        fields: the states, by name.
        residual: of each sample, ``(n,)``: the relative residual, or bound of the relative error, that was reached.
        iterations: the work that each sample took, ``(n,)``.
        effort: how many times finer in time than the settings say each was solved, as a data set does, ``(n,)``.
        spec: what the fields mean: names, units, grid, boundary, times.
    """

    fields: Mapping[str, Any]
    residual: NDArray[np.float64]
    iterations: NDArray[np.int64]
    effort: NDArray[np.int64]
    spec: DataSpec

    def __getitem__(self, name: str) -> Any:
        if name not in self.fields:
            raise KeyError(f"{name}{nearest(name, self.fields)}")
        return self.fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    @property
    def times(self) -> tuple[float, ...]:
        """Those of the frames; a single one where there is no time."""
        return self.spec.times

    def _lines(self) -> dict[str, str]:
        shapes = {name: str(tuple(values.shape)) for name, values in self.fields.items()}
        worst = float(np.max(self.residual))
        points = " x ".join(map(str, self.spec.domain.points))
        return shapes | {"grid": f"{points} points", "residual": f"{worst:.2e}, the largest of {self.residual.size}"}

    def __repr__(self) -> str:
        facts = ", ".join(f"{name} {text}" for name, text in self._lines().items())
        return f"<solution of {self.spec.equation}: {facts}>"

    def _repr_html_(self) -> str:
        """Return its figures, for a notebook."""
        return notebook.facts(f"solution of {self.spec.equation}", self._lines())


@dataclass(frozen=True)
class OpenedEquation:
    """The equation of a recipe or a data set, with how it is solved there.

    Attributes:
        equation: its parameters and the law of its inputs.
        task: ``map`` or ``step``.
        grid: points along each axis, on which it draws.
        any_grid: it solves on that of the inputs, whatever it is; else they have to be on ``grid``.
        seed: of what is drawn.
    """

    equation: Equation
    task: Task
    grid: tuple[int, ...]
    any_grid: bool
    seed: int

    def draw(self, count: int, split: Split = "test") -> NDArray[np.float64]:
        """Return the inputs ``(n, c, s...)`` of the first samples of a split of its data set.

        Raises:
            SettingsError: the law has no samples on this grid.
        """
        return self.equation.on(self.grid, self.task).draw(self.seed, split, range(count))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of what it is given, in order: coefficients, forcings, and the start of an evolution."""
        return names_of_inputs(self.equation.specification(self.grid, self.task))

    @property
    def coordinates(self) -> tuple[NDArray[np.floating[Any]], ...]:
        """Where the points of its grid lie: one array for each axis."""
        return self.equation.specification(self.grid, self.task).grid.coordinates()

    def solve(self, fields: Any, device: str = "cpu") -> SolvedFields:
        """Return the solutions for inputs, by name, each to the tolerance of the equation.

        What the settings do not solve is tried with finer steps and cells, as for a data set. Inputs in float32 have
        the labels that a data set would have of them, bit for bit on a processor, before they are rounded.

        Args:
            fields: ``(n, c, s...)``, ``(n, s...)`` of one field, or a single sample; or a dictionary of ``(n, s...)``
                by the names in :attr:`inputs`.
            device: where it is solved.

        Raises:
            InputError: not such inputs, one that is not finite, or not above zero where it must be.
            SettingsError: the equation refuses this grid, or there is no such device.
            SolverError: a sample is not solved; the message says which, and what was reached.
        """
        several = isinstance(fields, Mapping)
        if several and not fields:
            raise UsageError(f"no inputs; expected {', '.join(self.inputs)}")
        arrays: Arrays = {str(k): as_numpy(v) for k, v in fields.items()} if several else {"": as_numpy(fields)}
        points = extents(arrays, self.equation.dimensions, _WHERE) if self.any_grid else self.grid
        equation = self.equation.on(points, self.task)
        inputs, place = as_inputs(arrays, equation, _WHERE, np.float64), str(choose_device(device))
        with one_thread():
            blocks = [
                _solved(equation, inputs, range(at, min(at + equation.block, len(inputs))), place)
                for at in range(0, len(inputs), equation.block)
            ]
        return _named(equation, blocks, next(iter(fields.values())) if several else fields, is_single(arrays, equation))

    def __repr__(self) -> str:
        grid = "any grid" if self.any_grid else f"{' x '.join(map(str, self.grid))} points"
        given, states = ", ".join(self.inputs), ", ".join(self.equation.states)
        return f"<equation {self.equation.name} on {grid}: {given} -> {states}>"


def equation(recipe: str, **settings: Any) -> OpenedEquation:
    """Return the equation of a recipe, to solve inputs of one's own.

    Args:
        recipe: one of ``surrogate list recipes``.
        settings: those of :func:`surrogate.generate` that decide a sample: ``grid``, ``seed``, ``match``, and
            the parameters of the equation, by their names alone too: ``viscosity=0.01`` is ``equation.viscosity``.
            Without ``grid`` it solves on that of the inputs.

    Raises:
        UsageError, SettingsError: a name or a value that cannot be, with the nearest that can.
    """
    parameters = compose_tree("generate", words_of("generate", {"recipe": recipe}))["equation"]
    named = {f"equation.{key}" if key in parameters else key: value for key, value in settings.items()}
    config = generate_settings(compose_tree("generate", words_of("generate", {"recipe": recipe} | named)))
    return OpenedEquation(config.equation, config.task, config.grid, "grid" not in settings, config.seed)


def equation_of(data: Dataset) -> OpenedEquation:
    """Return the equation of the recipe of a data set, on any grid.

    Raises:
        InputError: it has no recipe, or the equation is a plug-in that is not here.
    """
    if data.recipe is None:
        raise InputError(f"{data.path}: the data came from elsewhere, so their equation is not known")
    of_recipe, spec = recorded_equation(data.recipe), data.spec
    return OpenedEquation(of_recipe, spec.task, spec.grid.points, True, data.manifest.seed)


def _solved(equation: Equation, inputs: NDArray[np.float64], rows: range, device: str) -> Solutions:
    """Return one block of solutions.

    Raises:
        SolverError: a sample is not solved.
    """

    def lose(index: int, ladder: dict[int, Equation], reason: str) -> None:
        raise SolverError(f"{_WHERE}: sample {index} is not solved with any of {len(ladder)} settings: {reason}")

    parts = solve_together(equation, lambda some: inputs[some], list(rows), device, lose)
    return Solutions(
        *(np.concatenate([getattr(part, name) for _, part in parts]) for name in Solutions.__dataclass_fields__)
    )


def _named(equation: Equation, blocks: list[Solutions], given: Any, single: bool) -> SolvedFields:
    spec = equation.spec

    def whole(name: str) -> NDArray[Any]:
        values: NDArray[Any] = np.concatenate([getattr(block, name) for block in blocks])
        return values[0] if single else values

    states, steady = whole("states"), len(spec.times) == 1
    frames = np.moveaxis(states, 1 - single, 0)[0] if steady else states
    channel = 1 - single + (not steady)
    fields = {
        field.name: like(np.ascontiguousarray(np.take(frames, number, axis=channel)), given)
        for number, field in enumerate(spec.states)
    }
    return SolvedFields(fields, whole("residual"), whole("iterations"), whole("effort"), spec)
