"""Whether samples were kept apart from those that a run was trained on or selected by: else they prove nothing.

A sample is known by what it was drawn from (seed, split, number) and by its inputs, bit for bit.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.store import Floats
from surrogate.errors import InputError, SurrogateError
from surrogate.evaluation.predictions import learned_from
from surrogate.predictors.predictor import Predictor
from surrogate.predictors.runs import RunRecord
from surrogate.spaces import Split

_USED: tuple[Split, ...] = ("train", "valid")
_FOR = {"train": "trained on", "valid": "selected by"}


def check(predictor: Predictor, data: Dataset, split: Split) -> str:
    """Refuse the samples of a split of ``data`` where some may have been seen in training or selection.

    Returns what cannot be shown of predictions made elsewhere, in a sentence; nothing where all is.

    Raises:
        InputError: the run learned from them, they were drawn with the same seed and numbers, some have the same inputs
            as a training or validation sample, or the data of the run are not there to show that none has. Of what was
            made elsewhere: they are not those of a test.
    """
    where, record = f"{data.path}, split '{split}'", predictor.record
    if record is None:
        if split in _USED:
            raise InputError(f"{where}: {predictor.kind} may have been {_FOR[split]} these; bands need split=test")
        return (
            f"What {predictor.path.name} learned from is not known: the bands hold if it was none of the samples of the"
            f" split '{split}'."
        )
    if data.hash == record.data.hash and split in _USED:
        raise InputError(f"{where}: the run was {_FOR[split]} these samples; bands need others, such as split=test")
    trained = _trained(learned_from(predictor, data), record, where)
    drawn = all(one.recipe is not None and one.given is None for one in (data, trained))
    same_seed = drawn and data.manifest.seed == trained.manifest.seed
    if same_seed and split in _USED:
        raise InputError(
            f"{where}: drawn with the seed of the training data, so these are the random numbers that the run was"
            f" {_FOR[split]}; generate with another seed, or take split=test"
        )
    known = {name: each for each in _USED if trained.counts[each] for name in names(trained, each)}
    for number, name in enumerate(names(data, split)):
        if name in known:
            raise InputError(f"{where}: sample {number} has the inputs of one that the run was {_FOR[known[name]]}")
    return ""


def names(data: Dataset, split: Split) -> list[str]:
    """Return a name of each sample of a split: the SHA-256 of its constants and first frame."""
    constants, states = data.read(split)
    first = states[:, :1] if len(data.spec.times) > 1 else states[:, :0]
    return [_name(*sample) for sample in zip(constants, first, strict=True)]


def _name(constants: Floats, state: Floats) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(constants).tobytes())
    digest.update(np.ascontiguousarray(state).tobytes())
    return digest.hexdigest()


def _trained(path: Path | None, record: RunRecord, where: str) -> Dataset:
    """Return the data that the run was trained on, as they were then."""
    assert path is not None  # what has a record knows where its data lay
    try:
        data = open_dataset(path)
    except SurrogateError as error:
        raise InputError(f"{where}: cannot be shown to be apart from the training data: {error}") from error
    if data.hash != record.data.hash:
        raise InputError(f"{where}: cannot be shown to be apart from the training data: {path} has changed since")
    return data
