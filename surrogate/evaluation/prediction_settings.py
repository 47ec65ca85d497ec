"""The settings of predictions from a file of inputs, typed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from surrogate.datasets.reading_settings import Axes, Names, Reading
from surrogate.values import Device, Positive, Rate, Writes


class PredictConfig(Writes):
    """``surrogate predict``: arrays in, arrays out, in physical units; ``points`` are places to answer at.

    ``format``, ``inputs`` and ``axes`` say how a file of several arrays is read, as in ``surrogate data convert``.
    ``on_outside`` says what becomes of inputs unlike those of training; ``tolerance`` is that of solving them.
    """

    run: Path
    input: Path
    format: str | None
    inputs: Names | None
    axes: Axes | None
    points: Path | None
    out: Path
    batch_size: Positive
    steps: Positive
    on_outside: Literal["warn", "error", "solve"]
    tolerance: Rate
    device: Device

    @property
    def reading(self) -> Reading:
        """How the input is to be read."""
        return Reading(inputs=self.inputs, axes=self.axes)
