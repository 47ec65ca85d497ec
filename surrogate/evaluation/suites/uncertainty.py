"""How far off a prediction may be: conformal bands, calibrated on one part of the samples and tried on the other.

Any model has them. What makes them hold is that calibration and test samples are exchangeable, and that nobody learned
from them: :mod:`surrogate.evaluation.uncertainty.leakage` refuses the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pydantic
from numpy.typing import NDArray

from surrogate import registry
from surrogate.errors import InputError, SettingsError
from surrogate.evaluation.report.wording import labelled
from surrogate.evaluation.results import Evaluation
from surrogate.evaluation.uncertainty import bands, leakage
from surrogate.evaluation.uncertainty.bands import Answers
from surrogate.evaluation.uncertainty.conformal import least
from surrogate.evaluation.uncertainty.uncertainty_result import (
    KINDS,
    LEVELS,
    WHAT,
    Band,
    Curves,
    ErrorLine,
    Kind,
    Spread,
    Uncertainty,
)
from surrogate.predictors.ensemble import Ensemble
from surrogate.predictors.recorded import Recorded
from surrogate.spaces import Split

Field = NDArray[np.float32]
# Samples of another split that the scales come from, at most.
_SEEN = 500
Result = Uncertainty


class Settings(registry.Settings):
    """The level of the bands, and the share of the samples that calibrates them; see conf/suite/uncertainty.yaml."""

    level: Annotated[float, pydantic.Field(gt=0, lt=1)]
    share: Annotated[float, pydantic.Field(gt=0, lt=1)]


def measure(evaluation: Evaluation, settings: Settings) -> Uncertainty:
    """Return bands of every kind and scale, what they hold on test samples and how wide they are.

    The first samples of the split calibrate, the others test; a sample of a surrogate of steps is a trajectory. The
    scales come from another split, which may be any.

    Raises:
        InputError: samples that the run may have learned from, or predictions that are not finite.
        SettingsError: too few samples for this level, or no other split for the scales.
    """
    predictor, data, split = evaluation.predictor, evaluation.data, evaluation.split
    unproven = leakage.check(predictor, data, split)
    count = round(settings.share * data.counts[split])
    if count < least(settings.level) or count == data.counts[split]:
        raise SettingsError(
            f"suite.share={settings.share:g}: {count} of the {data.counts[split]} samples of the split '{split}' would"
            f" calibrate; suite.level={settings.level:g} needs at least {least(settings.level)}, and some to test on"
        )
    other = _other(evaluation)
    seen = bands.answers(predictor, data, other, evaluation.batch_size, _SEEN)
    every = bands.answers(predictor, data, split, evaluation.batch_size)
    known, tested = every.part(slice(count)), every.part(slice(count, None))
    every_band, telling = _bands(seen, known, tested, settings.level)
    result = Uncertainty(
        level=settings.level,
        calibration=count,
        test=len(tested.error),
        of=data.counts[split],
        split=split,
        scales_from=other,
        unit="trajectory" if evaluation.problem.task == "step" else "sample",
        bands=tuple(every_band),
        curves=_curves(telling, tested, count),
        ensemble=_ensemble(evaluation, tested, settings.level),
        line=_line(evaluation, tested, telling),
    )
    return result.model_copy(update={"unproven": unproven}) if unproven else result


@dataclass(frozen=True)
class Telling:
    """The most local band of a kind, its scale, and ratios and shares ``(n, m)`` of what calibrates and tests."""

    band: Band
    known: Field
    tested: Field
    scale: Field
    shares: bands.Shares


def _bands(seen: Answers, known: Answers, tested: Answers, level: float) -> tuple[list[Band], dict[Kind, Telling]]:
    """Return all bands, and by kind that of the most local scale, the last. It is not chosen by its width."""
    of_known, of_tested = bands.scales(seen, known), bands.scales(seen, tested)
    result: list[Band] = []
    telling: dict[Kind, Telling] = {}
    constant: dict[Kind, float] = {}  # the first scale is
    for scale, values in of_tested.items():
        width = bands.width(values, tested.truth, tested.shares)
        for kind in KINDS:
            pair = (bands.ratios(known, of_known[scale], kind), bands.ratios(tested, values, kind))
            shares = known.places(kind), tested.places(kind)
            one = bands.band((scale, kind), *pair, level, width, constant.get(kind), shares)
            constant.setdefault(kind, one.width)
            result.append(one)
            telling[kind] = Telling(one, *pair, values, shares)
    return result, telling


def _curves(telling: Mapping[Kind, Telling], tested: Answers, count: int) -> Curves:
    levels = tuple(level for level in LEVELS if count >= least(level))
    names: dict[Kind, str] = {"points": "points of a field", "fields": "whole fields"}
    observed = {names[kind]: bands.observed(one.known, one.tested, levels, one.shares) for kind, one in telling.items()}
    if tested.spread is not None:
        observed["points, ± z spread as it is"] = tuple(bands.gaussian(tested, level).coverage for level in levels)
    return Curves(levels=levels, observed=observed)


def _ensemble(evaluation: Evaluation, tested: Answers, level: float) -> Spread | None:
    surrogate = evaluation.predictor.surrogate
    if not isinstance(surrogate, Ensemble):
        return None
    members = len(surrogate.members)
    return Spread(members=members, before=bands.gaussian(tested, level), correlation=bands.agreement(tested))


def _line(evaluation: Evaluation, tested: Answers, telling: Mapping[Kind, Telling]) -> ErrorLine | None:
    """Return how far off the first output is along the middle line of the first axis, in the sample of median error.

    A cloud has no such line.
    """
    if tested.shares is not None:
        return None
    size = np.square(tested.error, dtype=np.float64).mean(axis=tuple(range(1, tested.error.ndim)))
    sample = int(np.argsort(size, kind="stable")[len(size) // 2])
    problem = evaluation.problem
    where = (0, 0, slice(None), *(n // 2 for n in problem.grid.points[1:]))

    def cut(fields: Field) -> tuple[float, ...]:
        each = fields[sample] if len(fields) == len(size) else fields[0]
        return tuple(float(value) for value in each[where])

    return ErrorLine(
        sample=evaluation.data.counts[evaluation.split] - len(size) + sample,
        field=problem.target.fields[0].name,
        label=labelled(problem.target.fields[0]),
        x=tuple(problem.grid.coordinates()[0].tolist()),
        error=cut(-tested.error),
        half_widths={
            f"band of {WHAT[kind]}": tuple(one.band.factor * value for value in cut(one.scale))
            for kind, one in telling.items()
        },
    )


def _other(evaluation: Evaluation) -> Split:
    """Return the split that the scales come from, the largest of the others that can be asked for."""
    counts, predictor = evaluation.data.counts, evaluation.predictor
    others = [split for split in counts if split != evaluation.split and counts[split]]
    if others and isinstance(predictor, Recorded):
        others = [split for split in others if split in predictor.others]
        if not others:
            own = evaluation.split
            raise InputError(
                f"suite=uncertainty: {predictor.path} holds predictions of the split '{own}' alone, and the scales of"
                f" the bands need another: keep both in one file, in arrays '{own}' and 'valid'"
            )
    if others:
        return max(others, key=lambda split: counts[split])
    raise SettingsError(
        f"suite=uncertainty: {evaluation.data.path} has the split '{evaluation.split}' alone; the scales"
        " of the bands need another"
    )
