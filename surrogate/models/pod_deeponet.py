"""POD-DeepONet: the branch of a DeepONet on the principal modes of the training outputs.

Shape letters: b batch, p training pairs, c channels out, k modes, n points, s... space.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from surrogate import registry
from surrogate.capabilities import Capabilities
from surrogate.kernels.matmul import matmul
from surrogate.models._branch import Activation, Branch
from surrogate.models._neural_operator import NeuralOperator
from surrogate.registry import Width
from surrogate.spaces import Problem


class Settings(registry.Settings):
    """Settings of the POD-DeepONet; ``n_basis`` counts modes for each output channel, the rest as in ``deeponet``."""

    branch: Literal["mlp", "cnn"]
    branch_channels: tuple[Width, ...]
    branch_layers: tuple[Width, ...]
    n_basis: Width
    activation: Activation = "gelu"


class Model(NeuralOperator):
    """``G(u)_c(y) = mean_c(y) + (1/K) sum_k b_ck(u) phi_ck(y)``, phi_ck the K leading modes of the training outputs.

    Modes have a mean square of 1 over the grid. They are found by :meth:`prepare` and stored with the weights.

    Source: Lu et al. (2022), arXiv:2111.05512, section 3.1.3 and the scaling of its released code.
    """

    # The modes are those of at most so many training pairs, evenly spaced: more would not change them much, and the
    # work grows with the square of their number.
    capabilities = Capabilities(prepared_from=4000, blocks=("branch",))
    mean: Tensor
    basis: Tensor

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        outputs, points = len(problem.target.fields), problem.grid.points
        self.points = points
        self.n_basis = settings.n_basis
        coefficients = outputs * settings.n_basis
        widths = settings.branch_channels, settings.branch_layers
        self.branch = Branch(settings.branch, *widths, coefficients, problem, settings.activation)
        self.register_buffer("mean", torch.zeros(outputs, math.prod(points)))
        self.register_buffer("basis", torch.zeros(outputs, settings.n_basis, math.prod(points)))

    def prepare(self, inputs: Tensor, outputs: Tensor) -> None:
        """Set mean and modes from normalised training outputs (p, c, s...); modes beyond their rank are zero."""
        spaced = outputs.flatten(2).double().transpose(0, 1)
        mean = spaced.mean(dim=1)
        self.mean.copy_(mean)
        self.basis.zero_()
        for basis, samples in zip(self.basis, spaced - mean[:, None], strict=True):
            modes = principal_modes(samples, self.n_basis)
            basis[: len(modes)] = modes * math.sqrt(samples.shape[1])

    def forward(self, fields: Tensor) -> Tensor:
        """Map (b, inputs, s...) to (b, outputs, s...), both normalised.

        Raises:
            ValueError: another grid than that of the sensors.
        """
        coefficients = self.branch(fields).unflatten(1, (self.mean.shape[0], -1)) / self.n_basis
        values = torch.stack([matmul(coefficients[:, c], modes) for c, modes in enumerate(self.basis)], dim=1)
        return (values + self.mean).unflatten(2, self.points)


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
