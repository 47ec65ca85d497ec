"""The settings of predictions from a file of inputs, typed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from surrogate.values import Device, Positive, Rate, Writes


class PredictConfig(Writes):
    """``surrogate predict``: arrays in, arrays out, in physical units; ``points`` are places to answer at.

    ``on_outside`` says what becomes of inputs unlike those of training; ``tolerance`` is that of solving them.
    """

    run: Path
    input: Path
    points: Path | None
    out: Path
    batch_size: Positive
    steps: Positive
    on_outside: Literal["warn", "error", "solve"]
    tolerance: Rate
    device: Device
