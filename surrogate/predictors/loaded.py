"""A map read from files: a run, an ensemble of runs, an exported file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from surrogate.predictors.asking import ask_samples, roll_out_samples
from surrogate.predictors.predictor import Answered, Field, FieldMap, Samples
from surrogate.spaces import Problem, Space

if TYPE_CHECKING:
    from surrogate.predictors.runs import RunRecord


@dataclass(frozen=True)
class Loaded:
    """A predictor by a map.

    Attributes:
        path: the file or folder that it was read from; of an ensemble the folder beside its runs where figures go.
        kind: what it is, in words.
        record: of the training.
        surrogate: the map.
        digest: SHA-256 of what answers.
        unverified: that damage would not be noticed; empty where it would.
        data: where the data that it learned from may lie.
    """

    path: Path
    kind: str
    record: RunRecord
    surrogate: FieldMap
    digest: str
    unverified: str = ""
    data: Path | None = None

    @property
    def problem(self) -> Problem:
        """What it answers."""
        return self.record.problem

    def accepts(self, *sources: Space, target: Space | None = None) -> str | None:
        """Return why it does not answer functions of these spaces, None where it does."""
        reason = self.surrogate.accepts(*sources, target=target)
        return None if reason is None else reason.replace("this surrogate", self.kind)

    def answers(self, samples: Samples, batch_size: int) -> Answered:
        """Return its answers for ``samples``.

        Raises:
            InputError: they are not what it accepts.
        """
        return ask_samples(self.path, self.surrogate, samples, batch_size)

    def rolled_out(self, samples: Samples, steps: int, batch_size: int) -> Field:
        """Return the states after 1 to ``steps`` steps from the first given, (n, t, c, s...)."""
        return roll_out_samples(self.surrogate, samples, steps, batch_size)
