"""Where a surrogate stops being valid: its error on problems solved anew with other settings than those of its data.

Nothing is interpolated: at every level the inputs are drawn and the equation is solved as the recipe of the data says,
but for the one setting that the axis varies.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from surrogate import registry
from surrogate.datasets.resolving import solved_anew
from surrogate.errors import InputError, SettingsError, SolverError
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.intervals import decided, of_metric
from surrogate.evaluation.metric import Values
from surrogate.evaluation.predictions import cut_samples, errors_of, per_sample, question
from surrogate.evaluation.report import level_words
from surrogate.evaluation.report.sections import Document, Section
from surrogate.evaluation.results import Evaluation, finite
from surrogate.evaluation.rollout.rollout_error import measure as roll_out
from surrogate.evaluation.suites._levels import HORIZON, Axis, Level, levels
from surrogate.predictors.predictor import Field as Fields
from surrogate.predictors.predictor import Samples, refusal, required_map
from surrogate.spaces import DataSpec

CACHE = "cache"
# Inputs that were drawn with the same random numbers elsewhere differ by rounding: by less than this of the largest.
_ROUNDING = 1e-4


class Settings(registry.Settings):
    """``samples`` at each level of the ``axes``; valid is an error ``within`` so many times that on the split.

    An axis that is null is left out.
    """

    samples: Annotated[int, Field(gt=1)]
    within: Annotated[float, Field(gt=1)]
    axes: dict[str, Axis | None]


def measure(config: EvalConfig, evaluation: Evaluation) -> Document:
    """Return the error at each level of each axis that the recipe of the data has, and which it has not.

    A level of the data itself is the first samples of the split; the others are solved anew, with the same random
    numbers, and kept in the folder of the evaluation. A surrogate of steps is measured in single steps, but for the
    length of the roll-out, where it is rolled out to the end.

    A level is judged by its samples, one by one, against those of the data that share their random numbers. An axis
    that changes the equation or its sides and no input of the learned map is marked: the model cannot see it.

    Raises:
        InputError: the data have no recipe, are not those the run was trained on, or are too few.
    """
    settings, data, predictor = config.suite, evaluation.data, evaluation.predictor
    assert isinstance(settings, Settings)
    required_map(predictor, "suite=generalisation")
    if data.recipe is None:
        raise InputError(f"{data.path}: the data came from elsewhere; without a recipe nothing can be solved anew")
    if predictor.record is None or data.hash != predictor.record.data.hash:
        raise InputError(
            f"{data.path}: not the data that {predictor.path} was trained on, from which the levels depart"
        )
    samples = min(settings.samples, data.counts[evaluation.split])
    own = Fetched(data.spec, *data.read(evaluation.split, limit=samples))
    axes, skipped = [], []
    for name, axis in settings.axes.items():
        found = None if axis is None else levels(data.recipe, axis, data.spec)
        if found is None or (found[0] == HORIZON and evaluation.problem.task != "step"):
            skipped += [name] if axis is not None else []
            continue
        path, several = found
        measured = [_level(config, evaluation, level, own, path == HORIZON, samples) for level in several]
        base = next(values for level, (_, values) in zip(several, measured, strict=True) if level.trained)
        axes.append(
            {
                "name": name,
                "path": path,
                "rolled": path == HORIZON,
                "seen": path == HORIZON or all(found.pop("seen", True) for found, _ in measured),
                "levels": [
                    {"label": level.label, "trained": level.trained}
                    | found
                    | ({} if values is None else {"verdict": _verdict(values, base, settings.within)})
                    for level, (found, values) in zip(several, measured, strict=True)
                ],
            }
        )
    return {
        "axes": axes,
        "skipped": skipped,
        "samples": samples,
        "within": settings.within,
        "task": evaluation.problem.task,
        "reference": finite(evaluation.metrics["relative_l2"].mean),
        "reference_samples": evaluation.samples,
    }


@dataclass(frozen=True)
class Fetched:
    """Samples of a level: ``constants`` (n, c, s...) and ``states`` (n, t, c, s...)."""

    spec: DataSpec
    constants: Fields
    states: Fields


def section(document: Document) -> Section:
    """Return the tables of all levels, their picture, and up to where the surrogate is shown to be valid."""
    return level_words.section(document)


def _level(
    config: EvalConfig, evaluation: Evaluation, level: Level, own: Fetched, rolled: bool, samples: int
) -> tuple[dict[str, Any], Values | None]:
    """Return the figures at a level and the error of each sample, or why there are none."""
    seen = {}
    try:
        fetched = own
        if not level.trained:
            folder: Path = evaluation.folder / CACHE
            part = solved_anew(level.recipe, evaluation.split, samples, folder)
            fetched = Fetched(part.header.spec, part.constants, part.states)
            seen = {"seen": _seen(evaluation, fetched, own)}
        values = _errors(config, evaluation, fetched, rolled)
    except (SettingsError, SolverError) as error:
        return {"why": f"the solver: {error}"} | seen, None
    except (InputError, ValueError) as error:
        return {"why": str(error)} | seen, None
    found = of_metric("relative_l2", values)
    figures = {key: finite(value) for key, value in vars(found).items()}
    why = {} if figures["mean"] is not None else {"why": "not finite"}
    return {**figures, "samples": len(fetched.states), **why, **seen}, values


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


def _errors(config: EvalConfig, evaluation: Evaluation, fetched: Fetched, rolled: bool) -> Values:
    """Return the relative L2 error of the surrogate on each sample, the mean over its steps, (n,).

    Raises:
        InputError: the predictor does not accept these fields.
    """
    samples = _samples(evaluation, fetched)
    surrogate = required_map(evaluation.predictor, "suite=generalisation")
    if said := refusal(surrogate, samples.problem):
        raise InputError(said)
    if rolled:
        return roll_out(surrogate, samples, len(samples.times), config.batch_size).rollout.per_trajectory
    prediction = evaluation.predictor.answers(samples, config.batch_size).prediction
    return per_sample(samples, errors_of(samples, prediction, config.batch_size)["relative_l2"])


def _verdict(values: Values, base: Values | None, within: float) -> str:
    """Return whether errors are below ``within`` times those of the same samples of the data, if that can be told."""
    sign = 0 if base is None else decided(within * base - values)
    return {1: "within", -1: "beyond", 0: "undecided"}[sign]
