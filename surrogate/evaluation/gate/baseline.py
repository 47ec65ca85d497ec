"""The baseline on disk: one JSON file of errors by seed, and beside it a frozen run that code is held against.

gate.json      what was measured, on what, where and why; every former state of it
gate-frozen/   a run with a few test samples, and what it predicted (:mod:`surrogate.evaluation.gate.exact`)
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, FiniteFloat, model_validator

from surrogate.environment import Environment
from surrogate.errors import InputError, SettingsError, nearest
from surrogate.files import make_folder
from surrogate.integrity import publish_record, read_sealed
from surrogate.spaces import Frozen, Split
from surrogate.typed_record import typed_record

Error = Annotated[FiniteFloat, Field(gt=0)]

_LARGEST = 16 * 2**20


class Data(Frozen):
    """The data that errors were measured on; ``identity`` is equal for equal recipe, seed and counts."""

    name: str
    identity: str
    split: Split
    samples: Annotated[int, Field(gt=0)]


class Latency(Frozen):
    """Time of the surrogate over that of a fixed computation: the median of ``blocks`` ratios, and its bounds."""

    ratio: Error
    low: Error
    high: Error
    blocks: Annotated[int, Field(gt=0)]


class BaselineState(Frozen):
    """One state of a baseline.

    Attributes:
        reason: why it was made.
        date: when, ISO 8601 in UTC.
        environment: where.
        model: name of the model that was trained.
        data: what it was measured on.
        seeds: of the trainings.
        errors: metric -> mean error over the samples for each of ``seeds``.
        spread: metric -> standard deviation of the logarithm of these; empty where there is one seed.
        frozen: SHA-256 of the weights of the frozen run.
        exact: metric -> error of the frozen run on its samples, in float64.
        latency: None where it was not measured.
    """

    reason: Annotated[str, Field(min_length=1)]
    date: str
    environment: Environment
    model: str
    data: Data
    seeds: Annotated[tuple[int, ...], Field(min_length=1)]
    errors: dict[str, tuple[Error, ...]]
    spread: dict[str, FiniteFloat]
    frozen: str
    exact: dict[str, Error]
    latency: Latency | None

    @model_validator(mode="after")
    def _one_value_for_each_seed(self) -> Self:
        if len(set(self.seeds)) < len(self.seeds) or any(len(it) != len(self.seeds) for it in self.errors.values()):
            raise ValueError("expected each seed once, and one value for each")
        return self

    def by_seed(self, metric: str) -> dict[int, float]:
        """Return seed -> error."""
        return dict(zip(self.seeds, self.errors[metric], strict=True))


class Baseline(Frozen):
    """What a gate holds; ``history`` are its former states, the oldest first."""

    version: Literal[1]
    current: BaselineState
    history: tuple[BaselineState, ...]


def spreads(errors: Mapping[str, tuple[float, ...]]) -> dict[str, float]:
    """Return the standard deviation of the logarithm of each metric's values, where there are two or more."""
    return {name: statistics.stdev(np.log(values).tolist()) for name, values in errors.items() if len(values) > 1}


def frozen_folder(path: Path) -> Path:
    """Return the folder of the frozen run of the baseline at ``path``."""
    return path.with_name(f"{path.stem}-frozen")


def read_baseline(path: Path) -> Baseline:
    """Return the baseline in the file ``path``.

    Raises:
        SettingsError: there is none: a gate without a baseline never passes.
        InputError: it is not one that this version reads.
    """
    if not path.is_file():
        beside = [file.name for file in path.parent.glob("*.json")] if path.parent.is_dir() else []
        hint = nearest(path.name, beside) or "; 'surrogate gate update' makes one"
        raise SettingsError(f"baseline: {path} does not exist{hint}")
    return typed_record(Baseline, read_sealed(path, _LARGEST), path)


def write_baseline(path: Path, state: BaselineState, overwrite: bool = False) -> Baseline:
    """Make ``state`` the current one of the baseline at ``path``, the former one the last of its history.

    Raises:
        InputError: what is there is no baseline.
        StorageError: the disk refused.
    """
    try:
        former = read_baseline(path) if path.exists() else None
    except InputError:
        if not overwrite:
            raise
        former = None
    history = (*former.history, former.current) if former else ()
    baseline = Baseline(version=1, current=state, history=history)
    make_folder(path.parent)
    publish_record(path, baseline, indent=1)
    return baseline
