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


def section(sheet: Generalisation) -> Section:
    """Return the tables of all levels, their picture, and up to where the surrogate is shown to be valid."""
    axes, unseen = ([axis for axis in sheet.axes if axis.seen is wanted] for wanted in (True, False))
    panels = [(_named(axis), axis.levels, sheet.bar(axis)) for axis in axes]
    about = (
        f"Mean relative L2 error over {wording.counted(sheet.samples, 'sample')} at each level, with its 95 %"
        " interval. Every level but that of the data is drawn and solved anew by the recipe, with the same random"
        f" numbers. Within: {sheet.within:g} times the error of the same samples of the data is outside the 95 %"
        " interval of the paired difference, and above it."
    )
    if sheet.task == "step":
        about += " Errors are those of a single step, but for the roll-out, where they are means over its steps."
    caption = (
        "relative L2 error at each level; filled: that of the data; dashed: "
        f"{sheet.within:g} times the error there; crossed out: no answer"
    )
    blind = (
        "The equation or its sides change and no input of the learned map does: the model answers as for the data, and"
        " the error is how far the truth moves from that. This is not generalisation of the map."
    )
    tables = [
        Table(title, _COLUMNS, tuple(row for axis in some for row in _rows(axis, sheet)), text)
        for title, some, text in (
            ("Errors away from the training data", axes, about),
            ("Changes that the model cannot see", unseen, blind),
        )
        if some
    ]
    notes = []
    if sheet.samples < DECISIVE:
        notes.append(f"Fewer than {DECISIVE} samples at a level decide nothing; suite.samples asks for more.")
    if sheet.skipped:
        notes.append(f"Not in the recipe of these data, or not of this task: {', '.join(sheet.skipped)}.")
    return Section(
        title="Where it stays valid",
        sentence=_sentence(sheet, axes, unseen),
        tables=tuple(tables),
        pictures=(Picture(caption, level_plot(panels)),) if panels else (),
        notes=tuple(notes),
    )


def _sentence(sheet: Generalisation, axes: Sequence[AxisErrors], unseen: Sequence[AxisErrors]) -> str:
    if not math.isfinite(sheet.reference):
        return "There is nothing to compare with."
    if not sheet.axes:
        return "The recipe has none of the axes."
    text = f"On the test problem it errs by {_error(sheet.reference)}"
    if axes:
        spans = "; ".join(_span(axis, sheet) for axis in axes)
        text += f"; it is shown to stay within {sheet.within:g} times the error there {spans}"
    text += "."
    if unseen:
        names = ", ".join(_named(axis) for axis in unseen)
        text += f" No input tells the model of a change of {names}: it cannot follow one, and none is counted here."
    return text


def _span(axis: AxisErrors, sheet: Generalisation) -> str:
    """Return between which levels around that of the data the error is below the bar, and what lies beyond."""
    several, name = axis.levels, _named(axis)
    verdicts = [level.judged(sheet.bar(axis)) for level in several]
    first = last = axis.own
    while first > 0 and verdicts[first - 1] == "within":
        first -= 1
    while last < len(several) - 1 and verdicts[last + 1] == "within":
        last += 1
    if first == 0 and last == len(several) - 1:
        return f"at every {name} tried ({several[0].label} to {several[-1].label})"
    beyond = [
        f"{level.label}: "
        + (_error(level.mean) if level.answered else "no answer")
        + (", undecided" if verdicts[at] == "undecided" else "")
        for at, level in enumerate(several)
        if not first <= at <= last
    ]
    span = several[first].label if first == last else f"{several[first].label} to {several[last].label}"
    return f"for {name} {'only ' if first == last else ''}{span} ({', '.join(beyond)})"


def _rows(axis: AxisErrors, sheet: Generalisation) -> list[tuple[str, ...]]:
    base = sheet.base(axis)
    rows: list[tuple[str, ...]] = []
    for level in axis.levels:
        name = f"{_named(axis)} {level.label}{' (the data)' if level.trained else ''}"
        if not level.answered:
            rows.append((name, "none", level.why, "", ""))
            continue
        ratio = f"{level.mean / base:.3g}" if base else ""
        verdict = level.judged(sheet.bar(axis)) if axis.seen and not level.trained else None
        rows.append((name, _error(level.mean), wording.span("relative_l2", level.interval, ""), ratio, verdict or ""))
    return rows


def _error(value: float) -> str:
    return wording.quantity("relative_l2", value)


def _named(axis: AxisErrors) -> str:
    return axis.name.replace("_", " ")
