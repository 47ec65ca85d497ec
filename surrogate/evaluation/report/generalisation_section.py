"""What the generalisation sheet found, told: how far a surrogate is shown to stay valid, and what it cannot see."""

from __future__ import annotations

import math
from collections.abc import Sequence

from surrogate.evaluation.generalisation.level_errors import AxisErrors, Generalisation
from surrogate.evaluation.intervals import DECISIVE
from surrogate.evaluation.report import wording
from surrogate.evaluation.report.level_plot import level_plot
from surrogate.evaluation.report.sections import Picture, Section, Table

_COLUMNS = ("", "relative L2", "95 % interval", "ratio", "verdict")


def section(found: Generalisation) -> Section:
    """Return the tables of all levels, their picture, and up to where the surrogate is shown to be valid."""
    axes, unseen = ([axis for axis in found.axes if axis.seen is wanted] for wanted in (True, False))
    panels = [(_named(axis), axis.levels, found.bar(axis)) for axis in axes]
    about = (
        f"Mean relative L2 error over {wording.counted(found.samples, 'sample')} at each level, with its 95 %"
        " interval. Every level but that of the data is drawn and solved anew by the recipe, with the same random"
        f" numbers. Within: {found.within:g} times the error of the same samples of the data is outside the 95 %"
        " interval of the paired difference, and above it."
    )
    if found.task == "step":
        about += " Errors are those of a single step, but for the roll-out, where they are means over its steps."
    caption = (
        "relative L2 error at each level; filled: that of the data; dashed: "
        f"{found.within:g} times the error there; crossed out: no answer"
    )
    blind = (
        "The equation or its sides change and no input of the learned map does: the model answers as for the data, and"
        " the error is how far the truth moves from that. This is not generalisation of the map."
    )
    tables = [
        Table(title, _COLUMNS, tuple(row for axis in some for row in _rows(axis, found)), text)
        for title, some, text in (
            ("Errors away from the training data", axes, about),
            ("Changes that the model cannot see", unseen, blind),
        )
        if some
    ]
    notes = []
    if found.samples < DECISIVE:
        notes.append(f"Fewer than {DECISIVE} samples at a level decide nothing; suite.samples asks for more.")
    if found.skipped:
        notes.append(f"Not in the recipe of these data, or not of this task: {', '.join(found.skipped)}.")
    return Section(
        title="Where it stays valid",
        sentence=_sentence(found, axes, unseen),
        tables=tuple(tables),
        pictures=(Picture(caption, level_plot(panels)),) if panels else (),
        notes=tuple(notes),
    )


def _sentence(found: Generalisation, axes: Sequence[AxisErrors], unseen: Sequence[AxisErrors]) -> str:
    if not math.isfinite(found.reference):
        return "There is nothing to compare with."
    if not found.axes:
        return "The recipe has none of the axes."
    text = f"On the test problem it errs by {_error(found.reference)}"
    if axes:
        said = "; ".join(_span(axis, found) for axis in axes)
        text += f"; it is shown to stay within {found.within:g} times the error there {said}"
    text += "."
    if unseen:
        names = ", ".join(_named(axis) for axis in unseen)
        text += f" No input tells the model of a change of {names}: it cannot follow one, and none is counted here."
    return text


def _span(axis: AxisErrors, found: Generalisation) -> str:
    """Return between which levels around that of the data the error is below the bar, and what lies beyond."""
    several, name = axis.levels, _named(axis)
    said = [level.judged(found.bar(axis)) for level in several]
    first = last = axis.own
    while first > 0 and said[first - 1] == "within":
        first -= 1
    while last < len(several) - 1 and said[last + 1] == "within":
        last += 1
    if first == 0 and last == len(several) - 1:
        return f"at every {name} tried ({several[0].label} to {several[-1].label})"
    beyond = [
        f"{level.label}: "
        + (_error(level.mean) if level.answered else "no answer")
        + (", undecided" if said[at] == "undecided" else "")
        for at, level in enumerate(several)
        if not first <= at <= last
    ]
    span = several[first].label if first == last else f"{several[first].label} to {several[last].label}"
    return f"for {name} {'only ' if first == last else ''}{span} ({', '.join(beyond)})"


def _rows(axis: AxisErrors, found: Generalisation) -> list[tuple[str, ...]]:
    base = found.base(axis)
    rows: list[tuple[str, ...]] = []
    for level in axis.levels:
        name = f"{_named(axis)} {level.label}{' (the data)' if level.trained else ''}"
        if not level.answered:
            rows.append((name, "none", level.why, "", ""))
            continue
        ratio = f"{level.mean / base:.3g}" if base else ""
        verdict = level.judged(found.bar(axis)) if axis.seen and not level.trained else None
        rows.append((name, _error(level.mean), wording.span("relative_l2", level.interval, ""), ratio, verdict or ""))
    return rows


def _error(value: float) -> str:
    return wording.quantity("relative_l2", value)


def _named(axis: AxisErrors) -> str:
    return axis.name.replace("_", " ")
