"""A neural operator with all that makes it a surrogate: fields in physical units in, fields in physical units out.

Shape letters: b batch, n samples, c channel, s... space.
"""

from __future__ import annotations

import math
from functools import reduce

import torch
from torch import Tensor

from surrogate.errors import SettingsError
from surrogate.model_size import require_room
from surrogate.models._neural_operator import NeuralOperator
from surrogate.operators.padding import padding_rules
from surrogate.predictors.added import Added, last_state
from surrogate.predictors.held_values import HeldValues
from surrogate.predictors.normalised import Normalised
from surrogate.predictors.normalisers import BLOCK, Normaliser
from surrogate.predictors.other_grids import OffGrid
from surrogate.predictors.range_checked import RangeChecked
from surrogate.predictors.range_guard import Seen
from surrogate.predictors.refinement import Refinement
from surrogate.predictors.resampled import Resampled
from surrogate.predictors.surrogate_settings import SurrogateSettings
from surrogate.predictors.vanishing import Vanishing
from surrogate.predictors.wrapper import Wrapper, nested
from surrogate.registry import MODELS
from surrogate.spaces import Problem


class Surrogate(RangeChecked):
    """``RangeChecked(Added(Vanishing(Resampled(Normalised(operator)))))``, as far as the settings ask for it.

    With ``residual`` the operator gives the change of the state, which is the last channels of the input. The wrappers
    compute; the module holds what they compute with, under the names that are stored.

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

    def __init__(
        self,
        operator: NeuralOperator,
        normalisers: tuple[Normaliser, Normaliser],
        problem: Problem,
        residual: bool,
        off_grid: OffGrid | None = None,
        held: HeldValues | None = None,
    ) -> None:
        if residual and not problem.takes_state:
            raise SettingsError("residual=true: the inputs hold no state to add to; this data set has a single frame")
        super().__init__(_wrapped(Normalised(operator, *normalisers), problem, residual, off_grid, held), problem)
        self.operator = operator
        self.input_normaliser, self.output_normaliser = normalisers
        self.off_grid = off_grid
        self.held = held

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to the outputs (b, c_out, n) at ``points`` (n, d), all in physical units.

        Raises:
            ValueError: it answers on its grid alone, or cannot take these inputs or points.
        """
        if not self.operator.capabilities.any_points:
            raise ValueError("its model answers on a grid and not at points; expected a run of model=deeponet")
        return super().at(fields, points)

    def change(self, fields: Tensor) -> Tensor:
        """Return what the operator makes of inputs, on any grid, in physical units: outputs, or a change of them."""
        return next(one for one in nested(self.inner) if not isinstance(one, Added | Vanishing))(fields)

    def completed(self, change: Tensor, fields: Tensor) -> Tensor:
        """Return the outputs of ``change``, which the operator made of the inputs ``fields``."""
        around = [one for one in nested(self.inner) if isinstance(one, Added | Vanishing)]
        return reduce(lambda answer, one: one.completed(answer, fields), reversed(around), change)

    def target(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Return what the operator has to give, in physical units, but for the factor of values that are held."""
        around = (one for one in nested(self.inner) if not isinstance(one, Normalised))
        return reduce(lambda wanted, one: one.inner_target(inputs, wanted), around, outputs)

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
        return self.capabilities.prepared_from

    def prepare(self, inputs: Tensor, outputs: Tensor) -> None:
        """Let the model fit what it needs (a basis) on some training pairs, when the normalisers have been fitted."""
        target = self.target(inputs, outputs)
        self.operator.prepare(self.input_normaliser.encode(inputs), self.output_normaliser.encode(target))


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
        axes, weights = (0, *range(2, inputs.ndim)), self.surrogate.problem.weights(inputs)
        low, high = _ends(inputs, weights)
        self.low, self.high = self.low.minimum(low.amin(axes)), self.high.maximum(high.amax(axes))
        self.seen.add(inputs)
        self.inputs.add(inputs, weights)
        self.outputs.add(self.surrogate.target(inputs, outputs), weights)

    def finish(self) -> None:
        """Give the surrogate its range, its guard and its normalisers."""
        self.surrogate.guard = self.seen.guard()
        self.surrogate.input_low.copy_(self.low)
        self.surrogate.input_high.copy_(self.high)
        self.surrogate.input_normaliser.take(self.inputs)
        self.surrogate.output_normaliser.take(self.outputs)


def _wrapped(
    operator: Normalised, problem: Problem, residual: bool, off_grid: OffGrid | None, held: HeldValues | None
) -> Wrapper:
    """Return the operator with what is asked for around it."""
    wrapped: Wrapper = operator if off_grid is None else Resampled(operator, off_grid)
    if held is not None:
        wrapped = Vanishing(wrapped, held)
    if residual:
        return Added(wrapped, last_state(len(problem.target.fields)), "residual=true")
    return wrapped if held is None else Added(wrapped, held.extension, "physics.hard_boundary=true")


def _ends(inputs: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return inputs (n, c, s...) whose smallest and whose largest values are those of points that count."""
    if weights is None:
        return inputs, inputs
    counts = weights[:, None] > 0
    return torch.where(counts, inputs, math.inf), torch.where(counts, inputs, -math.inf)


def build(settings: SurrogateSettings, problem: Problem) -> Surrogate:
    """Return the untrained surrogate of ``settings``; its weights depend on ``settings.seed`` and on nothing before.

    Raises:
        SettingsError: the model's settings do not fit the problem, or it does not fit into the memory.
    """
    require_room(settings.model, problem)
    domain = problem.target.domain
    if "pointwise" in (settings.normaliser.inputs, settings.normaliser.outputs) and domain.kind != "grid":
        raise SettingsError("normaliser=pointwise: the points of a cloud differ from sample to sample; take channel")
    points = domain.points
    normalisers = (
        Normaliser(settings.normaliser.inputs, len(problem.channels), points, len(problem.placing)),
        Normaliser(settings.normaliser.outputs, len(problem.target.fields), points),
    )
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(settings.seed)
        try:
            operator = MODELS.module(settings.model.name).Model(settings.model, problem)
        except ValueError as error:
            raise SettingsError(f"model={settings.model.name}: {error}") from None
        if domain.kind not in operator.capabilities.domains:
            raise SettingsError(
                f"model={settings.model.name}: takes functions on a grid, these data lie on a {domain.kind}"
            )
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
    if problem.placing or chosen.method == "model" or operator.capabilities.same_on_any_grid:
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
