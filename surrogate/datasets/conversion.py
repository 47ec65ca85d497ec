"""A foreign file becomes a data set of ours: read by its format, split by a seeded permutation, stored in parts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets import layout
from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.foreign import Foreign
from surrogate.datasets.plan import About, Plan, begin, placed
from surrogate.datasets.sealing import seal
from surrogate.datasets.store import Header, Part, encode
from surrogate.errors import InputError, SettingsError
from surrogate.files import make_folder, publish_bytes
from surrogate.kinds import absent
from surrogate.outputs import Inputs
from surrogate.reading import sha256
from surrogate.registry import FORMATS
from surrogate.spaces import SPLITS, Split

_PART_SIZE = 256


@dataclass(frozen=True)
class Origin:
    """Where samples come from: a name, the hash of their bytes, the format, and how the card and an error call it."""

    name: str
    sha256: str
    format: str
    sentence: str
    place: str


def convert(
    source: Path, format: str, split: tuple[float, float, float], seed: int, out: Path, overwrite: bool = False
) -> Dataset:
    """Return the data set made of a foreign file; the same call again returns it without making it anew.

    The samples are permuted by ``seed`` and dealt to train, valid and test by the fractions ``split``; the index of a
    sample in the file is stored with it. Nobody certifies foreign data: the certificate says so.

    Args:
        source: the foreign file.
        format: name of a module of ``surrogate.datasets.formats``.
        split: fractions of train, valid and test, which sum to 1; the train split may be empty.
        seed: of the permutation.
        out: a new folder.
        overwrite: replace another data set there.

    Raises:
        SettingsError: no such format, fractions that do not sum to 1, or a folder that holds something else.
        InputError: the file is missing, is not of that format, or holds a NaN or an infinity.
        StorageError: the disk refused.
    """
    reader = FORMATS.module(format)
    _check_fractions(split)
    if not source.exists():
        raise absent(source, "file")
    if source.is_dir():
        raise InputError(f"{source}: is a folder; expected a file of {format}")
    inputs = {"input": source}
    out = placed(out, inputs, overwrite)
    foreign: Foreign = reader.read(source)
    origin = Origin(source.name, sha256(source), format, f"{source.name}, a file of {format}", str(source))
    return store(foreign, origin, split, seed, out, inputs, overwrite)


def store(
    foreign: Foreign,
    origin: Origin,
    split: tuple[float, float, float],
    seed: int,
    out: Path,
    inputs: Inputs | None = None,
    overwrite: bool = False,
) -> Dataset:
    """Return the data set made of samples from elsewhere, in ``out`` as placed; see :func:`convert`.

    Raises:
        SettingsError: fractions that do not sum to 1, or a folder that holds something else.
        InputError: a sample holds a NaN or an infinity.
        StorageError: the disk refused.
    """
    _check_fractions(split)
    rows = _dealt(len(foreign.states), split, seed)
    source = {"source": origin.name, "sha256": origin.sha256, "format": origin.format}
    settings = {**source, "split": list(split), "seed": seed}
    about = About(title=f"{foreign.name}, converted", source=origin.sentence, notes=foreign.notes)
    plan = Plan.of("data convert", about, settings, {name: len(held) for name, held in rows.items()}, _PART_SIZE)
    parts = {piece.path: _part(origin, foreign, piece, rows[piece.split], seed) for piece in plan.pieces()}
    if begin(out, plan, inputs, overwrite):
        return open_dataset(out)
    for path, part in parts.items():
        make_folder((out / path).parent)
        publish_bytes(out / path, encode(part))
    return seal(out, plan, _header(foreign, "train", seed), rows)


def _check_fractions(split: tuple[float, float, float]) -> None:
    if min(split) < 0 or abs(sum(split) - 1) > 1e-9:
        raise SettingsError(f"split: {list(split)} sums to {sum(split):g}; expected fractions of train, valid, test")


def _header(foreign: Foreign, split: Split, seed: int) -> Header:
    return Header(name=foreign.name, spec=foreign.spec, split=split, seed=seed, recipe=None)


def _part(origin: Origin, foreign: Foreign, piece: layout.Piece, rows: NDArray[np.int64], seed: int) -> Part:
    taken = rows[piece.first : piece.stop]
    part = Part(
        header=_header(foreign, piece.split, seed),
        indices=taken,
        constants=foreign.constants[taken],
        states=foreign.states[taken],
        residual=np.full(len(taken), np.nan),
        iterations=np.full(len(taken), -1, np.int64),
        effort=np.zeros(len(taken), np.int64),
    )
    bad = part.first_bad_sample()
    if bad is not None:
        raise InputError(f"{origin.place}: sample {bad} holds a NaN or an infinity")
    return part


def _dealt(count: int, split: tuple[float, float, float], seed: int) -> dict[Split, NDArray[np.int64]]:
    """Return the rows of each split. Raw words of a counter-based generator are the same in every numpy, for ever."""
    order = np.argsort(np.random.Philox(key=seed).random_raw(count), kind="stable").astype(np.int64)
    edges = np.rint(np.cumsum(split) * count).astype(int)
    return dict(zip(SPLITS, np.split(order, edges[:-1]), strict=True))
