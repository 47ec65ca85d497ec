"""Several processes that train one surrogate: who they are, what they agree on, and which items are whose.

Outside torchrun there is one process, and every function here is the identity.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, NamedTuple

import torch
from torch import Tensor, distributed

from surrogate.environment import choose_device
from surrogate.errors import SettingsError, Stopped

Mode = Literal["alone", "ddp", "fsdp"]


class Share(NamedTuple):
    """The items of one part of a batch that are this process's, and what each one's loss counts."""

    indices: Tensor
    weight: float


def launched() -> bool:
    """Return whether torchrun, or what sets its variables, started this process."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ


def leads() -> bool:
    """Return whether this process is the one that writes and speaks."""
    return os.environ.get("RANK", "0") == "0" or not launched()


def neighbours() -> int:
    """Return how many of the processes share this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if launched() else 1


def choose_mode(requested: str) -> Mode:
    """Return how the processes work together: ``auto`` is ``ddp`` under torchrun, else one process alone.

    Raises:
        SettingsError: several processes were requested, and there is one.
    """
    if not launched():
        if requested != "auto":
            start = "torchrun --nproc-per-node N -m surrogate train ..."
            raise SettingsError(
                f"trainer.parallel={requested}: needs several processes; start them with '{start}', or take auto"
            )
        return "alone"
    return "fsdp" if requested == "fsdp" else "ddp"


def own_device(name: str) -> torch.device:
    """Return the device of this process: under torchrun ``cuda`` is the GPU of its number on the machine.

    Raises:
        SettingsError: there is no such device.
    """
    device = choose_device(name)
    if device.type == "cuda" and launched():
        device = choose_device(f"cuda:{os.environ.get('LOCAL_RANK', '0')}")
        torch.cuda.set_device(device)
    return device


@contextmanager
def joined(device: torch.device) -> Iterator[None]:
    """Within it, the processes that torchrun started know each other.

    Raises:
        Stopped: another process ended, so that this one cannot go on.
    """
    if not launched():
        yield
        return
    # What is agreed on lies in the memory of the host, gradients on the device.
    distributed.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
    try:
        yield
        distributed.barrier()
    except RuntimeError as error:
        if isinstance(error, distributed.DistError) or "gloo" in str(error) or "Connection" in str(error):
            raise Stopped("another process of this training has ended; its own line says why") from error
        raise
    finally:
        distributed.destroy_process_group()


def size() -> int:
    """Return the number of processes."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def rank() -> int:
    """Return the number of this process, from 0."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def barrier() -> None:
    """Wait for all processes."""
    if size() > 1:
        total([0.0])


def anywhere(flag: bool) -> bool:
    """Return whether ``flag`` holds in any process; the same answer in all of them."""
    return flag if size() == 1 else total([float(flag)])[0] > 0


def total(values: Sequence[float]) -> list[float]:
    """Return the sums of ``values`` over the processes, in float64; the same in all of them."""
    if size() == 1:
        return list(values)
    summed = torch.tensor(values, dtype=torch.float64)
    distributed.all_reduce(summed)
    return [float(value) for value in summed]


def first(value: float) -> float:
    """Return the value that the first process has."""
    return total([value if rank() == 0 else 0.0])[0]


def shares(chosen: Tensor, parts: int) -> list[Share]:
    """Return this process's shares of the batch ``chosen``, one for each part whose gradients are summed.

    Summed over processes and parts, the weighted losses are the mean over the batch, however it divides. Every process
    has the same number of parts, at most ``parts``; where items run out, the first one stands in and counts nothing.
    """
    return shares_of(chosen, parts, rank(), size())


def shares_of(chosen: Tensor, parts: int, process: int, processes: int) -> list[Share]:
    """Return what :func:`shares` gives the process numbered ``process`` of ``processes``."""
    mine = chosen.tensor_split(processes)[process]
    largest = -(-len(chosen) // processes)
    pieces = mine.tensor_split(min(parts, largest))
    return [Share(piece, 1 / len(chosen)) if len(piece) else Share(chosen[:1], 0.0) for piece in pieces]


def check_batch(batch_size: int) -> None:
    """Refuse batches with fewer items than processes.

    Raises:
        SettingsError: some process would never have anything to do.
    """
    if batch_size < size():
        raise SettingsError(
            f"trainer.batch_size={batch_size}: {size()} processes share a batch; expected at least {size()}"
        )
