"""DeepONet: a branch network reads the input at fixed sensors, a trunk network makes basis functions of the place.

Shape letters: b batch, c channels out, k basis functions, n points, d axes, e features of a place, s... space.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from surrogate import registry
from surrogate.capabilities import Capabilities
from surrogate.models._activations import Activation
from surrogate.models._branch import MLP, Branch
from surrogate.models._coordinates import coordinate_channels, coordinate_count, coordinate_features
from surrogate.models._stack import Stack
from surrogate.operators.synthesis import Synthesis
from surrogate.operators.walls import factor_at, wall_factor
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


class Model(Stack):
    """``G(u)_c(y) = sum_k b_ck(u) t_ck(y) + b_c`` with an activated trunk, each output with coefficients of its own.

    A branch, which ends on a single point, then a synthesis from the functions of the trunk. The branch is tied to its
    sensors, all points of the training grid; the trunk takes any place, is evaluated once for all samples of a batch,
    and in evaluation on a CPU once for all batches.

    Source: Lu et al. (2021), DeepONet, Nature Machine Intelligence 3; periodic and Fourier features, CNN branch and
    hard boundary values after Lu et al. (2022), arXiv:2111.05512, section 3.
    """

    capabilities = Capabilities(any_points=True, blocks=("branch",))
    layout = "first"
    factor: Tensor

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        self.problem, self.settings = problem, settings
        outputs, coefficients = len(problem.target.fields), len(problem.target.fields) * settings.n_basis
        widths = settings.branch_channels, settings.branch_layers
        self.branch = Branch(settings.branch, *widths, coefficients, problem, settings.activation)
        self.layers, self.order = nn.ModuleList(), ()
        trunk = Trunk(problem, settings.harmonics, settings.trunk_layers, coefficients, settings.activation)
        self.synthesis = Synthesis(trunk, coefficients, nn.Parameter(torch.zeros(outputs, 1)))
        # It follows from the problem, so it is made again, not stored.
        factor = torch.from_numpy(wall_factor(problem.grid, problem.boundary)).flatten().float()
        self.register_buffer("factor", factor, persistent=False)

    def enter(self, given: Tensor) -> Tensor:
        """Return the coefficients (b, c k) of the inputs.

        Raises:
            ValueError: another grid than that of the sensors.
        """
        coefficients: Tensor = self.branch(given)
        return coefficients

    def leave(self, hidden: Tensor, given: Tensor) -> Tensor:
        """Return the sum of the trunk's functions on the grid."""
        return self._held(self.synthesis(hidden), self.factor).unflatten(2, self.problem.grid.points)

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
        features = coordinate_features(places, self.problem.boundary, self.settings.harmonics).to(self.factor)
        factor = factor_at(places.unbind(1), self.problem.boundary).to(self.factor)
        return self._held(self.synthesis(self.branch(fields), features), factor)

    def _held(self, values: Tensor, factor: Tensor) -> Tensor:
        return values * factor if self.settings.hard_dirichlet else values


class Trunk(nn.Module):
    """Basis functions of the place: dense layers on its features, the last activated too."""

    place: Tensor

    def __init__(
        self, problem: Problem, harmonics: int, layers: Sequence[int], functions: int, activation: Activation
    ) -> None:
        super().__init__()
        self.network = MLP(coordinate_count(problem.boundary, harmonics), layers, functions, activation)
        # It follows from the problem, so it is made again, not stored.
        place = coordinate_channels(problem.grid.points, problem.grid, problem.boundary, harmonics)
        self.register_buffer("place", place.flatten(1).float(), persistent=False)
        self._kept: tuple[list[Tensor], Tensor] | None = None

    def forward(self, features: Tensor | None = None) -> Tensor:
        """Return the functions (c k, n) where the ``features`` (e, n) are those of the place; None: on the grid.

        In evaluation on a CPU they are kept, and given again while all that they follow from is the same. That is
        compared number by number, in a hundredth of the time; a GPU would have to wait for the answer.
        """
        features = self.place if features is None else features
        learning = self.training or torch.is_grad_enabled() or torch.compiler.is_compiling()
        weights = list(self.parameters())
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
        return self.network.activation(self.network(features))


def _same(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and one.device == other.device and torch.equal(one, other)
