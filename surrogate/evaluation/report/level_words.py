"""What the generalisation sheet found, in words: how far a surrogate is shown to stay valid, and what it cannot see."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from surrogate.evaluation.intervals import DECISIVE, Interval
from surrogate.evaluation.report import wording
from surrogate.evaluation.report.level_plot import Point, level_plot
from surrogate.evaluation.report.sections import Document, Picture, Section, Table

_COLUMNS = ("", "relative L2", "95 % interval", "ratio", "verdict")


def section(document: Document) -> Section:
    """Return the tables of all levels, their picture, and up to where the surrogate is shown to be valid."""
    axes, unseen = seen(document), [axis for axis in document["axes"] if not axis.get("seen", True)]
    panels = [(_named(axis), [_point(level) for level in axis["levels"]], _bar(axis, document)) for axis in axes]
    about = (
        f"Mean relative L2 error over {wording.counted(document['samples'], 'sample')} at each level, with its 95 %"
        " interval. Every level but that of the data is drawn and solved anew by the recipe, with the same random"
        f" numbers. Within: {document['within']:g} times the error of the same samples of the data is outside the 95 %"
        " interval of the paired difference, and above it."
    )
    if document["task"] == "step":
        about += " Errors are those of a single step, but for the roll-out, where they are means over its steps."
    caption = (
        "relative L2 error at each level; filled: that of the data; dashed: "
        f"{document['within']:g} times the error there; crossed out: no answer"
    )
    blind = (
        "The equation or its sides change and no input of the learned map does: the model answers as for the data, and"
        " the error is how far the truth moves from that. This is not generalisation of the map."
    )
    tables = [
        Table(title, _COLUMNS, tuple(row for axis in some for row in _rows(axis, document)), text)
        for title, some, text in (
            ("Errors away from the training data", axes, about),
            ("Changes that the model cannot see", unseen, blind),
        )
        if some
    ]
    notes = []
    if document["samples"] < DECISIVE:
        notes.append(f"Fewer than {DECISIVE} samples at a level decide nothing; suite.samples asks for more.")
    if document["skipped"]:
        notes.append(f"Not in the recipe of these data, or not of this task: {', '.join(document['skipped'])}.")
    return Section(
        title="Where it stays valid",
        sentence=_sentence(document, axes, unseen),
        tables=tuple(tables),
        pictures=(Picture(caption, level_plot(panels)),) if panels else (),
        notes=tuple(notes),
    )


def seen(document: Document) -> list[dict[str, Any]]:
    """Return the axes along which an input of the learned map changes; documents of before have no others."""
    return [axis for axis in document["axes"] if axis.get("seen", True)]


def _sentence(document: Document, axes: Sequence[dict[str, Any]], unseen: Sequence[dict[str, Any]]) -> str:
    reference = document["reference"]
    if reference is None or not document["axes"]:
        return "There is nothing to compare with." if reference is None else "The recipe has none of the axes."
    text = f"On the test problem it errs by {wording.quantity('relative_l2', reference, '')}"
    if axes:
        said = "; ".join(_span(axis, document) for axis in axes)
        text += f"; it is shown to stay within {document['within']:g} times the error there {said}"
    text += "."
    if unseen:
        names = ", ".join(_named(axis) for axis in unseen)
        text += f" No input tells the model of a change of {names}: it cannot follow one, and none is counted here."
    return text


def _span(axis: dict[str, Any], document: Document) -> str:
    """Return between which levels around that of the data the error is below the bar, and what lies beyond."""
    several = axis["levels"]
    said = [_verdict(level, axis, document) for level in several]
    first = last = next(at for at, level in enumerate(several) if level["trained"])
    while first > 0 and said[first - 1] == "within":
        first -= 1
    while last < len(several) - 1 and said[last + 1] == "within":
        last += 1
    name = _named(axis)
    if first == 0 and last == len(several) - 1:
        return f"at every {name} tried ({several[0]['label']} to {several[-1]['label']})"
    beyond = [
        f"{level['label']}: "
        + (wording.quantity("relative_l2", level["mean"], "") if level.get("mean") is not None else "no answer")
        + (", undecided" if said[at] == "undecided" else "")
        for at, level in enumerate(several)
        if not first <= at <= last
    ]
    span = several[first]["label"] if first == last else f"{several[first]['label']} to {several[last]['label']}"
    return f"for {name} {'only ' if first == last else ''}{span} ({', '.join(beyond)})"


def _rows(axis: dict[str, Any], document: Document) -> list[tuple[str, ...]]:
    base = _base(axis, document)
    rows: list[tuple[str, ...]] = []
    for level in axis["levels"]:
        name = f"{_named(axis)} {level['label']}{' (the data)' if level['trained'] else ''}"
        if level.get("mean") is None:
            rows.append((name, "none", level["why"], "", ""))
            continue
        low, high = (math.nan if level[end] is None else level[end] for end in ("low", "high"))
        found = Interval(level["mean"], low, high, level.get("absent"))
        ratio = f"{found.mean / base:.3g}" if base else ""
        text = (wording.quantity("relative_l2", found.mean, ""), wording.span("relative_l2", found, ""))
        judged = not level["trained"] and axis.get("seen", True)
        rows.append((name, *text, ratio, _verdict(level, axis, document) if judged else ""))
    return rows


def _verdict(level: dict[str, Any], axis: dict[str, Any], document: Document) -> str:
    """Return ``within``, ``beyond``, ``undecided`` or nothing; documents of before are judged by their interval."""
    if level.get("mean") is None:
        return ""
    if "verdict" in level:
        return str(level["verdict"])
    bar = _bar(axis, document)
    return "within" if level["high"] <= bar else "beyond" if level["low"] > bar else "undecided"


def _base(axis: dict[str, Any], document: Document) -> float:
    """Return the error that levels of an axis are held against: that of the same samples of the data."""
    own: Sequence[float] = [level["mean"] for level in axis["levels"] if level["trained"] and level.get("mean")]
    return float(own[0] if own else document["reference"] or math.nan)


def _bar(axis: dict[str, Any], document: Document) -> float:
    return document["within"] * _base(axis, document)


def _named(axis: dict[str, Any]) -> str:
    return str(axis["name"]).replace("_", " ")


def _point(level: dict[str, Any]) -> Point:
    return Point(level["label"], level.get("mean"), level.get("low"), level.get("high"), level["trained"])
