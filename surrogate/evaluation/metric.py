"""The record of a metric, and the metrics that there are: the modules of :mod:`surrogate.evaluation.metrics`.

Shapes: b sample, c channel, s... space; predictions and targets ``(b, c, s...)``, errors ``(b,)``.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from surrogate.norms import Norm
from surrogate.registry import METRICS
from surrogate.spaces import Boundary, Domain, Grid, Space

Values = NDArray[np.float64]
EVERYWHERE: tuple[Literal["grid", "cloud"], ...] = ("grid", "cloud")


@dataclass(frozen=True)
class Metric:
    """What a metric is called, how it is measured and written, and what is better.

    Attributes:
        name: of its module, the key in every file.
        label: what it is called where it is read.
        of_each: predictions, targets, their space and weights -> one value per sample; None: it is no error of a pair
            but is measured of a roll-out or in training.
        unit: ``share`` of the size of the fields, which is written in per cent; ``field``: that of the fields; or
            ``none``.
        better: whether ``lower`` or ``higher`` values are.
        domains: the kinds of domain on which it is defined.
        why_absent: why a grid and its boundary have none, None where they do.
        least: no value is below.
        most: no value is above.
        decimals: digits behind the point; None: three that mean something.
        main: whether it stands in the short table, not only in that of published benchmarks.
        place: where it stands among the others, ascending.
    """

    name: str
    label: str
    of_each: Norm | None = None
    unit: Literal["share", "field", "none"] = "field"
    better: Literal["lower", "higher"] = "lower"
    domains: tuple[Literal["grid", "cloud"], ...] = ("grid",)
    why_absent: Callable[[Grid, Boundary], str | None] = lambda grid, boundary: None
    least: float = 0.0
    most: float = math.inf
    decimals: int | None = None
    main: bool = False
    place: int = 1000

    def absence(self, domain: Domain, boundary: Boundary | None) -> str | None:
        """Return why fields on a domain have no such figure of merit, None where they do."""
        if domain.kind not in self.domains:
            return f"it needs a {' or a '.join(self.domains)}"
        return self.why_absent(domain, boundary) if isinstance(domain, Grid) and boundary is not None else None

    def gain(self, values: Values) -> Values:
        """Return values, or differences of values, with the sign that makes more of them better."""
        return values if self.better == "higher" else -values

    def text(self, value: float, unit: str = "") -> str:
        """Return a value in words: in per cent, bare, or with the ``unit`` of the fields."""
        if not math.isfinite(value):
            return "not finite"
        if self.unit == "share":
            return f"{_digits(100 * value)} %"
        number = _digits(value) if self.decimals is None else f"{value:.{self.decimals}f}"
        return f"{number} {unit}".rstrip() if self.unit == "field" else number


@functools.cache
def metric_named(name: str) -> Metric:
    """Return the metric of that name.

    Raises:
        SettingsError: there is none; the message holds the nearest name.
    """
    metric: Metric = METRICS.module(name).METRIC
    return metric


@functools.cache
def metrics() -> tuple[Metric, ...]:
    """Return all metrics in the order in which they are written."""
    return tuple(sorted((metric_named(name) for name in METRICS.names()), key=lambda each: (each.place, each.name)))


def available(space: Space) -> list[Metric]:
    """Return the errors of pairs that functions of ``space`` have, in order."""
    at = space.domain, space.boundary
    return [each for each in metrics() if each.of_each is not None and each.absence(*at) is None]


def errors(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> dict[str, Values]:
    """Return every metric of every sample that there is on this domain, computed in float64.

    With quadrature ``weights``, (b or 1, s...), those are left out that are no integrals.

    A target that is zero everywhere has no relative error: NaN or infinity.
    """
    at = (prediction.double(), target.double(), space, weights if weights is None else weights.double())
    known = [each for each in available(space) if weights is None or "cloud" in each.domains]
    return {each.name: each.of_each(*at).cpu().numpy() for each in known if each.of_each is not None}


def _digits(value: float) -> str:
    """Return three digits, or all of a large whole number."""
    return f"{value:.0f}" if 1000 <= abs(value) < 1e6 else f"{value:#.3g}".rstrip(".")
