"""Mean, deviation and root mean square of every field and of its change in a time step, as The Well stores them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.store import Part
from surrogate.spaces import DataSpec, Grid


class Moments:
    """Mean and sum of squared deviations of numbers that come in pieces, in float64.

    Source: Chan, Golub, LeVeque (1983), Algorithms for computing the sample variance, The American Statistician 37.
    """

    def __init__(self) -> None:
        self.count = 0.0
        self.mean = 0.0
        self.deviation = 0.0

    def add(self, values: NDArray[Any], weights: NDArray[Any] | None = None) -> None:
        """Take the numbers of one more array, which may be empty; each counts as its weight, 1 where none are given."""
        if values.size == 0:
            return
        wide = values.astype(np.float64)
        if weights is None:
            mean, count = float(wide.mean()), float(wide.size)
            squares = float(np.square(wide - mean).sum())
        else:
            shares = np.broadcast_to(weights, wide.shape).astype(np.float64)
            count = float(shares.sum())
            mean = float((shares * wide).sum()) / count
            squares = float((shares * np.square(wide - mean)).sum())
        total = self.count + count
        apart = mean - self.mean
        self.deviation += squares + apart**2 * self.count * count / total
        self.mean += apart * count / total
        self.count = total

    @property
    def std(self) -> float:
        """Standard deviation of the numbers themselves (divided by their count); 0 of none."""
        return float(np.sqrt(self.deviation / self.count)) if self.count else 0.0

    @property
    def rms(self) -> float:
        """Root mean square; 0 of none."""
        return float(np.hypot(self.mean, self.std))


class Statistics:
    """The statistics of the parts it was shown; on a cloud every number counts as the weight of its point."""

    def __init__(self, spec: DataSpec) -> None:
        names = [field.name for field in spec.constants + spec.states]
        self.values = {name: Moments() for name in names}
        self.deltas = {name: Moments() for name in names}

    def add(self, part: Part) -> None:
        """Take the samples of one more part."""
        spec = part.header.spec
        weights = None if isinstance(spec.domain, Grid) else part.constants[:, spec.domain.dimensions]
        for channel, field in enumerate(spec.constants):
            plain = weights is None or field.role == "weight"
            self.values[field.name].add(part.constants[:, channel], None if plain else weights)
        for channel, field in enumerate(spec.states):
            frames, shares = part.states[:, :, channel], None if weights is None else weights[:, None]
            self.values[field.name].add(frames, shares)
            self.deltas[field.name].add(np.diff(frames.astype(np.float64), axis=1), shares)

    def table(self) -> dict[str, dict[str, float]]:
        """Return The Well's six keys, each with every field; what never changes in time has 0 for its changes."""
        return {
            f"{kind}{suffix}": {name: getattr(held, kind) for name, held in moments.items()}
            for suffix, moments in (("", self.values), ("_delta", self.deltas))
            for kind in ("mean", "std", "rms")
        }
