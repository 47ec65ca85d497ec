"""The settings of ``surrogate gate``, typed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from surrogate.spaces import Frozen, Split
from surrogate.values import Count, Device, Positive, Rate, Writes

# Of fewer measurements the smallest and the largest are no bounds of the median with 99 % confidence: 0.5^n > 0.01.
LEAST_BLOCKS = 7


class LatencyGate(Frozen):
    """``blocks`` measurements in turn (0: none), and the growth of their ratio that is tolerated."""

    blocks: Count
    margin: Rate

    @field_validator("blocks")
    @classmethod
    def _enough(cls, blocks: int) -> int:
        if 0 < blocks < LEAST_BLOCKS:
            raise ValueError(f"expected 0 or at least {LEAST_BLOCKS}: fewer have no bounds of 99 %")
        return blocks


class GateConfig(Writes):
    """``surrogate gate``: runs that differ in their seed, held against a baseline; conf/gate.yaml says what is what."""

    run: Path | None
    runs: Annotated[tuple[Path, ...], Field(min_length=1)] | None
    baseline: Path
    data: Path | None
    split: Split
    out: Path | None
    metrics: Annotated[tuple[str, ...], Field(min_length=1)]
    batch_size: Positive
    device: Device
    margin: Rate
    false_alarm: Annotated[float, Field(gt=0, lt=0.5)]
    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    improvement: Annotated[float, Field(gt=0, lt=1)]
    inconclusive: Literal["warn", "fail"]
    frozen_samples: Positive
    exact: Rate
    exact_float32: Rate
    latency: LatencyGate
