"""The equation of a data set as a judge: how far outputs are from what it makes of their inputs.

Shape letters: p pairs, c channels, s... space.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from surrogate.datasets.dataset import Dataset
from surrogate.datasets.recorded_equation import recorded_equation
from surrogate.datasets.windows import pairs
from surrogate.equations import Equation
from surrogate.errors import SettingsError
from surrogate.spaces import Task

# inputs (p, c, s...), outputs (p, c, s...) -> (p,)
Residual = Callable[[Tensor, Tensor], Tensor]


def residual_of(dataset: Dataset, task: Task) -> Residual:
    """Return the residual of pairs of ``task`` in physical units, one relative number for each pair, in float64.

    It is the one that the equation states: of a steady problem the discrete equation on the grid of the data,
    relative to its right-hand side; of a step from one frame to the next, how far the output is from the solver's
    advance of the input, relative to the output. Differentiable in the outputs. Arithmetic is in float64 whatever comes
    in: second differences of float32 fields would lose half their digits.

    Raises:
        SettingsError: the data came from outside, so that no equation is known, or ``task`` has no residual.
    """
    spec, recipe = dataset.spec, dataset.recipe
    if recipe is None:
        raise SettingsError(f"physics.weight: {dataset.path} was not made by a recipe, so its equation is not known")
    if task == "map" and len(spec.times) > 1:
        what = f"{spec.equation} has a residual from one frame to the next, none from the first to the last"
        raise SettingsError(f"physics.weight: {what}; expected task=step")
    equation: Equation | None = recorded_equation(recipe).bound(spec)
    if task == "step":
        equation = equation and equation.one_step(spec.times[1] - spec.times[0])
    assert equation is not None
    constant, state = len(spec.constants), len(spec.states)

    def residual(inputs: Tensor, outputs: Tensor) -> Tensor:
        constants, latest = inputs[:, :constant].double(), outputs.double()
        # The latest frame comes last among the inputs.
        frames = [inputs[:, -state:].double(), latest] if task == "step" else [latest]
        return equation.residual(constants, torch.stack(frames, dim=1))

    return residual


def label_residual(dataset: Dataset, task: Task, limit: int = 32) -> float:
    """Return the mean residual of the first ``limit`` training labels themselves: labels of a finer grid have one.

    Raises:
        SettingsError: as :func:`residual_of`.
        InputError: the data are damaged.
    """
    inputs, outputs = pairs(dataset.spec, task, *dataset.read("train", limit=limit))
    with torch.no_grad():
        judged = residual_of(dataset, task)(torch.from_numpy(inputs[:limit]), torch.from_numpy(outputs[:limit]))
    return float(judged.mean())
