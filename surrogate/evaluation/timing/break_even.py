"""When a surrogate has paid for itself: against the cheapest solve that is as accurate, not against the data's own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from surrogate.errors import InputError
from surrogate.evaluation.predictions import learned_from
from surrogate.evaluation.results import Evaluation
from surrogate.evaluation.timing.cost_result import SMALLER, BreakEven, Preparation, Verdict
from surrogate.evaluation.timing.interleaved import Duel
from surrogate.evaluation.timing.solver_effort import Effort
from surrogate.integrity import read_lines

# A first call this many times slower is slower, whatever else the machine did.
_MUCH = 3.0


@dataclass(frozen=True)
class TriedEffort:
    """An effort of the solver, its mean relative L2 error and the seconds of its first call."""

    effort: Effort
    error: float
    first: float


def hopeful(tried: Sequence[TriedEffort]) -> list[TriedEffort]:
    """Return the efforts worth a careful timing: finite errors, and none that one much quicker at first equals.

    The last, the recipe's own, always stays.
    """
    sound = [one for one in tried if math.isfinite(one.error)]

    def beaten(one: TriedEffort) -> bool:
        return any(other.error <= one.error / SMALLER and _MUCH * other.first < one.first for other in sound)

    return [one for one in sound if one is tried[-1] or not beaten(one)]


def verdict(held: Duel) -> Verdict:
    """Return whether a surrogate that took turns with a solve (in this order) saves seconds, if that can be told.

    It is undecided where the bounds of the ratio of the seconds have one between them.
    """
    if held.ratio.low > 1:
        return "pays back"
    return "saves nothing" if held.ratio.high < 1 else "undecided"


def break_even(spent: float, held: Duel) -> BreakEven:
    """Return after how many queries the seconds ``spent`` on preparation are saved again, and between which bounds.

    ``spent / (seconds of the solve - seconds of the surrogate)``. ``high`` is None where it may be never, ``low`` where
    even the bound that favours the surrogate saves nothing.
    """

    def queries(saved: float) -> int | None:
        return math.ceil(spent / saved) if 0 < saved < math.inf else None

    return BreakEven(queries=queries(held.saved.median), low=queries(held.saved.high), high=queries(held.saved.low))


def preparation(evaluation: Evaluation) -> Preparation:
    """Return the seconds that making the training data took, one worker after the other, and those of the training.

    Raises:
        InputError: the seconds of the data are damaged.
    """
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
    return Preparation(generation=generation, training=None if record is None else record.seconds)
