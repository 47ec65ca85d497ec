"""The errors of retrainings on one split of one data set, and whether that split is new to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.environment import choose_device
from surrogate.errors import InputError, SettingsError, nearest
from surrogate.evaluation.compare.trainings import unlike
from surrogate.evaluation.gate.baseline import Data
from surrogate.evaluation.gate.gate_settings import GateConfig
from surrogate.evaluation.metric import available
from surrogate.evaluation.predictions import read_samples, samples_of
from surrogate.evaluation.subject import data_of_predictions, is_recorded, open_recorded
from surrogate.predictors.asking import batches
from surrogate.predictors.predictor import Field, Predictor, Samples
from surrogate.predictors.runs import RECORD, RunRecord, load_run, read_record
from surrogate.spaces import Problem, Split


@dataclass(frozen=True)
class Measured:
    """Retrainings that differ in their seed alone, or predictions, measured on the same samples.

    Attributes:
        runs: seed -> folder or file, seeds ascending; predictions whose seed is not known count down from -1.
        record: of the first; None of predictions.
        data: what they were measured on.
        samples: what they were measured on.
        errors: metric -> seed -> mean error; NaN or infinity where it is not finite.
    """

    runs: dict[int, Path]
    record: RunRecord | None
    data: Data
    samples: Samples
    errors: dict[str, dict[int, float]]


def measure(config: GateConfig) -> Measured:
    """Return the errors of the runs of ``config`` on its split.

    Raises:
        InputError: no run there, one is unfinished, they differ in more than the seed, or the split is empty.
        SettingsError: no such metric, no such device, or no run named.
    """
    named = run_folders(config)
    if any(is_recorded(path) for path in named):
        record, (predictors, data) = None, _of_predictions(config, named)
    else:
        device = choose_device(config.device)
        runs, record = _by_seed({folder: read_record(folder) for folder in named})
        data = open_dataset(config.data or record.settings.data)
        predictors = {seed: load_run(folder, device) for seed, folder in runs.items()}
    samples = samples_of(next(iter(predictors.values())), data, config.split)
    errors: dict[str, dict[int, float]] = {name: {} for name in config.metrics}
    for seed, one in predictors.items():
        at = (one.answers(samples, config.batch_size).prediction, samples.outputs, samples.problem)
        for name, value in mean_errors(*at, config.batch_size, config.metrics).items():
            errors[name][seed] = value
    about = Data(name=data.name, identity=identity(data), split=config.split, samples=data.counts[config.split])
    return Measured({seed: one.path for seed, one in predictors.items()}, record, about, samples, errors)


def _of_predictions(config: GateConfig, files: list[Path]) -> tuple[Mapping[int, Predictor], Dataset]:
    """Return files of predictions, which are of no run, by their seed, and the data that they are of.

    Raises:
        InputError: one is no such file, or two are of one seed.
        SettingsError: the data that they are of were not named.
    """
    data = data_of_predictions(config.data, files[0])
    opened = [open_recorded(file, data, config.split, data.spec.task) for file in files]
    by_seed = {-1 - place if one.seed is None else one.seed: one for place, one in enumerate(opened)}
    if len(by_seed) < len(opened):
        raise InputError(f"{opened[0].path}: two files of predictions are of one seed; expected one for each seed")
    return dict(sorted(by_seed.items())), data


def run_folders(config: GateConfig) -> list[Path]:
    """Return the folders of the runs that were named; ``run`` may be a folder that holds them, such as a sweep's.

    Raises:
        SettingsError: none was named, or both ``run`` and ``runs``.
    """
    if (config.run is None) == (config.runs is None):
        raise SettingsError("run: expected run=FOLDER (a run, or a folder of runs), or 'runs=[FOLDER,FOLDER]'")
    if config.runs is not None:
        return list(config.runs)
    assert config.run is not None
    if (config.run / RECORD).is_file() or not config.run.is_dir():
        return [config.run]
    return sorted(file.parent for file in config.run.glob(f"*/{RECORD}")) or [config.run]


def mean_errors(
    prediction: Field, truth: Field, problem: Problem, batch_size: int, metrics: Sequence[str]
) -> dict[str, float]:
    """Return metric -> mean over pairs (p, c, s...), measured in float64 with the box and the boundary of ``problem``.

    Raises:
        SettingsError: there is no such error here.
    """
    space = problem.target.on(problem.grid.resized(tuple(truth.shape[2:])))
    known = {each.name: each.of_each for each in available(space) if each.of_each and each.better == "lower"}
    for name in metrics:
        if name not in known:
            raise SettingsError(f"metrics: there is no error '{name}' here{nearest(name, known)}")
    parts: dict[str, list[NDArray[np.float64]]] = {name: [] for name in metrics}
    for batch in batches(len(truth), batch_size):
        one, other = (torch.from_numpy(fields[batch]).double() for fields in (prediction, truth))
        for name, part in parts.items():
            part.append(known[name](one, other, space).numpy())
    return {name: float(np.concatenate(part).mean()) for name, part in parts.items()}


def identity(data: Dataset) -> str:
    """Return what is equal for equal data: a hash of recipe and counts, or of the bytes where no recipe made them.

    The bytes of a recipe's data agree to rounding alone from one processor to another.
    """
    if data.recipe is None:
        return data.hash
    text = json.dumps([data.recipe, data.manifest.seed, data.manifest.counts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def overlap(record: RunRecord, inputs: Field) -> int:
    """Return how many of the inputs (p, c, s...) are, byte for byte, among those that the run learned or chose by.

    Raises:
        InputError: its data are not there: the question cannot be answered.
    """
    try:
        data = open_dataset(record.settings.data)
    except InputError as error:
        raise InputError(f"{error} (needed to look for test samples among the training samples)") from error
    splits: tuple[Split, ...] = ("train", "valid")
    seen = {
        mark
        for split in splits
        if data.counts.get(split, 0)
        for mark in _marks(read_samples(record.problem, data, split).inputs)
    }
    return sum(mark in seen for mark in _marks(inputs))


def _marks(inputs: Field) -> list[bytes]:
    return [hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=16).digest() for row in inputs]


def _by_seed(records: dict[Path, RunRecord]) -> tuple[dict[int, Path], RunRecord]:
    """Return seed -> folder, ascending, and the record of the first; they must be finished and differ in seed alone."""
    runs: dict[int, Path] = {}
    first, base = next(iter(records.items()))
    for folder, record in records.items():
        seed = record.settings.seed
        if record.status != "finished":
            raise InputError(f"{folder}: its training is not finished; give the same 'surrogate train' command again")
        if seed in runs:
            raise InputError(f"{folder}: has seed {seed}, and so has {runs[seed]}; expected one run for each seed")
        if differing := unlike(base, record):
            what = ", ".join(differing[:4])
            raise InputError(f"{folder}: differs from {first} in {what}; expected runs that differ in their seed")
        runs[seed] = folder
    runs = dict(sorted(runs.items()))
    return runs, records[next(iter(runs.values()))]
