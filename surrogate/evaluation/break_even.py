"""When a surrogate has paid for itself: against the cheapest solve that is as accurate, not against the data's own."""

from __future__ import annotations

import math
from typing import Any

from surrogate.errors import InputError
from surrogate.evaluation.results import Evaluation
from surrogate.integrity import read_lines

Row = dict[str, Any]
# An error less than this much smaller is the same, and no reason to take longer.
_SMALLER = 0.98
# A first call this many times slower is slower, whatever else the machine did.
_MUCH = 3.0


def front(rows: list[Row], mode: str) -> list[Row]:
    """Return the rows that no quicker one equals in error, to 2 %, from the quickest to the most accurate."""
    kept: list[Row] = []
    for row in sorted(rows, key=lambda row: (row[mode], row["error"])):
        if not kept or row["error"] < _SMALLER * kept[-1]["error"]:
            kept.append(row)
    return kept


def hopeful(rows: list[Row]) -> list[Row]:
    """Return the rows worth a careful timing: finite errors, and none that a row much quicker at first equals.

    The last, the recipe's own setting, always stays.
    """
    finite = [row for row in rows if math.isfinite(row["error"])]

    def beaten(row: Row) -> bool:
        return any(
            other["error"] <= row["error"] / _SMALLER and _MUCH * other["first"] < row["first"] for other in finite
        )

    return [row for row in finite if row is rows[-1] or not beaten(row)]


def cheapest(rows: list[Row], error: float, mode: str) -> Row | None:
    """Return the quickest row whose error is at most ``error``, None where there is none."""
    accurate = [row for row in rows if row["error"] <= error]
    return min(accurate, key=lambda row: row[mode]) if accurate else None


def break_even(document: dict[str, Any], mode: str) -> int | None:
    """Return after how many queries the seconds of preparation are saved again; None: never, or not known.

    ``(generation + training) / (seconds of the cheapest solve as accurate - seconds of the surrogate)``, for the
    quickest way to run the surrogate.
    """
    best = min(document["surrogate"], key=lambda row: row[mode])
    rival = cheapest(document["solver"], best["error"], mode)
    spent = [value for value in document["preparation"].values() if value is not None]
    if rival is None or rival[mode] <= best[mode] or not spent:
        return None
    return math.ceil(sum(spent) / (rival[mode] - best[mode]))


def preparation(evaluation: Evaluation) -> dict[str, float | None]:
    """Return the seconds that making the training data took, one worker after the other, and those of the training."""
    record = evaluation.run.record
    made = record.settings.data / "timing.jsonl"
    generation = None
    if made.is_file():
        lines = read_lines(made)
        try:
            kept = [float(line["seconds"]) for line in lines if not line["part"].startswith("data/test")]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise InputError(f"{made}: damaged: a line does not say the seconds of a part") from None
        generation = float(sum(kept)) if kept else None
    return {"generation": generation, "training": record.seconds}
