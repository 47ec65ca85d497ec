"""Where a surrogate stops being valid: its error on problems solved anew with other settings than those of its data.

Nothing is interpolated: at every level the inputs are drawn and the equation is solved as the recipe of the data says,
but for the one setting that the axis varies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from surrogate import registry
from surrogate.config.commands import EvalConfig
from surrogate.datasets.resolving import solved_anew
from surrogate.datasets.windows import cut, one_step, windows
from surrogate.datasets.windows import problem as problem_of
from surrogate.errors import InputError, SettingsError, SolverError
from surrogate.evaluation import wording
from surrogate.evaluation.intervals import Interval
from surrogate.evaluation.level_plot import Point, level_plot
from surrogate.evaluation.levels import HORIZON, Axis, Level, levels
from surrogate.evaluation.measured import Field as Fields
from surrogate.evaluation.measured import Measured, predict
from surrogate.evaluation.results import Evaluation
from surrogate.evaluation.rollout import measure as roll_out
from surrogate.evaluation.sections import Document, Picture, Section, Table
from surrogate.fields import DataSpec

CACHE = "cache"


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

    Raises:
        InputError: the data have no recipe, are not those the run was trained on, or are too few.
    """
    settings, data, run = config.suite, evaluation.data, evaluation.run
    assert isinstance(settings, Settings)
    if data.recipe is None:
        raise InputError(f"{data.path}: the data came from elsewhere; without a recipe nothing can be solved anew")
    if data.hash != run.record.data.hash:
        raise InputError(f"{data.path}: not the data that {run.folder} was trained on, from which the levels depart")
    samples = min(settings.samples, data.counts[evaluation.split])
    own = data.read(evaluation.split, limit=samples)
    axes, skipped = [], []
    for name, axis in settings.axes.items():
        found = None if axis is None else levels(data.recipe, axis, data.spec)
        if found is None or (found[0] == HORIZON and evaluation.problem.task != "step"):
            skipped += [name] if axis is not None else []
            continue
        path, several = found
        rows = [
            {"label": level.label, "trained": level.trained}
            | _level(config, evaluation, level, own if level.trained else None, path == HORIZON, samples)
            for level in several
        ]
        axes.append({"name": name, "path": path, "rolled": path == HORIZON, "levels": rows})
    return {
        "axes": axes,
        "skipped": skipped,
        "samples": samples,
        "within": settings.within,
        "task": evaluation.problem.task,
        "reference": _finite(evaluation.metrics["relative_l2"].mean),
        "reference_samples": evaluation.samples,
    }


def _level(
    config: EvalConfig,
    evaluation: Evaluation,
    level: Level,
    own: tuple[Fields, Fields] | None,
    rolled: bool,
    samples: int,
) -> dict[str, Any]:
    """Return the error at a level with its interval and the number of samples, or why there is none."""
    try:
        if own is None:
            folder: Path = evaluation.folder / CACHE
            part = solved_anew(level.recipe, evaluation.split, samples, folder)
            spec, fields = part.header.spec, (part.constants, part.states)
        else:
            spec, fields = evaluation.data.spec, own
        found = _error(config, evaluation, spec, fields, rolled)
    except (SettingsError, SolverError) as error:
        return {"why": f"the solver: {error}"}
    except (InputError, ValueError) as error:
        return {"why": str(error)}
    figures = {key: _finite(getattr(found, key)) for key in ("mean", "low", "high")}
    why = {} if figures["mean"] is not None else {"why": "not finite"}
    return {**figures, "samples": len(fields[1]), **why}


def _error(
    config: EvalConfig, evaluation: Evaluation, spec: DataSpec, fields: tuple[Fields, Fields], rolled: bool
) -> Interval:
    """Return the mean relative L2 error of the surrogate on ``fields``, constants and states, with its interval.

    Raises:
        InputError: the surrogate is tied to its grid.
        ValueError: it cannot take these fields.
    """
    run = evaluation.run
    trained = run.record.problem
    time = one_step(trained)
    problem, chosen = problem_of(spec, trained.task, time), windows(spec.times, trained.task, time)
    if problem.grid.points != trained.grid.points and not run.surrogate.any_grid:
        raise InputError(f"{run.record.settings.model.name} is tied to {wording.grid_text(trained.grid.points)} points")
    if rolled:
        at = (run.surrogate, problem, spec.times, chosen, fields)
        return roll_out(*at, len(spec.times), config.batch_size).metrics["rollout_relative_l2"]
    inputs, outputs = cut(chosen, *fields)
    measured = Measured(problem, inputs, outputs, len(fields[1]), config.batch_size)
    prediction = predict(run.surrogate, inputs, config.batch_size)[0]
    return measured.intervals({"relative_l2": measured.errors(prediction)["relative_l2"]})["relative_l2"]


def section(document: Document) -> Section:
    """Return the table of all levels, their picture, and up to where the surrogate is valid."""
    rows = [row for axis in document["axes"] for row in _rows(axis, document)]
    panels = [
        (_named(axis), [_point(level) for level in axis["levels"]], _bar(axis, document)) for axis in document["axes"]
    ]
    about = (
        f"Mean relative L2 error over {document['samples']} samples at each level, with its 95 % interval. "
        "Every level but that of the data is drawn and solved anew by the recipe, with the same random numbers."
    )
    if document["task"] == "step":
        about += " Errors are those of a single step, but for the roll-out, where they are means over its steps."
    caption = (
        "relative L2 error at each level; filled: that of the data; dashed: "
        f"{document['within']:g} times the error there; crossed out: no answer"
    )
    notes = []
    if document["skipped"]:
        notes.append(f"Not in the recipe of these data, or not of this task: {', '.join(document['skipped'])}.")
    return Section(
        title="Where it stays valid",
        sentence=_sentence(document),
        tables=(
            Table(
                "Errors away from the training data", ("", "relative L2", "95 % interval", "ratio"), tuple(rows), about
            ),
        ),
        pictures=(Picture(caption, level_plot(panels)),) if panels else (),
        notes=tuple(notes),
    )


def _sentence(document: Document) -> str:
    reference = document["reference"]
    if reference is None or not document["axes"]:
        return "There is nothing to compare with." if reference is None else "The recipe has none of the axes."
    said = [_span(axis, document) for axis in document["axes"]]
    return (
        f"On the test problem it errs by {wording.quantity('relative_l2', reference, '')}; it stays within "
        f"{document['within']:g} times the error there {'; '.join(said)}."
    )


def _span(axis: dict[str, Any], document: Document) -> str:
    """Return between which levels around that of the data the error stays below the bar, and what lies beyond."""
    several, bar = axis["levels"], _bar(axis, document)
    good = [level.get("mean") is not None and level["mean"] <= bar for level in several]
    first = last = next(at for at, level in enumerate(several) if level["trained"])
    while first > 0 and good[first - 1]:
        first -= 1
    while last < len(several) - 1 and good[last + 1]:
        last += 1
    name = axis["name"].replace("_", " ")
    if first == 0 and last == len(several) - 1:
        return f"at every {name} tried ({several[0]['label']} to {several[-1]['label']})"
    beyond = [
        f"{level['label']}: "
        + (wording.quantity("relative_l2", level["mean"], "") if level.get("mean") is not None else "no answer")
        for at, level in enumerate(several)
        if not first <= at <= last
    ]
    span = several[first]["label"] if first == last else f"{several[first]['label']} to {several[last]['label']}"
    return f"for {name} {'only ' if first == last else ''}{span} ({', '.join(beyond)})"


def _rows(axis: dict[str, Any], document: Document) -> list[tuple[str, ...]]:
    base = _base(axis, document)
    rows: list[tuple[str, ...]] = []
    for level in axis["levels"]:
        name = f"{axis['name'].replace('_', ' ')} {level['label']}{' (the data)' if level['trained'] else ''}"
        if level.get("mean") is None:
            rows.append((name, "none", level["why"], ""))
            continue
        found = Interval(level["mean"], level["low"], level["high"])
        ratio = f"{found.mean / base:.3g}" if base else ""
        rows.append(
            (name, wording.quantity("relative_l2", found.mean, ""), wording.span("relative_l2", found, ""), ratio)
        )
    return rows


def _base(axis: dict[str, Any], document: Document) -> float:
    """Return the error that levels of an axis are held against: that on the whole split, or of the roll-out."""
    own: Sequence[float] = [level["mean"] for level in axis["levels"] if level["trained"] and level.get("mean")]
    return float(own[0] if axis["rolled"] and own else document["reference"] or math.nan)


def _bar(axis: dict[str, Any], document: Document) -> float:
    return document["within"] * _base(axis, document)


def _named(axis: dict[str, Any]) -> str:
    return str(axis["name"]).replace("_", " ")


def _point(level: dict[str, Any]) -> Point:
    return Point(level["label"], level.get("mean"), level.get("low"), level.get("high"), level["trained"])


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
