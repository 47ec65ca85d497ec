"""The settings of a conversion of a foreign file, typed."""

from __future__ import annotations

from pathlib import Path

from surrogate.values import Count, Fraction, Writes


class ConvertConfig(Writes):
    """``surrogate data convert``: a foreign file as a data set of ours; ``split`` are fractions of a permutation."""

    input: Path
    format: str
    split: tuple[Fraction, Fraction, Fraction]
    seed: Count
    out: Path | None
