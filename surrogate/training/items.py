"""Training items: where the samples of a split lie, what is learned from them, and the order an epoch takes them in.

Shape letters: b items asked for, f frames of each, c channels, s... space.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from surrogate.datasets.reader import Reader
from surrogate.datasets.windows import chosen_fields
from surrogate.spaces import DataSpec, Problem

Batch = tuple[Tensor, Tensor]


class SplitSamples(Protocol):
    """The samples of a split, wherever they lie."""

    def __len__(self) -> int:
        """Return the number of samples."""
        ...

    def take(self, samples: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Return constants (b, c, s...) and states (b, f, c, s...), on the device where they lie.

        Args:
            samples: (b,), numbers of samples, on the CPU.
            frames: (b, f), the times of each that are wanted, on the CPU.
        """
        ...


class Items(Protocol):
    """What is learned, numbered: pairs of fields, or longer pieces of a trajectory."""

    def __len__(self) -> int:
        """Return the number of items."""
        ...

    def batch(self, indices: Tensor) -> Batch:
        """Return the inputs (b, c_in, s...) and outputs (b, ...) of items (b,) in physical units."""
        ...


class Held:
    """Samples in the memory of a device: constants (n, c, s...) and states (n, t, c, s...)."""

    def __init__(self, constants: Tensor, states: Tensor) -> None:
        self.constants = constants
        self.states = states

    def __len__(self) -> int:
        return len(self.states)

    def take(self, samples: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """As in :class:`SplitSamples`."""
        samples, frames = samples.to(self.states.device), frames.to(self.states.device)
        return self.constants[samples], self.states[samples[:, None], frames]


class Streamed:
    """Samples that stay on the disk, read when they are asked for; on the CPU."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def __len__(self) -> int:
        return len(self.reader)

    def take(self, samples: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """As in :class:`SplitSamples`."""
        constants, states = self.reader.read(samples.numpy(), frames.numpy())
        return torch.from_numpy(constants), torch.from_numpy(states)


@dataclass(frozen=True)
class Among:
    """Samples of a single time, of whose fields, constants and then states, ``given`` go in and ``wanted`` come out."""

    samples: SplitSamples
    given: list[int]
    wanted: list[int]

    def __len__(self) -> int:
        return len(self.samples)

    def take(self, samples: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        """As in :class:`SplitSamples`."""
        constants, states = self.samples.take(samples, frames)
        fields = torch.cat([constants, states[:, 0]], dim=1)
        return fields[:, self.given], fields[:, self.wanted][:, None]


def chosen_samples(samples: SplitSamples, spec: DataSpec, problem: Problem) -> SplitSamples:
    """Return samples of data of ``spec`` with what goes into ``problem`` as constants, and what comes out as states."""
    places = chosen_fields(spec, problem)
    return samples if places is None else Among(samples, *places)


def order(seed: int, epoch: int, count: int) -> Tensor:
    """Return the permutation of ``count`` items that an epoch takes them in: a function of seed and epoch alone."""
    stream = np.random.Generator(np.random.Philox(key=np.array([seed, epoch], np.uint64)))
    return torch.from_numpy(stream.permutation(count))
