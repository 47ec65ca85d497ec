"""Foreign data become a data set of ours: read by their format, dealt to splits, stored part by part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surrogate.datasets import layout
from surrogate.datasets.dataset import Dataset, bytes_per_sample, open_dataset
from surrogate.datasets.foreign import Foreign, Rows
from surrogate.datasets.plan import About, Plan, begin, placed
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.recognition import Recognised, recognised
from surrogate.datasets.sealing import seal
from surrogate.datasets.source import hash_of
from surrogate.datasets.store import Header, Part, encode
from surrogate.errors import InputError, SettingsError
from surrogate.files import make_folder, publish_bytes
from surrogate.kinds import absent
from surrogate.memory_limits import require
from surrogate.outputs import Inputs
from surrogate.registry import FORMATS
from surrogate.spaces import SPLITS, Split

Show = Callable[[Recognised, dict[Split, Rows]], None]

_PART_SIZE = 256
# Of a part in memory: what is larger has fewer samples.
_PART_BYTES = 1 << 25
# The samples as they are read and in float32, the bytes of the part, and those that are read back.
_COPIES = 12


@dataclass(frozen=True)
class Origin:
    """Where samples come from: a name, the hash of their bytes, the format, and how the card and an error call it.

    ``reading`` is what a user said of it, as JSON values.
    """

    name: str
    sha256: str
    format: str
    sentence: str
    place: str
    reading: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Deal:
    """Which samples there are and how they are dealt: by fractions of a permutation by ``seed``.

    Where the source says itself what is for training that holds, unless they are dealt ``anew``; ``samples`` are the
    first so many.
    """

    split: tuple[float, float, float]
    seed: int
    anew: bool = False
    samples: int | None = None

    def settings(self, foreign: Foreign) -> dict[str, object]:
        """Return what of it decides the data set."""
        own = foreign.splits is not None and not self.anew
        decides: dict[str, object] = {"split": "of the source" if own else list(self.split), "seed": self.seed}
        return decides | ({} if self.samples is None else {"samples": self.samples})

    def rows(self, foreign: Foreign) -> dict[Split, Rows]:
        """Return the rows of each split. Raw words of a counter-based generator are the same in every numpy, for ever.

        Raises:
            SettingsError: fractions that do not sum to 1.
        """
        if min(self.split) < 0 or abs(sum(self.split) - 1) > 1e-9:
            shares = f"{list(self.split)} sums to {sum(self.split):g}"
            raise SettingsError(f"split: {shares}; expected fractions of train, valid, test")
        count = foreign.count if self.samples is None else min(self.samples, foreign.count)
        if foreign.splits is not None and not self.anew:
            given = {split: np.asarray(foreign.splits.get(split, ()), np.int64) for split in SPLITS}
            return {split: rows[rows < count] for split, rows in given.items()}
        order = np.argsort(np.random.Philox(key=self.seed).random_raw(count), kind="stable").astype(np.int64)
        edges = np.rint(np.cumsum(self.split) * count).astype(int)
        return dict(zip(SPLITS, np.split(order, edges[:-1]), strict=True))


def convert(
    source: Path,
    format: str | None,
    split: tuple[float, float, float],
    seed: int,
    out: Path,
    overwrite: bool = False,
    reading: Reading = AS_IT_IS,
    anew: bool = False,
    samples: int | None = None,
    show: Show = lambda recognised, rows: None,
) -> Dataset:
    """Return the data set made of a foreign file or folder; the same call again returns it without making it anew.

    The samples are permuted by ``seed`` and dealt to train, valid and test by the fractions ``split``, unless the
    source says itself what is for training; the number of a sample in the source is stored with it. Nobody certifies
    foreign data: the certificate says so. Memory does not grow with the data.

    Args:
        source: the foreign file or folder.
        format: name of a module of ``surrogate.datasets.formats``; None: the one that recognises it.
        split: fractions of train, valid and test, which sum to 1; the train split may be empty.
        seed: of the permutation.
        out: a new folder.
        overwrite: replace another data set there.
        reading: what the source does not say itself.
        anew: deal the samples where the source says itself what is for training.
        samples: take the first so many; None: all.
        show: called with what was recognised, and the rows of each split, before anything is written.

    Raises:
        SettingsError: no such format, fractions that do not sum to 1, or a folder that holds something else.
        InputError: the file is missing, no format or several recognise it, or it holds a NaN or an infinity.
        StorageError: the disk refused.
    """
    if format is not None:
        FORMATS.module(format)
    if not source.exists():
        raise absent(source, "file")
    inputs = {"input": source}
    out = placed(out, inputs, overwrite)
    read = recognised(source, format, reading)
    deal = Deal(split, seed, anew, samples)
    show(read, deal.rows(read.foreign))
    kind = "folder" if source.is_dir() else "file"
    sentence = f"{source.name}, a {kind} of {read.format}"
    origin = Origin(source.name, hash_of(source), read.format, sentence, str(source), reading.given or None)
    return store(read.foreign, origin, deal, out, inputs, overwrite)


def store(
    foreign: Foreign, origin: Origin, deal: Deal, out: Path, inputs: Inputs | None = None, overwrite: bool = False
) -> Dataset:
    """Return the data set made of samples from elsewhere, in ``out`` as placed; see :func:`convert`.

    One part is in memory at a time. What a sample that is not finite stops is removed again, where it was begun here.

    Raises:
        SettingsError: fractions that do not sum to 1, a folder that holds something else, or a part of one sample for
            which there is no memory.
        InputError: a sample holds a NaN or an infinity.
        StorageError: the disk refused.
    """
    rows = deal.rows(foreign)
    if not any(held.size for held in rows.values()):
        raise InputError(f"{origin.place}: holds no samples")
    settings: dict[str, object] = {"source": origin.name, "sha256": origin.sha256, "format": origin.format}
    settings |= deal.settings(foreign) | ({} if origin.reading is None else {"reading": dict(origin.reading)})
    guessed = f"Guessed: {'; '.join(foreign.guesses)}." if foreign.guesses else ""
    notes = " ".join(filter(None, (foreign.notes, guessed)))
    about = About(title=f"{foreign.name}, converted", source=origin.sentence, notes=notes)
    size = max(1, min(_PART_SIZE, _PART_BYTES // bytes_per_sample(foreign.spec)))
    plan = Plan.of("data convert", about, settings, {name: len(held) for name, held in rows.items()}, size)
    require(_COPIES * size * bytes_per_sample(foreign.spec), f"{origin.place}: {size} samples", "take a coarser grid")

    def part(piece: layout.Piece) -> Part:
        return _part(origin, foreign, piece, rows[piece.split], deal.seed)

    fresh = layout.untouched(out)
    if overwrite and not fresh:  # what is there is not lost to what cannot be stored
        for piece in plan.pieces():
            part(piece)
    if begin(out, plan, inputs, overwrite):
        return open_dataset(out)
    for piece in layout.missing(out, list(plan.pieces())):
        try:
            content = encode(part(piece))
        except InputError:
            if fresh:
                layout.remove(out)
            raise
        make_folder((out / piece.path).parent)
        publish_bytes(out / piece.path, content)
    return seal(out, plan, _header(foreign, "train", deal.seed), rows)


def _header(foreign: Foreign, split: Split, seed: int) -> Header:
    return Header(name=foreign.name, spec=foreign.spec, split=split, seed=seed, recipe=None)


def _part(origin: Origin, foreign: Foreign, piece: layout.Piece, rows: Rows, seed: int) -> Part:
    taken = rows[piece.first : piece.stop]
    constants, states = foreign.read(taken)
    part = Part(
        header=_header(foreign, piece.split, seed),
        indices=taken,
        constants=constants,
        states=states,
        residual=np.full(len(taken), np.nan),
        iterations=np.full(len(taken), -1, np.int64),
        effort=np.zeros(len(taken), np.int64),
    )
    bad = part.first_bad_sample()
    if bad is not None:
        raise InputError(f"{origin.place}: sample {bad} holds a NaN or an infinity")
    return part
