"""Mean, deviation and root mean square of every field and of its change in a time step, as The Well stores them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.store import Part
from surrogate.spaces import DataSpec


class Moments:
    """Mean and sum of squared deviations of numbers that come in pieces, in float64.

    Source: Chan, Golub, LeVeque (1983), Algorithms for computing the sample variance, The American Statistician 37.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self.deviation = 0.0

    def add(self, values: NDArray[Any]) -> None:
        """Take the numbers of one more array, which may be empty."""
        if values.size == 0:
            return
        wide = values.astype(np.float64)
        mean = float(wide.mean())
        total = self.count + wide.size
        apart = mean - self.mean
        self.deviation += float(np.square(wide - mean).sum()) + apart**2 * self.count * wide.size / total
        self.mean += apart * wide.size / total
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
    """The statistics of the parts it was shown."""

    def __init__(self, spec: DataSpec) -> None:
        names = [field.name for field in spec.constants + spec.states]
        self.values = {name: Moments() for name in names}
        self.deltas = {name: Moments() for name in names}

    def add(self, part: Part) -> None:
        """Take the samples of one more part."""
        spec = part.header.spec
        for channel, field in enumerate(spec.constants):
            self.values[field.name].add(part.constants[:, channel])
        for channel, field in enumerate(spec.states):
            frames = part.states[:, :, channel]
            self.values[field.name].add(frames)
            self.deltas[field.name].add(np.diff(frames.astype(np.float64), axis=1))

    def table(self) -> dict[str, dict[str, float]]:
        """Return The Well's six keys, each with every field; what never changes in time has 0 for its changes."""
        return {
            f"{kind}{suffix}": {name: getattr(held, kind) for name, held in moments.items()}
            for suffix, moments in (("", self.values), ("_delta", self.deltas))
            for kind in ("mean", "std", "rms")
        }
