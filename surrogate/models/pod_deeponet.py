"""POD-DeepONet: the branch of a DeepONet on the principal modes of the training outputs.

Shape letters: b batch, p training pairs, c channels out, k modes, n points, s... space.
"""

from __future__ import annotations

import math
from typing import Literal, cast

import torch
from torch import Tensor, nn

from surrogate import registry
from surrogate.capabilities import Capabilities
from surrogate.models._activations import Activation
from surrogate.models._branch import Branch
from surrogate.models._stack import Stack
from surrogate.operators.synthesis import Synthesis
from surrogate.registry import Width
from surrogate.spaces import Problem


class Settings(registry.Settings):
    """Settings of the POD-DeepONet; ``n_basis`` counts modes for each output channel, the rest as in ``deeponet``."""

    branch: Literal["mlp", "cnn"]
    branch_channels: tuple[Width, ...]
    branch_layers: tuple[Width, ...]
    n_basis: Width
    activation: Activation = "gelu"


class Model(Stack):
    """``G(u)_c(y) = mean_c(y) + (1/K) sum_k b_ck(u) phi_ck(y)``, phi_ck the K leading modes of the training outputs.

    A branch, then a synthesis from the modes. These have a mean square of 1 over the grid, are found by
    :meth:`prepare` and stored with the weights.

    Source: Lu et al. (2022), arXiv:2111.05512, section 3.1.3 and the scaling of its released code.
    """

    # The modes are those of at most so many training pairs, evenly spaced: more would not change them much, and the
    # work grows with the square of their number.
    capabilities = Capabilities(prepared_from=4000, blocks=("branch",))
    layout = "first"

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        outputs, points = len(problem.target.fields), problem.grid.points
        self.points = points
        self.n_basis = settings.n_basis
        coefficients = outputs * settings.n_basis
        widths = settings.branch_channels, settings.branch_layers
        self.branch = Branch(settings.branch, *widths, coefficients, problem, settings.activation)
        self.layers, self.order = nn.ModuleList(), ()
        modes = Modes(outputs, settings.n_basis, math.prod(points))
        self.synthesis = Synthesis(modes, coefficients, torch.zeros(outputs, math.prod(points)))

    def prepare(self, inputs: Tensor, outputs: Tensor) -> None:
        """Set mean and modes from normalised training outputs (p, c, s...); modes beyond their rank are zero."""
        spaced = outputs.flatten(2).double().transpose(0, 1)
        mean = spaced.mean(dim=1)
        self.synthesis.constants.copy_(mean)
        basis = cast(Modes, self.synthesis.basis).functions.zero_()
        for functions, samples in zip(basis, spaced - mean[:, None], strict=True):
            modes = principal_modes(samples, self.n_basis)
            functions[: len(modes)] = modes * math.sqrt(samples.shape[1])

    def enter(self, given: Tensor) -> Tensor:
        """Return the coefficients (b, c k) of the inputs.

        Raises:
            ValueError: another grid than that of the sensors.
        """
        coefficients: Tensor = self.branch(given)
        return coefficients / self.n_basis

    def leave(self, hidden: Tensor, given: Tensor) -> Tensor:
        """Return the sum of the modes."""
        values: Tensor = self.synthesis(hidden)
        return values.unflatten(2, self.points)


class Modes(nn.Module):
    """Functions of the place that are stored, (c, k, n)."""

    functions: Tensor

    def __init__(self, channels: int, count: int, points: int) -> None:
        super().__init__()
        self.register_buffer("functions", torch.zeros(channels, count, points))

    def forward(self) -> Tensor:
        """Return them as (c k, n)."""
        return self.functions.flatten(0, 1)


def principal_modes(samples: Tensor, count: int) -> Tensor:
    """Return at most ``count`` orthonormal rows (k, n) that span the rows of ``samples`` (p, n) best, the first first.

    From the eigenvectors of the smaller of the two Gram matrices; modes below the rounding of the largest are left out.
    """
    pairs, points = samples.shape
    gram = samples @ samples.T if pairs <= points else samples.T @ samples
    values, vectors = torch.linalg.eigh(gram)
    values, vectors = values.flip(0)[:count], vectors.flip(1)[:, :count]
    kept = values > values[0] * len(gram) * torch.finfo(values.dtype).eps
    values, vectors = values[kept], vectors[:, kept]
    return (samples.T @ vectors / values.sqrt()).T if pairs <= points else vectors.T
