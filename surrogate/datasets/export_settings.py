"""The settings of a data set that is written in another format, typed."""

from __future__ import annotations

from pathlib import Path

from surrogate.spaces import Task
from surrogate.values import Writes


class DataExportConfig(Writes):
    """``surrogate data export``: a data set in a format that others read."""

    data: Path
    format: str
    out: Path | None
    task: Task | None
