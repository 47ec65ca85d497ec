"""The settings of an export, typed."""

from __future__ import annotations

from pathlib import Path

from surrogate.values import Positive, Rate, Writes


class ExportConfig(Writes):
    """``surrogate export``: a run as a file that runs without us; ``steps`` at once, for any grid."""

    run: Path
    format: str
    out: Path | None
    steps: Positive
    dynamic_grid: bool
    tolerance: Rate
