"""Where samples are kept while training, and how batches of them reach the device.

Shape letters: b items, c channels, s... space.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from surrogate.datasets.dataset import Dataset, bytes_per_sample
from surrogate.datasets.reader import Reader
from surrogate.errors import SettingsError
from surrogate.memory_limits import available
from surrogate.spaces import Split
from surrogate.training.items import Batch, Held, Items, SplitSamples, Streamed

Place = Literal["device", "memory", "disk"]

EXAMPLES = 32
# Items of a block: statistics are summed block by block, so they have the same bits wherever the samples lie.
BLOCK = 64
# The part of what is free now that samples may take; the rest is for weights, activations and the system.
_SHARE = 0.5
# Batches that are read while the device works on another.
_AHEAD = 2


@dataclass(frozen=True)
class Feed:
    """Items on their way to ``device``, floating in ``dtype``; ``ahead`` reads the next batches in a thread."""

    items: Items
    device: torch.device
    dtype: torch.dtype
    ahead: bool

    def __len__(self) -> int:
        return len(self.items)

    def batch(self, indices: Tensor) -> Batch:
        """Return the items numbered (b,) as inputs and outputs on the device."""
        return self._sent(self._fetched(indices))

    def batches(self, indices: Iterable[Tensor]) -> Generator[Batch, None, None]:
        """Yield the batch of each of ``indices``; the same values whether or not they are read ahead."""
        if not self.ahead:
            yield from map(self.batch, indices)
            return
        # Closing the generator waits for the reads under way and forgets the others.
        reader = ThreadPoolExecutor(1, "samples")
        waiting: deque[Future[Batch]] = deque()
        try:
            for chosen in indices:
                waiting.append(reader.submit(self._fetched, chosen))
                if len(waiting) > _AHEAD:
                    yield self._sent(waiting.popleft().result())
            while waiting:
                yield self._sent(waiting.popleft().result())
        finally:
            reader.shutdown(wait=True, cancel_futures=True)

    def blocks(self, size: int) -> Iterator[Batch]:
        """Yield all items in their own order, ``size`` at a time."""
        return self.batches(torch.arange(len(self)).split(size))

    def spread(self, most: int) -> Batch:
        """Return up to ``most`` items, spread evenly over all."""
        count = min(most, len(self))
        return self.batch(torch.arange(count) * len(self) // max(count, 1))

    def _fetched(self, indices: Tensor) -> Batch:
        inputs, outputs = self.items.batch(indices)
        if self.device.type == "cuda" and inputs.device.type == "cpu":
            return inputs.pin_memory(), outputs.pin_memory()
        return inputs, outputs

    def _sent(self, batch: Batch) -> Batch:
        inputs, outputs = (
            tensor.to(self.device, non_blocking=True).to(self.dtype if tensor.is_floating_point() else tensor.dtype)
            for tensor in batch
        )
        return inputs, outputs


def choose_place(requested: str, dataset: Dataset, device: torch.device, processes: int = 1) -> Place:
    """Return where the samples of ``dataset`` are kept: where ``requested``, or the first place that holds them.

    Args:
        requested: ``device``, ``memory`` or ``disk``; ``auto`` takes the first of them that has room.
        dataset: its train and valid splits are kept.
        device: what trains; on a CPU its memory is the memory.
        processes: how many processes of this machine keep them.

    Raises:
        SettingsError: there is no room where it was requested.
    """
    needed = bytes_of(dataset)
    room = {"memory": available().bytes // processes}
    room["device"] = torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else room["memory"]
    fits = {place: needed <= _SHARE * free for place, free in room.items()}
    if requested == "auto":
        return "device" if fits["device"] else "memory" if fits["memory"] else "disk"
    if requested != "disk" and not fits[requested]:
        held = f"the samples are {needed / 2**20:,.0f} MiB and {room[requested] / 2**20:,.0f} MiB are free"
        other = "memory or disk" if requested == "device" and fits["memory"] else "disk"
        raise SettingsError(f"trainer.data_on={requested}: {held}, of which they may take half; take {other}")
    return "disk" if requested == "disk" else "device" if requested == "device" else "memory"


def load_samples(dataset: Dataset, split: Split, place: Place, device: torch.device) -> SplitSamples | None:
    """Return the samples of a split, kept at ``place``, or None where the data set has none of it.

    Raises:
        InputError: a part is missing or damaged.
    """
    if dataset.counts.get(split, 0) == 0:
        return None
    if place == "disk":
        return Streamed(Reader(dataset, split))
    where = device if place == "device" else torch.device("cpu")
    constants, states = (torch.from_numpy(array).to(where) for array in dataset.read(split))
    return Held(constants, states)


def bytes_of(dataset: Dataset) -> int:
    """Return the bytes of the train and valid samples of a data set in float32."""
    counts = dataset.counts
    return (counts.get("train", 0) + counts.get("valid", 0)) * bytes_per_sample(dataset.spec)
