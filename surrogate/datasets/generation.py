"""Data sets from recipes: planned, made in parts by worker processes, sealed. Interrupted, the same call goes on."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from surrogate.config.schema import GenerateConfig
from surrogate.datasets import layout
from surrogate.datasets.crew import Crew
from surrogate.datasets.plan import begin
from surrogate.datasets.samples import header_of, plan_of
from surrogate.datasets.sealing import seal
from surrogate.errors import Stopped
from surrogate.files import make_folder

_PAUSE = 0.05


@dataclass(frozen=True)
class Progress:
    """Samples that are stored, of how many, after how many seconds of this call."""

    done: int
    total: int
    seconds: float


def generate(config: GenerateConfig, should_stop: Callable[[], bool]) -> Iterator[Progress]:
    """Make the data set of a recipe in ``config.out``, yielding what is done whenever a part is stored.

    The first progress tells what an earlier call has left. On a finished data set nothing is yielded. The bytes of
    every file but timing.jsonl are the same for any number of workers, interruptions and restarts on one machine.

    Args:
        config: the recipe and where it goes.
        should_stop: asked many times a second; True ends the workers.

    Raises:
        SettingsError: the equation refuses the settings, or the folder holds something else.
        SolverError: a sample missed its tolerance.
        StorageError: the disk refused.
        Stopped: ``should_stop`` said so; the stored parts are kept.
    """
    header, plan = header_of(config), plan_of(config)
    if begin(config.out, plan):
        return
    planned = list(plan.pieces())
    for folder in {(config.out / piece.path).parent for piece in planned}:
        make_folder(folder)
    yield from _made(config, planned, should_stop)
    shutil.rmtree(config.out / layout.CLAIMS, ignore_errors=True)
    seal(config.out, plan, header, {split: np.arange(count) for split, count in plan.count.items()}, should_stop)


def _made(config: GenerateConfig, planned: list[layout.Piece], should_stop: Callable[[], bool]) -> Iterator[Progress]:
    started = time.monotonic()
    total = _samples(planned)
    lacking = layout.missing(config.out, planned)
    yield Progress(total - _samples(lacking), total, 0.0)
    if not lacking:
        return
    with closing(Crew(config.out, min(config.workers, len(lacking)))) as crew:
        while lacking:
            if should_stop():
                done = total - _samples(lacking)
                raise Stopped(
                    f"{config.out}: stopped at {done} of {total} samples; the same command goes on from there"
                )
            time.sleep(_PAUSE)
            still = layout.missing(config.out, lacking)
            if len(still) < len(lacking):
                lacking = still
                yield Progress(total - _samples(lacking), total, time.monotonic() - started)
            elif lacking:
                crew.tend(len(planned) - len(lacking))


def _samples(pieces: list[layout.Piece]) -> int:
    return sum(len(piece.indices) for piece in pieces)
