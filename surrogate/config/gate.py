"""The settings of ``surrogate gate``, typed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from surrogate.config.schema import Count, Positive, Rate
from surrogate.fields import Frozen, Split


class LatencyGate(Frozen):
    """``blocks`` measurements in turn (0: none), and the growth of their ratio that is tolerated."""

    blocks: Count
    margin: Rate


class GateConfig(Frozen):
    """``surrogate gate``: runs that differ in their seed, held against a baseline; conf/gate.yaml says what is what."""

    run: Path | None
    runs: Annotated[tuple[Path, ...], Field(min_length=1)] | None
    baseline: Path
    data: Path | None
    split: Split
    out: Path | None
    metrics: Annotated[tuple[str, ...], Field(min_length=1)]
    batch_size: Positive
    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$")]
    margin: Rate
    false_alarm: Annotated[float, Field(gt=0, lt=0.5)]
    confidence: Annotated[float, Field(gt=0.5, lt=1)]
    improvement: Annotated[float, Field(gt=0, lt=1)]
    inconclusive: Literal["warn", "fail"]
    frozen_samples: Positive
    exact: Rate
    exact_float32: Rate
    latency: LatencyGate
