"""Short sketches of samples, from which the distance of any two is had without either: who has a near twin.

Shape letters: n samples, q queries, c channels, p points, k numbers of a sketch.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Numbers of a sketch: a squared distance is off by a deviation of sqrt(2 / 64), 18 %.
_LENGTH = 64
_BLOCK = 2048
_PAIRS = 4096


class Sketcher:
    """Makes sketches ``(n, c, k)`` of samples ``(n, c, p)``: each point is added, with a random sign, to one of k sums.

    Squared distances of sketches are those of the samples on average. Samples of few points are their own sketch.

    Source: Charikar, Chen, Farach-Colton (2004), Finding frequent items in data streams, Theoretical Computer Science
    312; as a projection, Weinberger et al. (2009), Feature hashing for large scale multitask learning, ICML.
    """

    def __init__(self, points: int) -> None:
        self.points = points
        words = np.random.Philox(key=14).random_raw(points)
        self._order = np.argsort(words % _LENGTH, kind="stable")
        self._signs = np.where(words[self._order] >> np.uint64(40) & np.uint64(1), 1.0, -1.0)
        sums = (words % _LENGTH)[self._order]
        self._starts = np.flatnonzero(np.diff(sums, prepend=sums[:1] + 1))
        self._first: Array | None = None

    def __call__(self, samples: NDArray[np.float32]) -> Array:
        """Return the sketches of samples, less the first sample that came: only differences are meant."""
        wide = samples.astype(np.float64)
        if self._first is None:
            self._first = wide[:1].copy()
        wide -= self._first
        if self.points <= _LENGTH:
            return wide
        return np.add.reduceat(wide[..., self._order] * self._signs, self._starts, axis=-1)


class Neighbours:
    """Distances of sketched samples, in units of the distance that two of them usually have (the median).

    Every channel counts alike, whatever its unit: it is divided by its own median distance first.
    """

    def __init__(self, sketches: Array) -> None:
        n = len(sketches)
        draws = np.random.Philox(key=15).random_raw(2 * _PAIRS).reshape(2, _PAIRS) % np.uint64(max(n, 1))
        one, other = (rows.astype(np.int64) for rows in draws)
        apart = one != other
        squares = np.square(sketches[one[apart]] - sketches[other[apart]]).sum(-1)
        usual = np.median(squares, axis=0) if len(squares) else np.zeros(sketches.shape[1])
        # A channel of which more than half of the pairs agree.
        usual = np.where(usual > 0, usual, squares.mean(0) if len(squares) else 0.0)
        kept = usual > 0
        scaled = sketches[:, kept] / np.sqrt(usual[kept])[:, None]
        self.vectors: Array = scaled.reshape(n, -1)
        typical = np.median((squares[:, kept] / usual[kept]).sum(-1)) if kept.any() else 0.0
        self.typical = float(np.sqrt(typical))

    @property
    def vary(self) -> bool:
        """Whether two samples usually differ at all."""
        return self.typical > 0

    def nearest(
        self, queries: NDArray[np.int64], among: NDArray[np.int64], apart: bool = False
    ) -> tuple[Array, NDArray[np.int64]]:
        """Return how far the nearest of the rows ``among`` is from each of the rows ``queries``, ``(q,)``, and which.

        Args:
            queries: rows.
            among: rows.
            apart: leave a row out of those that it may be near to.
        """
        wanted = self.vectors[queries]
        best = np.full(len(queries), np.inf)
        which = np.full(len(queries), -1, np.int64)
        own = np.square(wanted).sum(-1)
        for start in range(0, len(among), _BLOCK):
            rows = among[start : start + _BLOCK]
            block = self.vectors[rows]
            squares = own[:, None] + np.square(block).sum(-1) - 2 * wanted @ block.T
            if apart:
                squares[queries[:, None] == rows] = np.inf
            place = squares.argmin(1)
            least = squares[np.arange(len(queries)), place]
            better = least < best
            best[better], which[better] = least[better], rows[place[better]]
        return np.sqrt(np.maximum(best, 0.0)) / (self.typical or 1.0), which
