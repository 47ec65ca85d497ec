"""What the cost of a surrogate was found to be: errors and seconds of it and of the solver, and who was quicker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from surrogate.evaluation.documents import Figures, Number, SuiteResult
from surrogate.evaluation.report.sections import Section
from surrogate.evaluation.timing.interleaved import Middle

Mode = Literal["one at a time", "many at once"]
ONE: Mode = "one at a time"
MANY: Mode = "many at once"
MODES = (ONE, MANY)
Verdict = Literal["pays back", "saves nothing", "undecided"]
# An error less than this much smaller is the same, and no reason to take longer.
SMALLER = 0.98


class TimedAnswer(Figures):
    """Mean relative L2 error, and seconds of an answer alone and of one of ``at_once`` that were asked together."""

    label: str
    error: Number
    one: float = Field(validation_alias="one at a time", serialization_alias="one at a time")
    many: float = Field(validation_alias="many at once", serialization_alias="many at once")
    at_once: int

    def seconds(self, mode: Mode) -> float:
        """Return the seconds of an answer asked in this mode."""
        return self.one if mode == ONE else self.many


class TimedSolve(TimedAnswer):
    """Answers of the solver on ``grid`` points; ``first`` are the seconds of the first call, for all samples."""

    grid: tuple[int, ...]
    first: float


class Preparation(Figures):
    """Seconds of making the training data, one worker after the other, and of the training; None: not known."""

    generation: float | None
    training: float | None

    @property
    def known(self) -> dict[str, float]:
        """The seconds that are known, by what they were spent on."""
        held = {"generation": self.generation, "training": self.training}
        return {name: seconds for name, seconds in held.items() if seconds is not None}

    @property
    def spent(self) -> float | None:
        """The seconds that are known together, None where none are."""
        return sum(self.known.values()) if self.known else None


class BreakEven(Figures):
    """After how many queries preparation is paid back, and between which bounds; None: it may be never."""

    queries: int | None
    low: int | None
    high: int | None


class Both(Figures):
    """Seconds of a surrogate and of a solve, each the median of blocks with its bounds."""

    surrogate: Middle
    solver: Middle


class Turns(Figures):
    """How the quickest surrogate and the cheapest solve as accurate, both by their labels, fared in turn.

    ``ratio`` is of the seconds of the solve over those of the surrogate.
    """

    surrogate: str
    solver: str
    blocks: int
    seconds: Both
    ratio: Middle
    verdict: Verdict
    break_even: BreakEven | None


class Cost(SuiteResult):
    """What a surrogate costs against the solver that made its data.

    Attributes:
        samples: over which errors are means.
        reference: how many times finer than the data the solves are that errors are held against; 1: the labels.
        solver: the settings worth timing, from the least effort to that of the recipe, which comes last.
        failed: settings that the solver refused, and why.
        surrogate: the ways in which it can be run.
        omitted: the ways that are not to be had, and why.
        preparation: seconds before the first answer.
        threads: of this process.
        device: of the surrogate.
        machine: the processor.
        question: what is asked, a step or a solution.
        duels: mode -> who was quicker; None where no solve is as accurate. Before there were bounds there were none.
    """

    samples: int
    reference: int
    solver: tuple[TimedSolve, ...]
    failed: tuple[str, ...]
    surrogate: tuple[TimedAnswer, ...]
    omitted: dict[str, str]
    preparation: Preparation
    threads: int
    device: str
    machine: str
    question: str
    duels: Mapping[Mode, Turns | None] = {}

    def section(self) -> Section:
        """Return it told."""
        from surrogate.evaluation.report.cost_section import section

        return section(self)

    def quickest(self, mode: Mode) -> TimedAnswer:
        """Return the way in which the surrogate answers fastest."""
        return min(self.surrogate, key=lambda row: row.seconds(mode))

    def rival(self, mode: Mode) -> TimedSolve | None:
        """Return the cheapest solve as accurate as that, None where there is none."""
        return cheapest(self.solver, self.quickest(mode).error, mode)


def front(rows: tuple[TimedSolve, ...], mode: Mode) -> list[TimedSolve]:
    """Return the rows that no quicker one equals in error, to 2 %, from the quickest to the most accurate."""
    kept: list[TimedSolve] = []
    for row in sorted(rows, key=lambda row: (row.seconds(mode), row.error)):
        if not kept or row.error < SMALLER * kept[-1].error:
            kept.append(row)
    return kept


def cheapest(rows: tuple[TimedSolve, ...], error: float, mode: Mode) -> TimedSolve | None:
    """Return the quickest row whose error is at most ``error``, None where there is none."""
    return min((row for row in rows if row.error <= error), key=lambda row: row.seconds(mode), default=None)
