"""The settings of ``surrogate compare``, typed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from surrogate.spaces import Split
from surrogate.values import Count, Device, Positive, Writes


class CompareConfig(Writes):
    """``surrogate compare``: several runs on the same samples; conf/compare.yaml says what is what."""

    runs: Annotated[tuple[Path, ...], Field(min_length=2)]
    data: Path | None
    split: Split
    out: Path | None
    batch_size: Positive
    rollout: Count
    device: Device
