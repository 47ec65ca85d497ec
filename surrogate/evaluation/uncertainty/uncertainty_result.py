"""How far off predictions were found to be: bands, what they hold and how wide they are."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from surrogate.evaluation.documents import Figures, Number, SuiteResult
from surrogate.evaluation.report.sections import Section
from surrogate.spaces import Split

Kind = Literal["points", "fields"]
KINDS: tuple[Kind, ...] = ("points", "fields")
WHAT: dict[Kind, str] = {"points": "points", "fields": "whole fields"}
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


class Band(Figures):
    """A band of one kind and scale.

    Attributes:
        scale: what its half-width follows.
        kind: what it holds, points of a field or fields at all points.
        factor: the multiplier.
        coverage: mean share of places of a test sample that it holds.
        low, high: 95 % interval of it over the test samples; None where there is none, and ``absent`` says why.
        law: 99 % interval that the coverage has by law, where the law is known: one place a sample.
        width: mean half-width over the root mean square of the truth.
        to_constant: that over the width of the band of this kind whose scale is one number.
    """

    scale: str
    kind: Kind
    factor: Number
    coverage: Number
    low: float | None
    high: float | None
    absent: str | None
    law: tuple[float, float] | None
    width: Number
    to_constant: Number


class Curves(Figures):
    """What bands of several levels hold: name -> share at each of ``levels``."""

    levels: tuple[float, ...]
    observed: dict[str, tuple[Number, ...]]


class RawSpread(Figures):
    """What the spread of an ensemble holds as it is, and its mean half-width."""

    coverage: Number
    width: Number


class Agreement(Figures):
    """Correlation of spread and error, over samples (of ranks) and over the points of a field."""

    samples: Number
    points: Number


class Spread(Figures):
    """The spread of an ensemble before it is calibrated."""

    members: int
    before: RawSpread
    correlation: Agreement


class ErrorLine(Figures):
    """How far off the first output is along the middle line of the first axis, in the sample of median error."""

    sample: int
    field: str
    label: str
    x: tuple[float, ...]
    error: tuple[Number, ...]
    half_widths: dict[str, tuple[Number, ...]]


class Uncertainty(SuiteResult):
    """Bands of a level, calibrated on some samples and tried on others.

    Attributes:
        level: the share that they are to hold.
        calibration: how many samples calibrate.
        test: how many test.
        of: samples of the split, from the first of which on they are taken.
        split: those of which split.
        scales_from: the split that the scales come from.
        unit: what counts as one sample.
        bands: of every scale, the most local last, and kind.
        curves: what bands of other levels hold.
        ensemble: None unless the surrogate is one.
        line: a picture of one; None on a cloud.
        unproven: what could not be shown of the samples and has to be known; empty where all was.
    """

    level: float
    calibration: int
    test: int
    of: int
    split: Split = Field(validation_alias="from", serialization_alias="from")
    scales_from: Split
    unit: Literal["sample", "trajectory"]
    bands: tuple[Band, ...]
    curves: Curves
    ensemble: Spread | None
    line: ErrorLine | None
    unproven: str = ""

    def band(self, kind: Kind, scale: str | None = None) -> Band:
        """Return the band of this kind and scale; of the most local scale, the last, unless one is named."""
        return [one for one in self.bands if one.kind == kind and scale in (None, one.scale)][-1]

    def section(self) -> Section:
        """Return it told."""
        from surrogate.evaluation.report.uncertainty_section import section

        return section(self)
