"""DeepONet: a branch network reads the input at fixed sensors, a trunk network makes basis functions of the place.

Shape letters: b batch, c channels out, k basis functions, n points, s... space.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from surrogate import registry
from surrogate.fields import Problem
from surrogate.models._branch import MLP, Branch
from surrogate.models._coordinates import coordinate_channels, coordinate_count

Positive = Annotated[int, Field(gt=0)]


class Settings(registry.Settings):
    """Settings of the DeepONet.

    ``branch_channels`` are those of the ``cnn`` branch, each on half the grid of the one before; ``branch_layers`` and
    ``trunk_layers`` are the widths of dense layers; ``n_basis`` counts basis functions for each output channel;
    ``harmonics`` the Fourier features of the trunk's coordinates. ``hard_dirichlet`` multiplies the output by a
    function that vanishes on the Dirichlet sides: only for outputs normalised without a mean.
    """

    branch: Literal["mlp", "cnn"]
    branch_channels: tuple[Positive, ...]
    branch_layers: tuple[Positive, ...]
    trunk_layers: tuple[Positive, ...]
    n_basis: Positive
    harmonics: Positive
    hard_dirichlet: bool


class Model(nn.Module):
    """``G(u)_c(y) = sum_k b_ck(u) t_ck(y) + b_c`` with an activated trunk, each output with coefficients of its own.

    The branch is tied to its sensors, all points of the training grid; the trunk is evaluated on the same points,
    once for all samples of a batch.

    Source: Lu et al. (2021), DeepONet, Nature Machine Intelligence 3; periodic and Fourier features, CNN branch and
    hard boundary values after Lu et al. (2022), arXiv:2111.05512, section 3.
    """

    any_grid = False
    place: Tensor
    factor: Tensor

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        self.points = problem.grid.points
        coefficients = len(problem.outputs) * settings.n_basis
        self.branch = Branch(settings.branch, settings.branch_channels, settings.branch_layers, coefficients, problem)
        features = coordinate_count(problem.boundary, settings.harmonics)
        self.trunk = MLP(features, settings.trunk_layers, coefficients)
        self.bias = nn.Parameter(torch.zeros(len(problem.outputs), 1))
        # Both follow from the problem, so they are made again, not stored.
        place = coordinate_channels(problem.grid, problem.boundary, settings.harmonics)
        self.register_buffer("place", place.flatten(1).T.float(), persistent=False)
        factor = boundary_factor(problem) if settings.hard_dirichlet else torch.ones(())
        self.register_buffer("factor", factor.float(), persistent=False)

    def forward(self, fields: Tensor) -> Tensor:
        """Map (b, inputs, s...) to (b, outputs, s...), both normalised.

        Raises:
            ValueError: another grid than that of the sensors.
        """
        outputs = self.bias.shape[0]
        coefficients = self.branch(fields).unflatten(1, (outputs, -1))
        basis = F.gelu(self.trunk(self.place)).unflatten(1, (outputs, -1))
        values = torch.einsum("bck,nck->bcn", coefficients, basis) + self.bias
        return values.unflatten(2, self.points) * self.factor


def boundary_factor(problem: Problem) -> Tensor:
    """Return a function (s...), at most about 1, that vanishes linearly on the Dirichlet sides of the box."""
    factor = torch.ones(problem.grid.points, dtype=torch.float64)
    axes = zip(
        problem.grid.coordinates(), problem.grid.origin, problem.grid.lengths, problem.boundary.sides, strict=True
    )
    for axis, (coordinates, start, length, (low, high)) in enumerate(axes):
        x = torch.from_numpy((coordinates - start) / length)
        if low == high == "dirichlet":
            wall = 4 * x * (1 - x)
        elif low == "dirichlet":
            wall = x
        else:
            wall = 1 - x if high == "dirichlet" else torch.ones_like(x)
        factor = factor * wall.reshape([-1 if axis == other else 1 for other in range(factor.ndim)])
    return factor
