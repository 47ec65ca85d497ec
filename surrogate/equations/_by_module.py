"""Equations whose functions still stand beside their settings, seen as the others are."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from surrogate.equations._equation import Array, Equation, Solved
from surrogate.spaces import DataSpec, Split, Task

if TYPE_CHECKING:
    from torch import Tensor

    from surrogate.solvers.dirichlet_problem import DirichletProblem


class ByModule(Equation):
    """An equation that is asked through the functions of its module."""

    dimensions: ClassVar[int] = 0

    @property
    def _module(self) -> Any:
        return importlib.import_module(f"surrogate.equations.{self.name}")

    def specification(self, points: tuple[int, ...], task: Task) -> DataSpec:
        found: DataSpec = self._module.specification(self, points, task)
        return found

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        found: Array = self._module.draw(self, self.spec, seed, split, indices)
        return found

    def solve(self, inputs: Tensor) -> Solved:
        found: Solved = self._module.solve(self, self.spec, inputs)
        return found

    def residual(self, constants: Tensor, states: Tensor) -> Tensor:
        found: Tensor = self._module.residual(self, self.spec, constants, states)
        return found

    def reference(self, inputs: Array) -> Array:
        found: Array = self._module.second_method(self, self.spec, inputs)
        return found

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        found: dict[str, Tensor] = self._module.invariants(self, self.spec, constants, states)
        return found

    def linear_problem(self, constants: Tensor, refine: int) -> DirichletProblem:
        found: DirichletProblem = self._module.linear_problem(self, self.spec, constants, refine)
        return found

    def refined(self, space: int, time: int) -> Self:
        found: Self = self._module.refined(self, self.spec, space, time)
        return found
