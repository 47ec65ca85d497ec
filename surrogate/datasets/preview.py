"""A few samples to look at, from a recipe that nobody has generated yet or from a finished data set."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from surrogate.datasets.dataset import Dataset
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.layout import Piece
from surrogate.datasets.quarantine import Failure
from surrogate.datasets.samples import Bench, header_of, placed, solve_part
from surrogate.datasets.store import Floats
from surrogate.errors import SolverError
from surrogate.spaces import DataSpec, Split


@dataclass(frozen=True)
class Preview:
    """Samples of one split: constants ``(n, c, s...)`` and states ``(n, t, c, s...)``, with what they mean.

    ``origin`` says which samples they are.
    """

    title: str
    origin: str
    spec: DataSpec
    constants: Floats
    states: Floats


def preview_of_recipe(config: GenerateConfig, number: int) -> Preview:
    """Return the first ``number`` samples that the recipe would make for training, or of given inputs, solved now.

    Raises:
        SettingsError: the equation refuses the settings.
        SolverError: a sample could not be solved.
    """

    def refuse(failure: Failure) -> None:
        raise SolverError(f"{failure.split} sample {failure.index}: {failure.reason}")

    config, split = placed(config), split_of(config)
    number = number if config.inputs is None else min(number, config.count.of_splits[split])
    header, threads = header_of(config), torch.get_num_threads()
    torch.set_num_threads(1)  # as in a worker: these are the numbers that it would store
    try:
        part = solve_part(config, header, Piece(split, 0, 0, number), Bench(config.device, config.block), refuse)
    finally:
        torch.set_num_threads(threads)
    assert part is not None
    whose = f"seed {config.seed}" if config.inputs is None else config.inputs.path.name
    origin = f"recipe {config.name}, {whose}, {split} 0 to {number - 1}"
    return Preview(config.title, origin, header.spec, part.constants, part.states)


def split_of(config: GenerateConfig) -> Split:
    """Return the first split that has samples."""
    return next(split for split, count in config.count.of_splits.items() if count)


def preview_of_dataset(dataset: Dataset, split: Split, number: int) -> Preview:
    """Return the first ``number`` samples of a split of a data set.

    Raises:
        InputError: the split is empty, or a part is damaged.
    """
    constants, states = dataset.read(split, number)
    origin = f"data set {dataset.path.name}, {split}, the first {len(states)}"
    return Preview(dataset.manifest.about.title, origin, dataset.spec, constants, states)
