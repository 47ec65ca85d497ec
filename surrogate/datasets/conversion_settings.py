"""The settings of a conversion of a foreign file, typed."""

from __future__ import annotations

from pathlib import Path

from surrogate.datasets.reading_settings import Reading
from surrogate.values import Count, Fraction, Positive, Writes


class ConvertConfig(Reading, Writes):
    """``surrogate data convert``: a foreign file or folder as a data set of ours.

    ``format`` None is recognised. ``split`` are fractions of a permutation, of what the source does not split itself,
    or, with ``deal_anew``, of all of it; ``samples`` are the first so many.
    """

    input: Path
    format: str | None
    split: tuple[Fraction, Fraction, Fraction]
    seed: Count
    deal_anew: bool
    samples: Positive | None
    out: Path | None

    @property
    def reading(self) -> Reading:
        """How the source is to be read."""
        return Reading.model_construct(**{key: getattr(self, key) for key in Reading.model_fields})
