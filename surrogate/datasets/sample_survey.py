"""A data set looked through once, part by part: what of its samples is kept, and the findings about all of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields

import numpy as np

from surrogate.datasets import field_checks, split_checks
from surrogate.datasets.dataset import Dataset
from surrogate.datasets.quality import Finding, Quality
from surrogate.datasets.sample_figures import Array, SampleFigures, compared_fields, figures_of
from surrogate.datasets.sketches import Sketcher
from surrogate.datasets.store import Floats, Part
from surrogate.spaces import SPLITS, DataSpec, Grid, Split

# The waves of so many samples are looked at.
_WAVES = 32


class Survey:
    """What is kept of the parts it was shown: some 20 numbers of a field and 64 of an input for each sample."""

    def __init__(self, spec: DataSpec) -> None:
        self.spec = spec
        self.names = compared_fields(spec)
        self._sketch = Sketcher(math.prod(spec.domain.points))
        self._figures: dict[Split, list[SampleFigures]] = {split: [] for split in SPLITS}
        self._sketches: dict[Split, list[Array]] = {split: [] for split in SPLITS}
        self._tails: dict[str, list[Array]] = {name: [] for name in self.names}
        self._waved = 0

    def add(self, part: Part) -> None:
        """Take the samples of one more part."""
        split, figures = part.header.split, figures_of(part)
        good = figures.finite
        self._figures[split].append(figures)
        if good.any():
            self._sketches[split].append(self._sketch(self._inputs(part)[good]))
        left = _WAVES - self._waved
        if left > 0 and isinstance(self.spec.domain, Grid):
            self._waved += min(left, int(good.sum()))
            self._wave(part.constants[good][:left], part.states[good][:left])

    def quality(self, data: str, also: tuple[Finding, ...] = ()) -> Quality:
        """Return the findings about the data set of hash ``data``, and ``also`` those of others."""
        every = {split: SampleFigures.joined(held) for split, held in self._figures.items() if held}
        splits = {split: _rows(held, held.finite) for split, held in every.items() if held.finite.any()}
        findings = [field_checks.finite(every)]
        if splits:
            sketches = {split: np.concatenate(self._sketches[split]) for split in splits}
            moving = len(self.spec.times) > 1
            given = bool(self.spec.constants) or moving
            findings += [
                *([split_checks.leakage(splits)] if given else []),
                *([split_checks.shared_frames(splits)] if moving else []),
                *([split_checks.near_twins(splits, sketches), split_checks.duplicates(splits)] if given else []),
                *([split_checks.contradictions(splits, len(self.spec.states))] if given else []),
                *([field_checks.frozen(splits)] if moving else []),
                split_checks.alike(splits, self.names),
                field_checks.outliers(splits, self.names),
                field_checks.constants(splits, self.names, self.spec),
                field_checks.resolution(self._tails, self.spec),
            ]
        return Quality(data=data, findings=(*findings, *also))

    def _inputs(self, part: Part) -> Floats:
        """Return what goes in, ``(n, c, p)``: the constants, and of an evolution its first frame."""
        count = len(part.indices)
        points = math.prod(self.spec.domain.points)
        given = part.constants.reshape(count, len(self.spec.constants), points)
        if not isinstance(self.spec.domain, Grid):
            given = given * (given[:, self.spec.domain.dimensions, None] > 0)
        if len(self.spec.times) == 1:
            return given
        return np.concatenate([given, part.states[:, 0].reshape(count, len(self.spec.states), points)], axis=1)

    def _wave(self, constants: Floats, states: Floats) -> None:
        numbers = {field.name: constants[:, place] for place, field in enumerate(self.spec.constants)}
        numbers |= {field.name: states[:, -1, place] for place, field in enumerate(self.spec.states)}
        for name in self.names:
            self._tails[name].append(field_checks.short_waves(numbers[name], self.spec))


def survey(dataset: Dataset, advance: Callable[[int], None] = lambda done: None) -> Survey:
    """Return what is seen of a data set; memory grows with the number of its samples alone, some kB each.

    Args:
        dataset: the data set; every byte is compared with its manifest.
        advance: is given the number of samples that were looked at, after every part.

    Raises:
        InputError: a part is missing or damaged.
    """
    seen, done = Survey(dataset.spec), 0
    for split in SPLITS:
        for part in dataset.parts(split):
            seen.add(part)
            done += len(part.indices)
            advance(done)
    return seen


def _rows(figures: SampleFigures, rows: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> SampleFigures:
    return SampleFigures(*(getattr(figures, field.name)[rows] for field in fields(figures)))
