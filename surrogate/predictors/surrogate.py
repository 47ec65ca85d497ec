"""The physical surrogate: normaliser, operator, inverse normaliser and training range, one module in physical units.

Shape letters: b batch, c channel, s... space.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from surrogate.errors import SettingsError
from surrogate.model_size import require_room
from surrogate.models._neural_operator import NeuralOperator
from surrogate.operators.dirichlet import HeldValues
from surrogate.operators.off_grid import OffGrid
from surrogate.operators.padding import padding_rules
from surrogate.operators.refinement import Refinement
from surrogate.predictors.normalisers import BLOCK, Normaliser
from surrogate.predictors.range_guard import Guard, Seen, of_values
from surrogate.predictors.rollout import roll_out
from surrogate.predictors.surrogate_settings import SurrogateSettings
from surrogate.registry import MODELS
from surrogate.spaces import Problem


class Surrogate(nn.Module):
    """A neural operator between fields in physical units, with the range of inputs that it learned from.

    With ``residual`` the operator gives the change of the state, which is the last channels of the input.

    Args:
        operator: the model, on normalised fields.
        normalisers: of the inputs and of the outputs (with ``residual``: of the change).
        problem: channels, grid and boundary.
        residual: whether the output is the state plus what the operator gives.
        off_grid: how an operator that is not the same map on any grid is used on another; None: as if it were.
        held: the boundary values that every output takes; with ``residual`` those of the state stay as they are.

    Raises:
        SettingsError: ``residual`` on a problem that takes no state.
    """

    input_low: Tensor
    input_high: Tensor

    def __init__(
        self,
        operator: NeuralOperator,
        normalisers: tuple[Normaliser, Normaliser],
        problem: Problem,
        residual: bool,
        off_grid: OffGrid | None = None,
        held: HeldValues | None = None,
    ) -> None:
        super().__init__()
        if residual and not problem.takes_state:
            raise SettingsError("residual=true: the inputs hold no state to add to; this data set has a single frame")
        self.operator = operator
        self.input_normaliser, self.output_normaliser = normalisers
        self.problem = problem
        self.residual = residual
        self.off_grid = off_grid
        self.held = held
        # Taken from the training inputs by Fit, kept in the record of the run; weights and buffers say less.
        self.guard: Guard | None = None
        self.register_buffer("input_low", torch.zeros(len(problem.channels)))
        self.register_buffer("input_high", torch.zeros(len(problem.channels)))

    @property
    def any_grid(self) -> bool:
        """Whether fields on another grid than the training data's are taken."""
        kinds = (self.input_normaliser.kind, self.output_normaliser.kind)
        own = self.operator.capabilities.any_grid and "pointwise" not in kinds
        return own or self.off_grid is not None

    @property
    def same_on_any_grid(self) -> bool:
        """Whether it is one map between functions there, rather than one between grids that fits other grids too."""
        return self.operator.capabilities.same_on_any_grid

    def forward(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to outputs (b, c_out, s...), both in physical units.

        Raises:
            ValueError: another number of channels or axes, or a grid that this surrogate cannot take.
        """
        channels, axes = len(self.problem.channels), self.problem.dimensions
        if fields.ndim != axes + 2 or fields.shape[1] != channels:
            names = ", ".join(field.name for field in self.problem.channels)
            raise ValueError(f"expected (b, {channels}, {axes} space axes) with {names}; got {tuple(fields.shape)}")
        return self.completed(self.change(fields), fields)

    def roll_out(self, fields: Tensor, problem: Problem, steps: int) -> Tensor:
        """Map inputs (b, c_in, s...) of ``problem`` to the states after 1 to ``steps`` steps, (b, t, c_out, s...)."""
        return roll_out(self, problem, fields, steps)

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to the outputs (b, c_out, n) at ``points`` (n, d), all in physical units.

        Raises:
            ValueError: it answers on its grid alone, or cannot take these inputs or points.
        """
        if not self.operator.capabilities.any_points:
            raise ValueError("its model answers on a grid and not at points; expected a run of model=deeponet")
        grid_alone = {
            "residual=true": self.residual,
            "physics.hard_boundary=true": self.held is not None,
            "normaliser.outputs=pointwise": self.output_normaliser.kind == "pointwise",
        }
        for setting, chosen in grid_alone.items():
            if chosen:
                raise ValueError(f"it was trained with {setting}, which is defined on the grid and not at points")
        values = self.operator.at(self.input_normaliser.encode(fields), points)
        return self.output_normaliser.decode(values.unflatten(2, (-1, *[1] * (self.problem.dimensions - 1)))).flatten(2)

    def completed(self, change: Tensor, fields: Tensor) -> Tensor:
        """Return the outputs of ``change``, which the operator made of the inputs ``fields``."""
        if self.held is not None:
            change = self.held.factor(change) * change
        start = self._start(fields)
        return change if start is None else start + change

    def change(self, fields: Tensor) -> Tensor:
        """Return what the operator makes of inputs, on any grid, in physical units: outputs, or a change of them."""
        if self.off_grid is None or tuple(fields.shape[2:]) == self.problem.grid.points:
            return self._answer(fields)
        return self.off_grid(self._answer, fields)

    def _answer(self, fields: Tensor) -> Tensor:
        return self.output_normaliser.decode(self.operator(self.input_normaliser.encode(fields)))

    def fit(self, inputs: Tensor, outputs: Tensor) -> None:
        """Take normalisers, range and whatever the model fits (a basis) from the training pairs.

        Args:
            inputs: (n, c_in, s...) in physical units.
            outputs: (n, c_out, s...) in physical units.
        """
        fit = Fit(self)
        for block in zip(inputs.split(BLOCK), outputs.split(BLOCK), strict=True):
            fit.add(*block)
        fit.finish()
        if self.prepared_from:
            every = math.ceil(len(inputs) / self.prepared_from)
            self.prepare(inputs[::every], outputs[::every])

    @property
    def prepared_from(self) -> int:
        """Number of training pairs, evenly spaced, that :meth:`prepare` needs at most; 0: it is not needed."""
        return self.operator.capabilities.prepared_from

    def prepare(self, inputs: Tensor, outputs: Tensor) -> None:
        """Let the model fit what it needs (a basis) on some training pairs, when the normalisers have been fitted."""
        target = self.target(inputs, outputs)
        self.operator.prepare(self.input_normaliser.encode(inputs), self.output_normaliser.encode(target))

    def target(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Return what the operator has to give, in physical units, but for the factor of values that are held."""
        start = self._start(inputs)
        return outputs if start is None else outputs - start

    def outside(self, fields: Tensor) -> Tensor:
        """Return, per sample (b,), the part of input values that lie outside the range of the training inputs."""
        shape = (1, -1, *[1] * (fields.ndim - 2))
        low, high = self.input_low.reshape(shape), self.input_high.reshape(shape)
        return ((fields < low) | (fields > high)).float().flatten(1).mean(1)

    def unlike(self, fields: Tensor) -> list[str]:
        """Return, per sample of (b, c_in, s...), in what it is unlike the training inputs; empty: in nothing known.

        Of a run that kept no more than the range of values, that range is what is known.
        """
        guard = self.guard or of_values(self.problem, self.input_low, self.input_high)
        return guard.outside(fields, self.problem)

    def _start(self, fields: Tensor) -> Tensor | None:
        """Return what the operator's answer is added to: the state, an extension of boundary values, or nothing."""
        if self.residual:
            return fields[:, -len(self.problem.target.fields) :]
        return None if self.held is None else self.held.extension(fields)


class Fit:
    """What a surrogate takes from all its training pairs, which it is shown a block at a time."""

    def __init__(self, surrogate: Surrogate) -> None:
        self.surrogate = surrogate
        self.inputs, self.outputs = surrogate.input_normaliser.moments(), surrogate.output_normaliser.moments()
        self.low = torch.full_like(surrogate.input_low, math.inf)
        self.high = torch.full_like(surrogate.input_high, -math.inf)
        self.seen = Seen(surrogate.problem)

    def add(self, inputs: Tensor, outputs: Tensor) -> None:
        """Take a block of pairs, (n, c_in, s...) and (n, c_out, s...) in physical units."""
        axes = (0, *range(2, inputs.ndim))
        self.low, self.high = self.low.minimum(inputs.amin(axes)), self.high.maximum(inputs.amax(axes))
        self.seen.add(inputs)
        self.inputs.add(inputs)
        self.outputs.add(self.surrogate.target(inputs, outputs))

    def finish(self) -> None:
        """Give the surrogate its range, its guard and its normalisers."""
        self.surrogate.guard = self.seen.guard()
        self.surrogate.input_low.copy_(self.low)
        self.surrogate.input_high.copy_(self.high)
        self.surrogate.input_normaliser.take(self.inputs)
        self.surrogate.output_normaliser.take(self.outputs)


def build(settings: SurrogateSettings, problem: Problem) -> Surrogate:
    """Return the untrained surrogate of ``settings``; its weights depend on ``settings.seed`` and on nothing before.

    Raises:
        SettingsError: the model's settings do not fit the problem, or it does not fit into the memory.
    """
    require_room(settings.model, problem)
    points = problem.grid.points
    normalisers = (
        Normaliser(settings.normaliser.inputs, len(problem.channels), points),
        Normaliser(settings.normaliser.outputs, len(problem.target.fields), points),
    )
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(settings.seed)
        try:
            operator = MODELS.module(settings.model.name).Model(settings.model, problem)
        except ValueError as error:
            raise SettingsError(f"model={settings.model.name}: {error}") from None
        off_grid = _off_grid(settings, problem, operator)
    return Surrogate(operator, normalisers, problem, settings.residual, off_grid, _held(settings, problem))


def _held(settings: SurrogateSettings, problem: Problem) -> HeldValues | None:
    """Return the boundary values that every output takes, None where the settings leave them to what is learned."""
    if not settings.physics.hard_boundary:
        return None
    try:
        return HeldValues(problem)
    except ValueError as error:
        raise SettingsError(f"physics.hard_boundary: {error}") from None


def _off_grid(settings: SurrogateSettings, problem: Problem, operator: NeuralOperator) -> OffGrid | None:
    """Return what the settings say of other grids; what is the same map on any grid needs nothing said."""
    chosen = settings.off_grid
    if chosen.method == "model" or operator.capabilities.same_on_any_grid:
        return None
    if chosen.method == "interpolate":
        return OffGrid(problem.grid, problem.boundary, None)
    if min(problem.grid.points) < 8:
        raise SettingsError(f"off_grid=refine: learns from half the grid, too coarse for one of {problem.grid.points}")
    if problem.history > 1 or problem.takes_lead:
        raise SettingsError("off_grid=refine: expected time.history=1 and no lead time among the inputs")
    rules = padding_rules(problem.grid, problem.boundary)
    refinement = Refinement(len(problem.channels), len(problem.target.fields), chosen.width, chosen.steps, rules)
    # It learns when the operator has learned.
    return OffGrid(problem.grid, problem.boundary, refinement.requires_grad_(False))
