"""Where a surrogate stops being valid: its error on problems solved anew with other settings than those of its data.

Nothing is interpolated: at every level the inputs are drawn and the equation is solved as the recipe of the data says,
but for the one setting that the axis varies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from surrogate import registry
from surrogate.datasets.resolving import solved_anew
from surrogate.errors import InputError, SettingsError, SolverError
from surrogate.evaluation.generalisation.level_errors import AxisErrors, Generalisation, LevelError, Verdict
from surrogate.evaluation.generalisation.recipe_levels import HORIZON, Level, RecipeAxis, levels
from surrogate.evaluation.intervals import decided, of_metric
from surrogate.evaluation.metric import Values
from surrogate.evaluation.predictions import cut_samples, errors_of, per_sample, question
from surrogate.evaluation.results import Evaluation
from surrogate.evaluation.rollout.rollout_error import measure as roll_out
from surrogate.predictors.predictor import Field as Fields
from surrogate.predictors.predictor import Samples, refusal, required_map
from surrogate.spaces import DataSpec

CACHE = "cache"
# Inputs that were drawn with the same random numbers elsewhere differ by rounding: by less than this of the largest.
_ROUNDING = 1e-4
Result = Generalisation


class Settings(registry.Settings):
    """``samples`` at each level of the ``axes``; valid is an error ``within`` so many times that on the split.

    An axis that is null is left out.
    """

    samples: Annotated[int, Field(gt=1)]
    within: Annotated[float, Field(gt=1)]
    axes: dict[str, RecipeAxis | None]


def measure(evaluation: Evaluation, settings: Settings) -> Generalisation:
    """Return the error at each level of each axis that the recipe of the data has, and which it has not.

    A level of the data itself is the first samples of the split; the others are solved anew, with the same random
    numbers, and kept in the folder of the evaluation. A surrogate of steps is measured in single steps, but for the
    length of the roll-out, where it is rolled out to the end.

    A level is judged by its samples, one by one, against those of the data that share their random numbers. An axis
    that changes the equation or its sides and no input of the learned map is marked: the model cannot see it.

    Raises:
        InputError: the data have no recipe, are not those the run was trained on, or are too few.
    """
    data, predictor = evaluation.data, evaluation.predictor
    required_map(predictor, "suite=generalisation")
    if data.recipe is None:
        raise InputError(f"{data.path}: the data came from elsewhere; without a recipe nothing can be solved anew")
    if data.given is not None:
        raise InputError(f"{data.path}: its inputs were given, and no law draws more of their kind")
    if predictor.record is None or data.hash != predictor.record.data.hash:
        raise InputError(
            f"{data.path}: not the data that {predictor.path} was trained on, from which the levels depart"
        )
    samples = min(settings.samples, data.counts[evaluation.split])
    own = Fetched(data.spec, *data.read(evaluation.split, limit=samples))
    axes, skipped = [], []
    for name, axis in settings.axes.items():
        varied = None if axis is None else levels(data.recipe, axis, data.spec)
        if varied is None or (varied[0] == HORIZON and evaluation.problem.task != "step"):
            skipped += [name] if axis is not None else []
            continue
        path, several = varied
        measured = [_level(evaluation, level, own, path == HORIZON) for level in several]
        base = next(one.values for one in measured if one.level.trained)
        axes.append(
            AxisErrors(
                name=name,
                path=path,
                rolled=path == HORIZON,
                seen=path == HORIZON or all(one.seen for one in measured),
                levels=tuple(_judged(one, base, settings.within) for one in measured),
            )
        )
    return Generalisation(
        axes=tuple(axes),
        skipped=tuple(skipped),
        samples=samples,
        within=settings.within,
        task=evaluation.problem.task,
        reference=evaluation.metrics["relative_l2"].mean,
        reference_samples=evaluation.samples,
    )


@dataclass(frozen=True)
class Fetched:
    """Samples of a level: ``constants`` (n, c, s...) and ``states`` (n, t, c, s...)."""

    spec: DataSpec
    constants: Fields
    states: Fields


@dataclass(frozen=True)
class TriedLevel:
    """The error of each sample at a level, (n,), or ``why`` there is none; ``seen``: the learned map is told of it."""

    level: Level
    values: Values | None
    why: str = ""
    seen: bool = True


def _level(evaluation: Evaluation, level: Level, own: Fetched, rolled: bool) -> TriedLevel:
    seen = True
    try:
        fetched = own
        if not level.trained:
            part = solved_anew(level.recipe, evaluation.split, len(own.states), evaluation.folder / CACHE)
            fetched = Fetched(part.header.spec, part.constants, part.states)
            seen = _seen(evaluation, fetched, own)
        return TriedLevel(level, _errors(evaluation, fetched, rolled), seen=seen)
    except (SettingsError, SolverError) as error:
        return TriedLevel(level, None, f"the solver: {error}", seen)
    except (InputError, ValueError) as error:
        return TriedLevel(level, None, str(error), seen)


def _judged(one: TriedLevel, base: Values | None, within: float) -> LevelError:
    """Return the figures at a level, and whether they are within so many times those of the data, if it can be told."""
    label, trained = one.level.label, one.level.trained
    if one.values is None:
        return LevelError(label=label, trained=trained, why=one.why)
    sign = 0 if base is None else decided(within * base - one.values)
    verdict: Verdict = "within" if sign > 0 else "beyond" if sign < 0 else "undecided"
    estimate = of_metric("relative_l2", one.values)
    error = LevelError(
        label=label,
        trained=trained,
        mean=estimate.mean,
        low=estimate.low,
        high=estimate.high,
        absent=estimate.absent,
        samples=len(one.values),
        verdict=verdict,
    )
    return error if error.answered else error.model_copy(update={"why": "not finite"})


def _seen(evaluation: Evaluation, level: Fetched, own: Fetched) -> bool:
    """Return whether the inputs of the learned map tell a level from the data.

    They do on another grid, and where they differ in the first pair of some sample; sides are no input of any map.
    """
    if level.spec.grid.points != own.spec.grid.points:
        return True
    if level.spec.boundary != own.spec.boundary:
        return False
    first, second = (_first_inputs(evaluation, each) for each in (level, own))
    each = (0, *range(2, first.ndim))  # channels have units of their own
    return bool((np.abs(first - second).max(each) > _ROUNDING * np.abs(second).max(each)).any())


def _first_inputs(evaluation: Evaluation, fetched: Fetched) -> Fields:
    """Return what the map is given first of every sample, (n, c, s...)."""
    samples = _samples(evaluation, fetched)
    return samples.inputs[:: len(samples.inputs) // len(samples)]


def _samples(evaluation: Evaluation, fetched: Fetched) -> Samples:
    problem = question(evaluation.predictor, fetched.spec)
    return cut_samples(problem, fetched.spec, "", evaluation.split, fetched.constants, fetched.states)


def _errors(evaluation: Evaluation, fetched: Fetched, rolled: bool) -> Values:
    """Return the relative L2 error of the surrogate on each sample, the mean over its steps, (n,).

    Raises:
        InputError: the predictor does not accept these fields.
    """
    samples = _samples(evaluation, fetched)
    surrogate = required_map(evaluation.predictor, "suite=generalisation")
    if reason := refusal(surrogate, samples.problem):
        raise InputError(reason)
    if rolled:
        rolled_out = roll_out(evaluation.predictor, samples, len(samples.times), evaluation.batch_size)
        assert rolled_out is not None  # a map makes steps
        return rolled_out.rollout.per_trajectory
    prediction = evaluation.predictor.answers(samples, evaluation.batch_size).prediction
    return per_sample(samples, errors_of(samples, prediction, evaluation.batch_size)["relative_l2"])
