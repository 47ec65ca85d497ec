"""The linear problem that an equation states, where it states one."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from surrogate.datasets.dataset import Dataset
from surrogate.datasets.recorded_equation import recorded_equation
from surrogate.equations import LinearSteady, equation_class
from surrogate.errors import SettingsError
from surrogate.registry import EQUATIONS
from surrogate.solvers.dirichlet_problem import DirichletProblem
from surrogate.spaces import DataSpec


@dataclass(frozen=True)
class LinearEquation:
    """An equation of a data set that is linear in its state, with one system of equations for each sample."""

    equation: LinearSteady

    @classmethod
    def of(cls, dataset: Dataset) -> LinearEquation:
        """Return that of a data set.

        Raises:
            SettingsError: the data came from outside, or no linear system is known of its equation.
        """
        if dataset.recipe is None:
            raise SettingsError(f"{dataset.path}: not made by a recipe, so its equation is not known")
        name = dataset.spec.equation
        if not issubclass(equation_class(name), LinearSteady):
            raise SettingsError(f"solve: {name} is not supported; expected data of {' or '.join(supported())}")
        equation = recorded_equation(dataset.recipe)
        assert isinstance(equation, LinearSteady)
        return cls(equation.bound(dataset.spec))

    @property
    def spec(self) -> DataSpec:
        """What its data mean."""
        return self.equation.spec

    def problem(self, constants: Tensor, refine: int = 1) -> DirichletProblem:
        """Return the problems of ``constants`` ``(b, c, x, y)`` in float64, on any grid.

        Raises:
            SettingsError: the equation states none for these settings.
        """
        return self.resized(tuple(constants.shape[2:])).linear_problem(constants, refine)

    def resized(self, points: tuple[int, ...]) -> LinearSteady:
        """Return the equation on another number of points."""
        return self.equation.bound(self.spec.on(self.spec.grid.resized(points)))


def supported() -> tuple[str, ...]:
    """Return the equations that state a linear problem."""
    return tuple(name for name in EQUATIONS.names() if issubclass(equation_class(name), LinearSteady))
