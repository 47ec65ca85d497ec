"""DeepONet: a branch network reads the input at fixed sensors, a trunk network makes basis functions of the place.

Shape letters: b batch, c channels out, k basis functions, n points, d axes, e features of a place, s... space.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from surrogate import registry
from surrogate.capabilities import Capabilities
from surrogate.kernels.matmul import matmul
from surrogate.models._branch import ACTIVATIONS, MLP, Activation, Branch
from surrogate.models._coordinates import coordinate_channels, coordinate_count, coordinate_features
from surrogate.models._neural_operator import NeuralOperator
from surrogate.operators.dirichlet import factor_at, wall_factor
from surrogate.registry import Width
from surrogate.spaces import Problem


class Settings(registry.Settings):
    """Settings of the DeepONet.

    ``branch_channels`` are those of the ``cnn`` branch, each on half the grid of the one before; ``branch_layers`` and
    ``trunk_layers`` are the widths of dense layers; ``n_basis`` counts basis functions for each output channel;
    ``harmonics`` the Fourier features of the trunk's coordinates. ``hard_dirichlet`` multiplies the output by a
    function that vanishes on the Dirichlet sides: only for outputs normalised without a mean. Runs of the first version
    do not name ``activation``.
    """

    branch: Literal["mlp", "cnn"]
    branch_channels: tuple[Width, ...]
    branch_layers: tuple[Width, ...]
    trunk_layers: tuple[Width, ...]
    n_basis: Width
    harmonics: Width
    hard_dirichlet: bool
    activation: Activation = "gelu"


class Model(NeuralOperator):
    """``G(u)_c(y) = sum_k b_ck(u) t_ck(y) + b_c`` with an activated trunk, each output with coefficients of its own.

    The branch is tied to its sensors, all points of the training grid; the trunk takes any place, is evaluated once for
    all samples of a batch, and in evaluation on a CPU once for all batches.

    Source: Lu et al. (2021), DeepONet, Nature Machine Intelligence 3; periodic and Fourier features, CNN branch and
    hard boundary values after Lu et al. (2022), arXiv:2111.05512, section 3.
    """

    capabilities = Capabilities(any_points=True, blocks=("branch",))
    place: Tensor
    factor: Tensor

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        self.problem, self.settings = problem, settings
        coefficients = len(problem.target.fields) * settings.n_basis
        widths = settings.branch_channels, settings.branch_layers
        self.branch = Branch(settings.branch, *widths, coefficients, problem, settings.activation)
        features = coordinate_count(problem.boundary, settings.harmonics)
        self.trunk = MLP(features, settings.trunk_layers, coefficients, settings.activation)
        self.bias = nn.Parameter(torch.zeros(len(problem.target.fields), 1))
        # Both follow from the problem, so they are made again, not stored.
        place = coordinate_channels(problem.grid, problem.boundary, settings.harmonics)
        self.register_buffer("place", place.flatten(1).float(), persistent=False)
        self.register_buffer(
            "factor", torch.from_numpy(wall_factor(problem.grid, problem.boundary)).flatten().float(), persistent=False
        )
        self._kept: tuple[list[Tensor], Tensor] | None = None

    def forward(self, fields: Tensor) -> Tensor:
        """Map (b, inputs, s...) to (b, outputs, s...), both normalised.

        Raises:
            ValueError: another grid than that of the sensors.
        """
        coefficients = self.branch(fields)
        return self._values(coefficients, self._basis(self.place), self.factor).unflatten(2, self.problem.grid.points)

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Map (b, inputs, s...) to the outputs (b, outputs, n) at ``points`` (n, d), in the coordinates of the grid.

        It can be differentiated in the points, as often as the activation can.

        Raises:
            ValueError: another grid than that of the sensors, or not points of its space.
        """
        grid = self.problem.grid
        if points.ndim != 2 or points.shape[1] != len(grid.points):
            raise ValueError(f"expected points of shape (n, {len(grid.points)}), got {tuple(points.shape)}")
        start, length = points.new_tensor(grid.origin), points.new_tensor(grid.lengths)
        places = (points - start) / length
        features = coordinate_features(places, self.problem.boundary, self.settings.harmonics).to(self.place)
        factor = factor_at(places.unbind(1), self.problem.boundary).to(self.place)
        return self._values(self.branch(fields), self._basis(features), factor)

    def _values(self, coefficients: Tensor, basis: Tensor, factor: Tensor) -> Tensor:
        """Return (b, c, n) of coefficients (b, c k) and the basis (c k, n)."""
        outputs = len(self.bias)
        channels = zip(coefficients.chunk(outputs, 1), basis.chunk(outputs), self.bias, strict=True)
        found = [matmul(weights, functions).add_(bias) for weights, functions, bias in channels]
        values = found[0][:, None] if outputs == 1 else torch.stack(found, dim=1)
        return values * factor if self.settings.hard_dirichlet else values

    def _basis(self, features: Tensor) -> Tensor:
        """Return the basis functions (c k, n) where the features (e, n) are those of the place.

        In evaluation on a CPU they are kept, and given again while all that they follow from is the same. That is
        compared number by number, in a hundredth of the time; a GPU would have to wait for the answer.
        """
        learning = self.training or torch.is_grad_enabled() or torch.compiler.is_compiling()
        weights = list(self.trunk.parameters())
        # Weights that are spread over processes are of another type.
        if learning or features.device.type != "cpu" or any(type(weight) is not nn.Parameter for weight in weights):
            return self._evaluated(features)
        now = [*weights, features]
        if self._kept is None or not all(map(_same, now, self._kept[0])):
            with torch.inference_mode(False), torch.no_grad():
                now = [tensor.clone() for tensor in now]
                self._kept = now, self._evaluated(now[-1])
        return self._kept[1]

    def _evaluated(self, features: Tensor) -> Tensor:
        return ACTIVATIONS[self.settings.activation](self.trunk(features))


def _same(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and one.device == other.device and torch.equal(one, other)
