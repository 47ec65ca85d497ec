"""The pairs of a data set as tensors on the device, and the order in which an epoch takes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from surrogate.datasets.dataset import Dataset
from surrogate.datasets.pairs import pairs
from surrogate.errors import InputError
from surrogate.fields import Split, Task

EXAMPLES = 32


@dataclass(frozen=True)
class Samples:
    """Pairs in physical units: ``inputs`` (p, c_in, s...) and ``outputs`` (p, c_out, s...)."""

    inputs: Tensor
    outputs: Tensor

    def __len__(self) -> int:
        return len(self.inputs)

    def batches(self, size: int) -> list[tuple[Tensor, Tensor]]:
        """Return all pairs in their own order, ``size`` at a time."""
        return list(zip(self.inputs.split(size), self.outputs.split(size), strict=True))

    def examples(self) -> tuple[Tensor, Tensor]:
        """Return up to 32 pairs, spread evenly over all."""
        count = min(EXAMPLES, len(self))
        chosen = torch.arange(count, device=self.inputs.device) * len(self) // max(count, 1)
        return self.inputs[chosen], self.outputs[chosen]


def load_samples(dataset: Dataset, split: Split, task: Task, device: torch.device) -> Samples | None:
    """Return the pairs of a split, or None where the data set has no samples of it.

    Raises:
        InputError: the split holds a value that is not finite.
    """
    if dataset.counts.get(split, 0) == 0:
        return None
    inputs, outputs = pairs(dataset.spec, task, *dataset.read(split))
    samples = Samples(torch.from_numpy(inputs).to(device), torch.from_numpy(outputs).to(device))
    if not (samples.inputs.isfinite().all() and samples.outputs.isfinite().all()):
        raise InputError(f"{dataset.path}: the split '{split}' holds values that are not finite")
    return samples


def order(seed: int, epoch: int, count: int) -> Tensor:
    """Return the permutation of ``count`` pairs that an epoch takes them in: a function of seed and epoch alone."""
    stream = np.random.Generator(np.random.Philox(key=np.array([seed, epoch], np.uint64)))
    return torch.from_numpy(stream.permutation(count))
