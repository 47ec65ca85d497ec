"""What is gathered while the parts of a data set are read: what the solver reached, which samples to solve again."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from surrogate.datasets.certificate import Reached
from surrogate.datasets.store import Floats, Part
from surrogate.equations import Equation
from surrogate.spaces import DataSpec, Split


@dataclass(frozen=True)
class Chosen:
    """A sample that is solved again, as it is stored: inputs ``(c, s...)`` and states ``(t, c, s...)``."""

    split: Split
    index: int
    inputs: Floats
    states: Floats
    effort: int


def chosen_samples(seed: int, counts: Mapping[Split, int], number: int) -> tuple[tuple[Split, int], ...]:
    """Return which ``number`` samples are solved again: the seed decides, and every split has its turn."""
    ranked = {
        split: sorted(range(count), key=lambda index: hashlib.sha256(f"{seed} {split} {index}".encode()).digest())
        for split, count in counts.items()
    }
    turns = sorted((turn, split) for split, order in ranked.items() for turn in range(len(order)))
    return tuple((split, ranked[split][turn]) for turn, split in turns[:number])


class Evidence:
    """The evidence of the parts that were shown to it; the samples ``wanted`` are kept, to be solved again.

    Of ``given`` inputs only those count as duplicates that are in several splits: a user may ask a thing twice.
    """

    def __init__(
        self,
        spec: DataSpec,
        equation: Equation | None,
        wanted: Iterable[tuple[Split, int]] = (),
        given: bool = False,
    ) -> None:
        self.spec = spec
        self.equation = equation and equation.bound(spec)
        self.wanted = set(wanted)
        self.chosen: list[Chosen] = []
        self.reached: dict[Split, list[NDArray[np.float64]]] = {}
        self.drift: dict[str, float] = {}
        self.given = given
        self.seen: dict[bytes, Counter[Split]] = defaultdict(Counter)

    def add(self, part: Part) -> None:
        """Take the samples of one more part."""
        split = part.header.split
        figures = np.stack([part.residual, part.iterations.astype(np.float64), part.effort.astype(np.float64)])
        self.reached.setdefault(split, []).append(figures)
        inputs = self._inputs(part)
        for row, index in enumerate(part.indices.tolist()):
            self.seen[hashlib.sha256(inputs[row].tobytes()).digest()][split] += 1
            if (split, index) in self.wanted:
                self.chosen.append(Chosen(split, index, inputs[row], part.states[row], int(part.effort[row])))
        if self.equation is not None:
            constants, states = (torch.from_numpy(field.astype(np.float64)) for field in (part.constants, part.states))
            for name, drift in self.equation.invariants(constants, states).items():
                worst = float(torch.nan_to_num(drift, nan=torch.inf).max()) if drift.numel() else 0.0
                self.drift[name] = max(self.drift.get(name, 0.0), worst)

    @property
    def duplicates(self) -> int:
        """Samples whose inputs are those of an earlier one, in whatever split; of given ones, in another split."""
        return sum((len(each) if self.given else each.total()) - 1 for each in self.seen.values())

    def splits(self) -> dict[Split, Reached]:
        """Return what the solver reached, split by split."""
        reached = {}
        for split, parts in self.reached.items():
            residual, iterations, effort = np.concatenate(parts, axis=1)
            reached[split] = Reached(
                samples=len(residual),
                largest_residual=float(residual.max()),
                mean_iterations=float(iterations.mean()),
                most_iterations=int(iterations.max()),
                retried=int((effort > 1).sum()),
            )
        return reached

    def _inputs(self, part: Part) -> Floats:
        if len(self.spec.times) == 1:
            return part.constants
        return np.concatenate((part.constants, part.states[:, 0]), axis=1)
