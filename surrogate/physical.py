"""The physical surrogate: normaliser, operator, inverse normaliser and training range, one module in physical units.

Shape letters: b batch, c channel, s... space.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from surrogate.config.schema import NormaliserKind, TrainConfig
from surrogate.errors import SettingsError
from surrogate.fields import Problem
from surrogate.registry import MODELS

# A spread below this part of the whole field's spread counts as this part: where all samples agree (on a
# Dirichlet boundary) decoding must give their value, and encoding must not divide by zero.
_FLOOR = 1e-4

# Fields whose moments are summed together: few enough to spare memory.
_BLOCK = 64

# A spread below this part of the mean is the rounding of float32, not a spread.
_ROUNDING = 1e-7


class Moments:
    """Mean and deviation over ``axes`` (sizes 1 stay there) of fields (n, c, s...) that come in blocks, in float64.

    Source: Chan, Golub, LeVeque (1983), Algorithms for computing the sample variance, The American Statistician 37.
    """

    mean: Tensor

    def __init__(self, axes: tuple[int, ...]) -> None:
        self.axes = axes
        self.count = 0
        self._squares: Tensor

    def add(self, fields: Tensor) -> None:
        """Take one more block of fields."""
        wide = fields.double()
        mean = wide.mean(self.axes, keepdim=True)
        squares = (wide - mean).square().sum(self.axes, keepdim=True)
        count = wide.numel() // mean.numel()
        if self.count == 0:
            self.mean, self._squares = torch.zeros_like(mean), torch.zeros_like(mean)
        apart, total = mean - self.mean, self.count + count
        self._squares = self._squares + squares + apart.square() * (self.count * count / total)
        self.mean = self.mean + apart * (count / total)
        self.count = total

    @property
    def std(self) -> Tensor:
        """Deviation of the numbers themselves (divided by their count)."""
        return (self._squares / self.count).sqrt()

    def over(self, axes: tuple[int, ...]) -> Moments:
        """Return the moments over more axes."""
        found = Moments(self.axes + axes)
        found.mean = self.mean.mean(axes, keepdim=True)
        found.count = self.count * (self.mean.numel() // found.mean.numel())
        spread = self._squares + self.count * (self.mean - found.mean).square()
        found._squares = spread.sum(axes, keepdim=True)
        return found


class Normaliser(nn.Module):
    """An affine map to mean 0 and deviation 1, and back.

    ``none`` changes nothing; ``scalar`` has one mean and deviation for all channels; ``channel`` one for each;
    ``pointwise`` one for each channel and point, which ties it to the grid it was fitted on.

    Args:
        kind: which of them.
        channels: number of channels of the fields.
        points: grid points along each axis of the fields.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, kind: NormaliserKind, channels: int, points: tuple[int, ...]) -> None:
        super().__init__()
        self.kind = kind
        shape = (1, channels, *points) if kind == "pointwise" else (1, channels, *[1] * len(points))
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("std", torch.ones(shape))

    def fit(self, fields: Tensor) -> None:
        """Take mean and deviation from ``fields`` of shape (n, c, s...), computed in float64.

        A channel without any spread keeps deviation 1; a pointwise deviation is at least 1e-4 of its channel's.
        """
        moments = self.moments()
        for block in fields.split(_BLOCK):
            moments.add(block)
        self.take(moments)

    def moments(self) -> Moments:
        """Return the moments to which fields are added, a block at a time, before :meth:`take` is given them."""
        return Moments((0,) if self.kind == "pointwise" else (0, *range(2, self.mean.ndim)))

    def take(self, moments: Moments) -> None:
        """Take mean and deviation from the moments of all fields, as :meth:`fit` does."""
        if self.kind == "none":
            return
        if self.kind == "scalar":
            moments = moments.over((1,))
        mean, std = moments.mean, moments.std
        if self.kind == "pointwise":
            std = torch.maximum(std, _FLOOR * moments.over(tuple(range(2, mean.ndim))).std)
        std = torch.where(std > _ROUNDING * mean.abs(), std, torch.ones_like(std))
        self.mean.copy_(mean.expand_as(self.mean))
        self.std.copy_(std.expand_as(self.std))

    def encode(self, fields: Tensor) -> Tensor:
        """Return the normalised fields, (b, c, s...).

        Raises:
            ValueError: pointwise, and the fields lie on another grid than the one fitted on.
        """
        self._check(fields)
        return (fields - self.mean) / self.std

    def decode(self, fields: Tensor) -> Tensor:
        """Return the fields in physical units, (b, c, s...).

        Raises:
            ValueError: pointwise, and the fields lie on another grid than the one fitted on.
        """
        self._check(fields)
        return fields * self.std + self.mean

    def _check(self, fields: Tensor) -> None:
        if self.kind == "pointwise" and fields.shape[2:] != self.mean.shape[2:]:
            fitted, given = tuple(self.mean.shape[2:]), tuple(fields.shape[2:])
            raise ValueError(f"a pointwise normaliser fitted on {fitted} points cannot take fields on {given}")


class Surrogate(nn.Module):
    """A neural operator between fields in physical units, with the range of inputs that it learned from.

    With ``residual`` the operator gives the change of the state, which is the last channels of the input.

    Args:
        operator: the model, on normalised fields.
        normalisers: of the inputs and of the outputs (with ``residual``: of the change).
        problem: channels, grid and boundary.
        residual: whether the output is the state plus what the operator gives.

    Raises:
        SettingsError: ``residual`` on a problem that takes no state.
    """

    input_low: Tensor
    input_high: Tensor

    def __init__(
        self, operator: nn.Module, normalisers: tuple[Normaliser, Normaliser], problem: Problem, residual: bool
    ) -> None:
        super().__init__()
        if residual and not problem.takes_state:
            raise SettingsError("residual=true: the inputs hold no state to add to; this data set has a single frame")
        self.operator = operator
        self.input_normaliser, self.output_normaliser = normalisers
        self.problem = problem
        self.residual = residual
        self.register_buffer("input_low", torch.zeros(len(problem.inputs)))
        self.register_buffer("input_high", torch.zeros(len(problem.inputs)))

    @property
    def any_grid(self) -> bool:
        """Whether fields on another grid than the training data's are taken."""
        kinds = (self.input_normaliser.kind, self.output_normaliser.kind)
        return bool(getattr(self.operator, "any_grid", False)) and "pointwise" not in kinds

    @property
    def same_on_any_grid(self) -> bool:
        """Whether it is one map between functions there, rather than one between grids that fits other grids too."""
        return bool(getattr(self.operator, "same_on_any_grid", False))

    def forward(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to outputs (b, c_out, s...), both in physical units.

        Raises:
            ValueError: another number of channels or axes, or a grid that this surrogate cannot take.
        """
        channels, axes = len(self.problem.inputs), self.problem.dimensions
        if fields.ndim != axes + 2 or fields.shape[1] != channels:
            names = ", ".join(field.name for field in self.problem.inputs)
            raise ValueError(f"expected (b, {channels}, {axes} space axes) with {names}; got {tuple(fields.shape)}")
        change = self.output_normaliser.decode(self.operator(self.input_normaliser.encode(fields)))
        return self._state(fields) + change if self.residual else change

    def fit(self, inputs: Tensor, outputs: Tensor) -> None:
        """Take normalisers, range and whatever the model fits (a basis) from the training pairs.

        Args:
            inputs: (n, c_in, s...) in physical units.
            outputs: (n, c_out, s...) in physical units.
        """
        fit = Fit(self)
        for block in zip(inputs.split(_BLOCK), outputs.split(_BLOCK), strict=True):
            fit.add(*block)
        fit.finish()
        if self.prepared_from:
            every = math.ceil(len(inputs) / self.prepared_from)
            self.prepare(inputs[::every], outputs[::every])

    @property
    def prepared_from(self) -> int:
        """Number of training pairs, evenly spaced, that :meth:`prepare` needs at most; 0: it is not needed."""
        return int(getattr(self.operator, "prepared_from", 0))

    def prepare(self, inputs: Tensor, outputs: Tensor) -> None:
        """Let the model fit what it needs (a basis) on some training pairs, when the normalisers have been fitted."""
        target = self.target(inputs, outputs)
        prepare: Callable[[Tensor, Tensor], None] = getattr(self.operator, "prepare")  # noqa: B009
        prepare(self.input_normaliser.encode(inputs), self.output_normaliser.encode(target))

    def target(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Return what the operator has to give, in physical units: the outputs, or with ``residual`` the change."""
        return outputs - self._state(inputs) if self.residual else outputs

    def outside(self, fields: Tensor) -> Tensor:
        """Return, per sample (b,), the part of input values that lie outside the range of the training inputs."""
        shape = (1, -1, *[1] * (fields.ndim - 2))
        low, high = self.input_low.reshape(shape), self.input_high.reshape(shape)
        return ((fields < low) | (fields > high)).float().flatten(1).mean(1)

    def _state(self, fields: Tensor) -> Tensor:
        return fields[:, -len(self.problem.outputs) :]


class Fit:
    """What a surrogate takes from all its training pairs, which it is shown a block at a time."""

    def __init__(self, surrogate: Surrogate) -> None:
        self.surrogate = surrogate
        self.inputs, self.outputs = surrogate.input_normaliser.moments(), surrogate.output_normaliser.moments()
        self.low = torch.full_like(surrogate.input_low, math.inf)
        self.high = torch.full_like(surrogate.input_high, -math.inf)

    def add(self, inputs: Tensor, outputs: Tensor) -> None:
        """Take a block of pairs, (n, c_in, s...) and (n, c_out, s...) in physical units."""
        axes = (0, *range(2, inputs.ndim))
        self.low, self.high = self.low.minimum(inputs.amin(axes)), self.high.maximum(inputs.amax(axes))
        self.inputs.add(inputs)
        self.outputs.add(self.surrogate.target(inputs, outputs))

    def finish(self) -> None:
        """Give the surrogate its range and normalisers."""
        self.surrogate.input_low.copy_(self.low)
        self.surrogate.input_high.copy_(self.high)
        self.surrogate.input_normaliser.take(self.inputs)
        self.surrogate.output_normaliser.take(self.outputs)


def build(config: TrainConfig, problem: Problem) -> Surrogate:
    """Return the untrained surrogate of ``config``; its weights depend on ``config.seed`` and on nothing before.

    Raises:
        SettingsError: the model's settings do not fit the problem.
    """
    points = problem.grid.points
    normalisers = (
        Normaliser(config.normaliser.inputs, len(problem.inputs), points),
        Normaliser(config.normaliser.outputs, len(problem.outputs), points),
    )
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(config.seed)
        try:
            operator = MODELS.module(config.model.name).Model(config.model, problem)
        except ValueError as error:
            raise SettingsError(f"model={config.model.name}: {error}") from None
    return Surrogate(operator, normalisers, problem, config.residual)
