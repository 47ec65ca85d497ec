"""What the cost suite found, in words: seconds with bounds, and a verdict where the bounds allow one."""

from __future__ import annotations

from typing import Any

from surrogate.evaluation.report import wording
from surrogate.evaluation.report.sections import Document
from surrogate.evaluation.timing.break_even import cheapest

Figures = dict[str, Any]


def sentence(document: Document, mode: str) -> str:
    """Return who is quicker when asked in this mode, and after how many queries a surrogate is paid back.

    Documents of before there were bounds have none, and then no verdict either.
    """
    best = min(document["surrogate"], key=lambda row: row[mode])
    rival = cheapest(document["solver"], best["error"], mode)
    found = document.get("duels", {}).get(mode)
    if found is not None:
        best = next(row for row in document["surrogate"] if row["label"] == found["surrogate"])
    took = wording.duration(best[mode]) if found is None or rival is None else _seconds(found["seconds"]["surrogate"])
    text = f"{mode.capitalize()}, the surrogate ({best['label']}) takes {took} for an error of"
    text += f" {wording.quantity('relative_l2', best['error'], '')}. "
    if rival is None:
        return text + "No setting of the solver that was tried is as accurate as the surrogate."
    if found is None:
        return text + (
            f"The cheapest solve as accurate takes {wording.duration(rival[mode])} ({rival['label']}). These seconds"
            " have no bounds, so which is quicker is not said; measured anew, they have."
        )
    ratio = _times(found["ratio"])
    text += f"The cheapest solve as accurate ({found['solver']}) takes {_seconds(found['seconds']['solver'])}, {ratio}"
    if found["verdict"] == "saves nothing":
        return text + ": the surrogate saves nothing, use the solver."
    if found["verdict"] == "undecided":
        return text + ": which is quicker is undecided, and so whether the surrogate is ever paid back."
    return text + (f"; {_paid(found['break_even'])}." if found["break_even"] else ".")


def duel_rows(document: Document) -> tuple[tuple[str, ...], ...]:
    """Return a row for every mode in which surrogate and solver took turns."""
    return tuple(
        (
            mode,
            f"{found['surrogate']}: {_seconds(found['seconds']['surrogate'])}",
            f"{found['solver']}: {_seconds(found['seconds']['solver'])}",
            _span(found["ratio"], lambda value: f"{value:#.3g}"),
            _queries(found),
            str(found["verdict"]),
        )
        for mode, found in sorted(document.get("duels", {}).items(), reverse=True)  # one at a time first, as it is kept
        if found is not None
    )


def _paid(found: Figures) -> str:
    text = f"making the data and training are paid back after {found['queries']:,} queries"
    return text + f" ({found['low']:,} to {found['high']:,})"


def _queries(found: Figures) -> str:
    queries = found["break_even"]
    if found["verdict"] == "undecided" and queries and queries["low"] is not None:
        return f"{queries['low']:,} to never"
    if found["verdict"] != "pays back" or not queries:
        return ""
    return f"{queries['queries']:,} ({queries['low']:,} to {queries['high']:,})"


def _times(found: Figures) -> str:
    return f"{_span(found, lambda value: f'{value:#.3g}')} times as long"


def _seconds(found: Figures) -> str:
    return _span(found, wording.duration)


def _span(found: Figures, said: Any) -> str:
    """Return a median with its bounds, where there are any."""
    if found["low"] is None or found["high"] is None:
        return f"{said(found['median'])} (too few timings for bounds)"
    return f"{said(found['median'])} ({said(found['low'])} to {said(found['high'])})"
