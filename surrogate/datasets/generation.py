"""Data sets from recipes: planned, made in parts by worker processes, sealed. Interrupted, the same call goes on."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surrogate.datasets import layout
from surrogate.datasets.crew import Crew
from surrogate.datasets.dataset import bytes_per_sample
from surrogate.datasets.generation_settings import GenerateConfig, NoCluster
from surrogate.datasets.given_inputs import stage
from surrogate.datasets.jobs import Jobs
from surrogate.datasets.pilot import refuse_in_vain
from surrogate.datasets.plan import Plan, begin
from surrogate.datasets.plan import placed as place_of
from surrogate.datasets.proof import Solved
from surrogate.datasets.quarantine import refuse_many
from surrogate.datasets.samples import Bench, header_of, placed, plan_of
from surrogate.datasets.sealing import seal
from surrogate.datasets.store import Header
from surrogate.errors import Stopped
from surrogate.files import locked, make_folder, storage_errors
from surrogate.memory_limits import amount, require
from surrogate.reading import opened

# Bytes of a process that has imported torch and holds nothing, measured on Linux.
_WORKER = 230e6
_PAUSE = 0.2


@dataclass(frozen=True)
class Progress:
    """Samples that are stored, of how many, after how many seconds of this call."""

    done: int
    total: int
    seconds: float


def generate(config: GenerateConfig, should_stop: Callable[[], bool]) -> Iterator[Progress]:
    """Make the data set of a recipe in ``config.out``, yielding what is done whenever a part is stored.

    The first progress tells what an earlier call has left. On a finished data set nothing is yielded. On a processor
    the bytes of every file but timing.jsonl are the same for any number of workers or jobs, interruptions and restarts.

    Args:
        config: the recipe and where it goes.
        should_stop: asked many times a second; True ends the workers.

    Raises:
        SettingsError: the equation refuses the settings, they cannot hold what the recipe promises, or the folder holds
            something else.
        SolverError: more than one sample, and more than 1 % of them, could not be solved.
        StorageError: the disk refused.
        Stopped: ``should_stop`` said so; the stored parts are kept.
    """
    solved: Solved = {}
    begun = _begun(config, solved, should_stop)
    if begun is None:
        return
    config, header, plan = begun
    yield from _made(config, list(plan.pieces()), should_stop)
    refuse_many(config.out, plan.count)
    with _alone(config.out / layout.PLAN, should_stop):
        if (config.out / layout.MANIFEST).exists():
            return
        for hidden in (layout.CLAIMS, layout.JOBS):
            shutil.rmtree(config.out / hidden, ignore_errors=True)
        (config.out / layout.INPUTS).unlink(missing_ok=True)
        indices = {split: np.arange(count) for split, count in plan.count.items()}
        seal(config.out, plan, header, indices, should_stop, solved)


def submit(config: GenerateConfig) -> tuple[str, ...]:
    """Begin the data set and leave it to the jobs of ``config.cluster``; return their names, none if it is finished.

    Once they are done, :func:`generate` seals it.
    """
    begun = _begun(config, {}, lambda: False)
    if begun is None:
        return ()
    config, _, plan = begun
    return _jobs(config).names if layout.missing(config.out, list(plan.pieces())) else ()


def _begun(
    config: GenerateConfig, solved: Solved, should_stop: Callable[[], bool]
) -> tuple[GenerateConfig, Header, Plan] | None:
    """Return the recipe with its device decided, and what the folder is going to hold; None if it is finished."""
    config = placed(config.model_copy(update={"out": place_of(config.out, overwrite=config.overwrite)}))
    header, plan = header_of(config), plan_of(config)
    if config.cluster.kind == "none" and not (config.out / layout.MANIFEST).exists():
        _require_room(config, header, plan)
    if config.pilot and layout.untouched(config.out):
        refuse_in_vain(config, header, solved, should_stop)
    if begin(config.out, plan, overwrite=config.overwrite):
        return None
    if config.inputs is not None:
        stage(config.inputs, config.equation.bound(header.spec), config.out)
    for folder in {(config.out / piece.path).parent for piece in plan.pieces()}:
        make_folder(folder)
    return config, header, plan


def _require_room(config: GenerateConfig, header: Header, plan: Plan) -> None:
    """Refuse parts that all workers together have no memory for, before a folder is made.

    A worker holds its part as it was solved, as it is stored, as the bytes of its file and as they are read back.
    """
    pieces = list(plan.pieces())
    workers = min(config.workers, len(pieces))
    part = max(len(piece.indices) for piece in pieces) * bytes_per_sample(header.spec)
    what = f"{workers} worker{'s' * (workers > 1)} with parts of {amount(part)}"
    require(workers * (_WORKER + 5 * part), what, "take fewer workers, or a smaller part_size or grid")


@contextmanager
def _alone(path: Path, should_stop: Callable[[], bool]) -> Iterator[None]:
    """Wait until no other command of this kind is past this point, and keep others from it."""
    with storage_errors(path), opened(path) as file:
        while not locked(file.fileno()):
            if should_stop():
                raise Stopped(f"{path.parent}: another command is finishing this data set")
            time.sleep(_PAUSE)
        yield


def _jobs(config: GenerateConfig) -> Jobs:
    assert not isinstance(config.cluster, NoCluster)
    return Jobs(config.out, config.cluster, config.workers, Bench(config.device, config.block))


def _crew(config: GenerateConfig, most: int) -> Crew | Jobs:
    if config.cluster.kind != "none":
        return _jobs(config)
    return Crew(config.out, min(config.workers, most), Bench(config.device, config.block))


def _made(config: GenerateConfig, planned: list[layout.Piece], should_stop: Callable[[], bool]) -> Iterator[Progress]:
    started = time.monotonic()
    total = _samples(planned)
    lacking = layout.missing(config.out, planned)
    yield Progress(total - _samples(lacking), total, 0.0)
    if not lacking:
        return
    with closing(_crew(config, len(lacking))) as crew:
        while lacking:
            if should_stop():
                done = total - _samples(lacking)
                raise Stopped(f"{config.out}: stopped at {done} of {total} samples; {crew.farewell}")
            time.sleep(crew.pause)
            still = layout.missing(config.out, lacking)
            if len(still) < len(lacking):
                lacking = still
                yield Progress(total - _samples(lacking), total, time.monotonic() - started)
            elif lacking:
                crew.tend(len(planned) - len(lacking))
        crew.dismiss()


def _samples(pieces: list[layout.Piece]) -> int:
    return sum(len(piece.indices) for piece in pieces)
