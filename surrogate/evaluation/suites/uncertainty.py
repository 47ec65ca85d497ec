"""How far off a prediction may be: conformal bands, calibrated on one part of the samples and tried on the other.

Any model has them. What makes them hold is that calibration and test samples are exchangeable, and that nobody learned
from them: :mod:`surrogate.evaluation.uncertainty.leakage` refuses the others.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from surrogate import registry
from surrogate.errors import SettingsError
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.report.band_plots import band_plot, calibration_plot
from surrogate.evaluation.report.sections import Document, Picture, Section, Table
from surrogate.evaluation.report.wording import labelled
from surrogate.evaluation.results import Evaluation
from surrogate.evaluation.uncertainty import bands, leakage
from surrogate.evaluation.uncertainty.bands import KINDS, Answers
from surrogate.evaluation.uncertainty.conformal import least
from surrogate.predictors.ensemble import Ensemble
from surrogate.spaces import Split

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
# Samples of another split that the scales come from, at most.
_SEEN = 500
_SCALES = {"constant": "the same everywhere", "place": "error usual at the place", "spread": "spread of the ensemble"}
_WHAT = {"points": "points", "fields": "whole fields"}


class Settings(registry.Settings):
    """The level of the bands, and the share of the samples that calibrates them; see conf/suite/uncertainty.yaml."""

    level: Annotated[float, Field(gt=0, lt=1)]
    share: Annotated[float, Field(gt=0, lt=1)]


def measure(config: EvalConfig, evaluation: Evaluation) -> Document:
    """Return bands of every kind and scale, what they hold on test samples and how wide they are.

    The first samples of the split calibrate, the others test; a sample of a surrogate of steps is a trajectory. The
    scales come from another split, which may be any.

    Raises:
        InputError: samples that the run may have learned from, or predictions that are not finite.
        SettingsError: too few samples for this level, or no other split for the scales.
    """
    settings = config.suite
    assert isinstance(settings, Settings)
    predictor, data, split = evaluation.predictor, evaluation.data, evaluation.split
    leakage.check(predictor, data, split)
    count = round(settings.share * data.counts[split])
    if count < least(settings.level) or count == data.counts[split]:
        raise SettingsError(
            f"suite.share={settings.share:g}: {count} of the {data.counts[split]} samples of the split '{split}' would"
            f" calibrate; suite.level={settings.level:g} needs at least {least(settings.level)}, and some to test on"
        )
    other = _other(evaluation)
    seen = bands.answers(predictor, data, other, config.batch_size, _SEEN)
    every = bands.answers(predictor, data, split, config.batch_size)
    known, tested = every.part(slice(count)), every.part(slice(count, None))
    found, telling = _bands(seen, known, tested, settings.level)
    document: Document = {
        "level": settings.level,
        "calibration": count,
        "test": len(tested.error),
        "of": data.counts[split],
        "from": split,
        "scales_from": other,
        "unit": "trajectory" if evaluation.problem.task == "step" else "sample",
        "bands": found,
        "curves": _curves(telling, tested, count),
        "ensemble": _ensemble(evaluation, tested, settings.level),
        "line": _line(evaluation, tested, found, telling),
    }
    return document


def section(document: Document) -> Section:
    """Return the sentence, the table, and the pictures of calibration and of a band."""
    level, unit = document["level"], document["unit"]
    points, fields = (_local(document["bands"], kind) for kind in KINDS)
    sentence = (
        f"The prediction ± {_percent(points['width'])} of the field holds the truth at"
        f" {_percent(points['coverage'])} of the points, ± {_percent(fields['width'])} holds"
        f" {_percent(fields['coverage'])} of the fields at all points"
        f" ({_percent(level)} asked for; {document['test']} test {_plural(unit)})."
    )
    table = Table(
        f"Bands of {_percent(level)}",
        ("half-width", "holds", "of", "95 % interval", "by law", "mean half-width"),
        tuple(_row(band) for band in document["bands"]),
        "Half-width: mean over points and samples, over the root mean square of the true field. By law: where 99 % of"
        " the draws of calibration and test samples lie; known where a sample has one field. Per point no such law is"
        " known: points of a field depend on each other.",
    )
    levels, curves = document["curves"]["levels"], document["curves"]["observed"]
    line = document["line"]
    pictures = (
        Picture(f"What bands of every level hold on the test {_plural(unit)}", calibration_plot(levels, curves)),
        Picture(
            f"{line['field']}, truth minus prediction along the middle line, {unit} {line['sample']} (of median error)",
            band_plot(line["x"], line["error"], line["half_widths"], line["label"]),
        ),
    )
    return Section("Uncertainty", sentence, (table, *_ensemble_table(document)), pictures, _notes(document))


def _bands(
    seen: Answers, known: Answers, tested: Answers, level: float
) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """Return all bands, and for the most local scale, by kind, the ratios of both parts and the scale."""
    of_known, of_tested = bands.scales(seen, known), bands.scales(seen, tested)
    found: list[dict[str, Any]] = []
    telling: dict[str, dict[str, Any]] = {}
    for scale, values in of_tested.items():
        width = bands.width(values, tested.truth)
        for kind in KINDS:
            pair = (bands.ratios(known, of_known[scale], kind), bands.ratios(tested, values, kind))
            band = bands.band(*pair, level, width)
            found.append({"scale": scale, "kind": kind, **asdict(band)})
            telling[kind] = {"ratios": pair, "scale": values}
    for each in found:
        constant = next(band for band in found if band["scale"] == "constant" and band["kind"] == each["kind"])
        each["to_constant"] = each["width"] / constant["width"]
    return found, telling


def _curves(telling: dict[str, dict[str, Any]], tested: Answers, count: int) -> dict[str, Any]:
    levels = [level for level in LEVELS if count >= least(level)]
    names = {"points": "points of a field", "fields": "whole fields"}
    known, others = ({names[kind]: telling[kind]["ratios"][part] for kind in KINDS} for part in (0, 1))
    observed = bands.observed(known, others, levels)
    if tested.spread is not None:
        observed["points, ± z spread as it is"] = [bands.gaussian(tested, level)["coverage"] for level in levels]
    return {"levels": levels, "observed": observed}


def _ensemble(evaluation: Evaluation, tested: Answers, level: float) -> dict[str, Any] | None:
    surrogate = evaluation.predictor.surrogate
    if not isinstance(surrogate, Ensemble):
        return None
    members = len(surrogate.members)
    return {"members": members, "before": bands.gaussian(tested, level), "correlation": bands.agreement(tested)}


def _line(
    evaluation: Evaluation, tested: Answers, found: list[dict[str, Any]], telling: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return how far off the first output is along the middle line of the first axis, in the sample of median error."""
    size = np.square(tested.error, dtype=np.float64).mean(axis=tuple(range(1, tested.error.ndim)))
    sample = int(np.argsort(size, kind="stable")[len(size) // 2])
    problem = evaluation.problem
    where = (0, 0, slice(None), *(n // 2 for n in problem.grid.points[1:]))

    def cut(fields: Any) -> list[float]:
        each = fields[sample] if len(fields) == len(size) else fields[0]
        return [float(value) for value in each[where]]

    half_widths = {
        f"band of {_WHAT[kind]}": [_local(found, kind)["factor"] * value for value in cut(telling[kind]["scale"])]
        for kind in KINDS
    }
    return {
        "sample": evaluation.data.counts[evaluation.split] - len(size) + sample,
        "field": problem.target.fields[0].name,
        "label": labelled(problem.target.fields[0]),
        "x": problem.grid.coordinates()[0].tolist(),
        "error": cut(-tested.error),
        "half_widths": half_widths,
    }


def _other(evaluation: Evaluation) -> Split:
    """Return the split that the scales come from, the largest of the others."""
    counts = evaluation.data.counts
    others = [split for split in counts if split != evaluation.split and counts[split]]
    if others:
        return max(others, key=lambda split: counts[split])
    raise SettingsError(
        f"suite=uncertainty: {evaluation.data.path} has the split '{evaluation.split}' alone; the scales"
        " of the bands need another"
    )


def _local(found: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """Return the band of this kind whose scale is the most local: the last. It is not chosen by its width."""
    return [band for band in found if band["kind"] == kind][-1]


def _row(band: dict[str, Any]) -> tuple[str, ...]:
    law = band["law"]
    return (
        _SCALES[band["scale"]],
        _percent(band["coverage"]),
        _WHAT[band["kind"]],
        _span(band),
        "" if law is None else f"{_percent(law[0])} to {_percent(law[1])}",
        f"{_percent(band['width'])} of the field, {band['to_constant']:.2f} of constant",
    )


def _ensemble_table(document: Document) -> tuple[Table, ...]:
    found = document["ensemble"]
    if found is None:
        return ()
    before = found["before"]
    after = next(band for band in document["bands"] if band["scale"] == "spread" and band["kind"] == "points")
    rows = (
        ("mean ± z spread, as it is", _percent(before["coverage"]), _percent(before["width"])),
        ("calibrated", _percent(after["coverage"]), _percent(after["width"])),
    )
    said = (
        f"Asked for: {_percent(document['level'])} of the points. Correlation of spread with error:"
        f" {found['correlation']['samples']:.2f} over samples (rank), {found['correlation']['points']:.2f} over the"
        " points of a field."
    )
    return (Table(f"Ensemble of {found['members']}", ("", "points held", "mean half-width"), rows, said),)


def _notes(document: Document) -> tuple[str, ...]:
    unit = document["unit"]
    notes = [
        f"The first {document['calibration']} of the {document['of']} {_plural(unit)} of the split '{document['from']}'"
        f" calibrate and the others test; the errors usual at a place are those of '{document['scales_from']}'.",
        "Guaranteed is the share on average over calibration and new samples of one law (exchangeable), not for each"
        " single input, and nothing for inputs of another law.",
    ]
    if unit == "trajectory":
        notes.append(
            "The bands are of one step from a true state; a roll-out strays farther. Trajectories are exchanged."
        )
    beyond = [level for level in LEVELS if document["calibration"] < least(level)]
    if beyond:
        notes.append(
            f"{document['calibration']} calibration {_plural(unit)} reach no level from {_percent(min(beyond))} on,"
            f" which takes {least(min(beyond))}: a band of it would be infinitely wide, and is not in the picture."
        )
    for band in document["bands"]:
        if band["law"] is not None and not band["law"][0] <= band["coverage"] <= band["law"][1]:
            notes.append(
                f"{_percent(band['coverage'])} is beyond what the law allows ({_SCALES[band['scale']]}):"
                " calibration and test samples are not of one law, or this is one of the draws in a hundred."
            )
    return tuple(notes)


def _span(band: dict[str, Any]) -> str:
    if band["low"] is None:
        return f"none: {band['absent']}"
    return f"{_percent(band['low'])} to {_percent(band['high'])}"


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _plural(unit: str) -> str:
    return "trajectories" if unit == "trajectory" else "samples"
