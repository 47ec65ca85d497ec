"""What a search came to: its trials, each a training with values of its own, and the best of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from surrogate.registry import metric_label
from surrogate.tuning.study_record import StudyRecord, trial_folder

OPTIMISTIC = (
    "The best of {count} on the validation samples that it was chosen by: its error there is optimistic, and a small"
    " lead may be chance. The test samples, which no trial saw, say what it is worth."
)


@dataclass(frozen=True)
class Trial:
    """A training of a search.

    ``error`` is that of the epoch it keeps, of a ``pruned`` one the best by the epoch in which it was ended; ``curve``
    has it by epoch. ``reason`` says why one failed; ``repeats`` is the number of the trial whose values it was given
    again: it came to the same, without a training.
    """

    number: int
    state: Literal["finished", "pruned", "failed", "unfinished"]
    values: Mapping[str, str]
    error: float | None
    curve: Mapping[int, float]
    seconds: float
    parameters: int | None
    reason: str
    repeats: int | None = None

    @property
    def name(self) -> str:
        """The name of the folder of its run."""
        return trial_folder(Path(), self.number).name

    def words(self) -> str:
        """Return its values as words, with as many digits as mean something."""
        return " ".join(f"{key}={short(value)}" for key, value in self.values.items())


@dataclass(frozen=True)
class StudyResult:
    """The trials of a study so far, in order, and which settings mattered."""

    folder: Path
    record: StudyRecord
    trials: tuple[Trial, ...]
    importances: Mapping[str, float]

    @property
    def best(self) -> Trial | None:
        """The finished trial of the smallest error, the first of equals; None where none is finished."""
        ended = [trial for trial in self.trials if trial.state == "finished" and trial.error is not None]
        return min(ended, key=lambda trial: (trial.error or 0.0, trial.number), default=None)

    @property
    def ended(self) -> int:
        """How many trials are no longer under way."""
        return sum(trial.state != "unfinished" for trial in self.trials)

    @property
    def status(self) -> str:
        """``finished``, or how far the search is."""
        wanted = self.record.settings.trials
        return "finished" if self.ended >= wanted else f"unfinished, {self.ended} of {wanted} trials done"

    def counted(self) -> str:
        """Return how many trials came to which end, for a person."""
        states = ["repeated" if trial.repeats is not None else trial.state for trial in self.trials]
        known = ("finished", "pruned", "failed", "repeated", "unfinished")
        words = [f"{states.count(state)} {state}" for state in known]
        return ", ".join(word for word in words if not word.startswith("0 "))

    def caution(self) -> str:
        """Return what the error of the best is worth."""
        return OPTIMISTIC.format(count=self.ended)

    def figures(self) -> dict[str, str]:
        """Return what a person asks of a search first, in order, as text."""
        config, best = self.record.settings, self.best
        lines = {
            "status": self.status,
            "trials": self.counted(),
            "data": self.record.data.name,
            "searched": "; ".join(f"{key} {dimension.text()}" for key, dimension in config.search.items()),
            "seed": str(config.seed),
        }
        if best is None:
            return lines | {"best": "none: no trial is finished"}
        return lines | {
            "best": f"{best.name}: {best.words()}",
            f"valid {metric_label(config.metric)}": f"{best.error:.4g}",
        }

    def rows(self) -> list[tuple[str, ...]]:
        """Return a row of text for each trial, in the order of :meth:`columns`."""
        searched = list(self.record.settings.search)
        return [
            (
                trial.name,
                trial.state if trial.repeats is None else f"as trial-{trial.repeats:03d}",
                "" if trial.error is None else f"{trial.error:.4g}",
                *(short(trial.values.get(key, "")) for key in searched),
                "" if trial.parameters is None else f"{trial.parameters:,}",
                str(max(trial.curve, default=0)),
                f"{trial.seconds:.0f}",
            )
            for trial in self.trials
        ]

    def failures(self) -> list[str]:
        """Return why trials failed, a line each."""
        failed = [trial for trial in self.trials if trial.state == "failed" and trial.repeats is None]
        return [f"{trial.name} failed: {trial.reason}" for trial in failed]

    def columns(self) -> tuple[str, ...]:
        """Return the heads of :meth:`rows`."""
        error = f"valid {metric_label(self.record.settings.metric)}"
        return ("trial", "state", error, *last_names(list(self.record.settings.search)), "parameters", "epochs", "s")

    def to_dict(self) -> dict[str, Any]:
        """Return the study as JSON values."""
        best = self.best
        return {
            "status": self.status,
            "metric": self.record.settings.metric,
            "best": None if best is None else best.number,
            "trials": [asdict(trial) | {"values": dict(trial.values), "run": trial.name} for trial in self.trials],
            "importances": dict(self.importances),
        }


def last_names(keys: Sequence[str]) -> list[str]:
    """Return the last part of each dotted name, the whole of those whose last parts are the same."""
    lasts = [key.rpartition(".")[2] for key in keys]
    return [last if lasts.count(last) == 1 else key for key, last in zip(keys, lasts, strict=True)]


def short(word: str) -> str:
    """Return the word of a value with as many digits as mean something."""
    try:
        number = float(word)
    except ValueError:
        return word
    return f"{number:.4g}" if "." in word or "e" in word else word
