"""What certified solves took, method by method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from surrogate.solve.certified import GUESSING, Certified, Method
from surrogate.solve.discretisation import Discretisation


@dataclass(frozen=True)
class MethodFigures:
    """What a method took for some samples: all of them met the tolerance.

    ``seconds`` are per sample, the median over batches; ``guess`` and ``residual`` are the largest relative residuals
    before and after; ``fallbacks`` counts samples that only the solver of last resort brought there.
    """

    method: Method
    samples: int
    iterations: float
    most_iterations: int
    seconds: float
    fallbacks: int
    guess: float
    residual: float


@dataclass(frozen=True)
class SolveReport:
    """The figures of the method asked for, and of those it is compared with.

    ``discretisation`` says how far the system is from its equation, None where that was not asked for.
    """

    tolerance: float
    shape: tuple[int, ...]
    rows: tuple[MethodFigures, ...]
    discretisation: Discretisation | None = None

    COLUMNS = ("method", "iterations", "most", "ms a sample", "fallbacks", "residual before", "after")

    def title(self) -> str:
        """Return what was solved."""
        return f"{self.rows[0].samples} samples, every residual at most {self.tolerance:g}, checked"

    def cells(self) -> list[list[str]]:
        """Return a row of text for each method."""
        return [
            [
                row.method,
                f"{row.iterations:.1f}",
                str(row.most_iterations),
                f"{1e3 * row.seconds:.1f}",
                f"{row.fallbacks} ({row.fallbacks / row.samples:.0%})",
                f"{row.guess:.1e}" if row.method in GUESSING else "1",
                f"{row.residual:.1e}",
            ]
            for row in self.rows
        ]

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        return {
            "tolerance": self.tolerance,
            "shape": list(self.shape),
            "methods": [asdict(row) for row in self.rows],
            "discretisation": self.discretisation and asdict(self.discretisation),
        }


def summarised(method: Method, batches: Sequence[Certified]) -> MethodFigures:
    """Return the figures of a method over the batches that it solved."""
    iterations = np.concatenate([batch.iterations for batch in batches])
    return MethodFigures(
        method=method,
        samples=len(iterations),
        iterations=float(iterations.mean()),
        most_iterations=int(iterations.max()),
        seconds=float(np.median([batch.seconds / len(batch.iterations) for batch in batches])),
        fallbacks=int(sum(batch.fallback.sum() for batch in batches)),
        guess=float(np.nan_to_num(max(batch.guess.max() for batch in batches), nan=1.0, posinf=1.0)),
        residual=float(max(batch.residual.max() for batch in batches)),
    )
