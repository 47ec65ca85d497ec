"""When a surrogate has paid for itself: against the cheapest solve that is as accurate, not against the data's own."""

from __future__ import annotations

import math
from typing import Any, Literal

from surrogate.errors import InputError
from surrogate.evaluation.predictions import learned_from
from surrogate.evaluation.results import Evaluation
from surrogate.evaluation.timing.interleaved import Duel
from surrogate.integrity import read_lines

Row = dict[str, Any]
Verdict = Literal["pays back", "saves nothing", "undecided"]
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


def verdict(held: Duel) -> Verdict:
    """Return whether a surrogate that took turns with a solve (in this order) saves seconds, if that can be told.

    It is undecided where the bounds of the ratio of the seconds have one between them.
    """
    if held.ratio.low > 1:
        return "pays back"
    return "saves nothing" if held.ratio.high < 1 else "undecided"


def break_even(spent: float, held: Duel) -> dict[str, int | None]:
    """Return after how many queries the seconds ``spent`` on preparation are saved again, and between which bounds.

    ``spent / (seconds of the solve - seconds of the surrogate)``. ``high`` is None where it may be never, ``low`` where
    even the bound that favours the surrogate saves nothing.
    """

    def queries(saved: float) -> int | None:
        return math.ceil(spent / saved) if 0 < saved < math.inf else None

    return {
        "queries": queries(held.saved.median),
        "low": queries(held.saved.high),
        "high": queries(held.saved.low),
    }


def spent(prepared: dict[str, float | None]) -> float | None:
    """Return the seconds of preparation that are known, None where none are."""
    known = [value for value in prepared.values() if value is not None]
    return sum(known) if known else None


def preparation(evaluation: Evaluation) -> dict[str, float | None]:
    """Return the seconds that making the training data took, one worker after the other, and those of the training."""
    record, folder = evaluation.predictor.record, learned_from(evaluation.predictor, evaluation.data)
    made = None if folder is None else folder / "timing.jsonl"
    generation = None
    if made is not None and made.is_file():
        lines = read_lines(made)
        try:
            kept = [float(line["seconds"]) for line in lines if not line["part"].startswith("data/test")]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise InputError(f"{made}: damaged: a line does not say the seconds of a part") from None
        generation = float(sum(kept)) if kept else None
    return {"generation": generation, "training": None if record is None else record.seconds}
