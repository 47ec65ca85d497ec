"""How far a surrogate was found to err at levels of what the recipe of its data fixes."""

from __future__ import annotations

import math
from typing import Literal

from surrogate.evaluation.documents import Figures, Number, SuiteResult
from surrogate.evaluation.intervals import Interval
from surrogate.evaluation.report.sections import Section
from surrogate.spaces import Task

Verdict = Literal["within", "beyond", "undecided"]


class LevelError(Figures):
    """The mean relative L2 error at a level with its interval, or ``why`` there is none.

    ``trained`` is the level of the data; ``verdict`` is on the paired differences to that, where there are any.
    """

    label: str
    trained: bool
    mean: Number = math.nan
    low: Number = math.nan
    high: Number = math.nan
    absent: str | None = None
    samples: int = 0
    why: str = ""
    verdict: Verdict | None = None

    @property
    def answered(self) -> bool:
        return math.isfinite(self.mean)

    @property
    def interval(self) -> Interval:
        return Interval(self.mean, self.low, self.high, self.absent)

    def judged(self, bar: float) -> Verdict | None:
        """Return the verdict; that of results from before there was one is on the interval, against ``bar``."""
        if self.verdict is not None or not self.answered:
            return self.verdict
        return "within" if self.high <= bar else "beyond" if self.low > bar else "undecided"


class AxisErrors(Figures):
    """The levels of an axis that changes what is at ``path`` in the recipe.

    ``rolled`` says that errors are of roll-outs, ``seen`` that an input of the learned map changes too.
    """

    name: str
    path: str
    rolled: bool
    seen: bool = True
    levels: tuple[LevelError, ...]

    @property
    def own(self) -> int:
        """The place of the level of the data among the levels."""
        return next(at for at, level in enumerate(self.levels) if level.trained)


class Generalisation(SuiteResult):
    """Errors at the levels of every axis that the recipe of the data has.

    Attributes:
        axes: those.
        skipped: the names of those that it has not.
        samples: at each level.
        within: it counts as valid where the error is at most so many times that of the data.
        task: of the surrogate.
        reference: mean error on the split.
        reference_samples: of these.
    """

    axes: tuple[AxisErrors, ...]
    skipped: tuple[str, ...]
    samples: int
    within: float
    task: Task
    reference: Number
    reference_samples: int = 0

    def base(self, axis: AxisErrors) -> float:
        """Return the error that levels of an axis are held against: that of the same samples of the data."""
        own = [level.mean for level in axis.levels if level.trained and level.answered and level.mean]
        return own[0] if own else self.reference or math.nan

    def bar(self, axis: AxisErrors) -> float:
        """Return the largest error that counts as valid along an axis."""
        return self.within * self.base(axis)

    def section(self) -> Section:
        """Return it told."""
        from surrogate.evaluation.report.generalisation_section import section

        return section(self)
