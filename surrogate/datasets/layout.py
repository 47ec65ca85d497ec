"""Where the files of a data set lie, and which part holds which samples."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from surrogate.errors import SettingsError
from surrogate.files import locked, storage_errors
from surrogate.spaces import SPLITS, Split

MANIFEST = "manifest.json"
PLAN = "plan.json"
CERTIFICATE = "certificate.json"
STATISTICS = "stats.yaml"
TIMING = "timing.jsonl"
CARD = "README.md"
QUALITY = "quality.json"
CLAIMS = ".claims"
JOBS = ".jobs"
# What a user gave, (sample, field, space...) in float32, until the data set is finished.
INPUTS = ".inputs.npy"
QUARANTINE = "quarantine"

_RECORD = re.compile(r"(train|valid|test)-(\d+)\.json")


def clear(folder: Path) -> None:
    """Remove what a data set consists of, and nothing else, the plan first: what is left of one is none.

    Raises:
        SettingsError: another command makes it now.
        StorageError: the disk refused.
    """
    begun = (folder / PLAN).is_file()
    for claim in (folder / CLAIMS).glob("*"):
        with claim.open("rb") as file:
            if not locked(file.fileno()):
                raise SettingsError(f"out: another command makes the data set in {folder} now; wait for it")
    with storage_errors(folder):
        for name in (PLAN, MANIFEST, CERTIFICATE, STATISTICS, TIMING, CARD, QUALITY, *((INPUTS,) if begun else ())):
            (folder / name).unlink(missing_ok=True)
        for part in (folder / "data").glob("*/part-*.hdf5"):
            part.unlink()
        for failure in (folder / QUARANTINE).glob("*.json"):
            if _RECORD.fullmatch(failure.name):
                failure.unlink()
        for hidden in (CLAIMS, JOBS) if begun else ():
            shutil.rmtree(folder / hidden, ignore_errors=True)


def remove(folder: Path) -> None:
    """Remove what a data set consists of, and the folders that are empty then.

    Raises:
        SettingsError, StorageError: as of :func:`clear`.
    """
    clear(folder)
    with storage_errors(folder):
        for inside in (*(folder / "data" / split for split in SPLITS), folder / "data", folder):
            if inside.is_dir() and not any(inside.iterdir()):
                inside.rmdir()


@dataclass(frozen=True)
class Piece:
    """The samples ``first`` up to ``stop`` of a split, which are one part."""

    split: Split
    number: int
    first: int
    stop: int

    @property
    def path(self) -> str:
        """Path of the part inside the folder of the data set."""
        return f"data/{self.split}/part-{self.number:05d}.hdf5"

    @property
    def indices(self) -> range:
        return range(self.first, self.stop)


def pieces(counts: Mapping[Split, int], part_size: int) -> Iterator[Piece]:
    """Yield the parts that hold ``counts`` samples, ``part_size`` in each but the last of a split."""
    for split in SPLITS:
        for number, first in enumerate(range(0, counts[split], part_size)):
            yield Piece(split, number, first, min(first + part_size, counts[split]))


def missing(folder: Path, planned: list[Piece]) -> list[Piece]:
    """Return the parts that are not there, but for those of which no sample could be solved.

    The listing of the folder is the only state.
    """
    absent = [piece for piece in planned if not (folder / piece.path).exists()]
    if not absent:
        return []
    lost = left_out(folder)
    return [piece for piece in absent if not lost[piece.split].issuperset(piece.indices)]


def untouched(folder: Path) -> bool:
    """Return whether nothing has been begun in a folder: it is not there, or empty."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def quarantined(split: Split, index: int) -> str:
    """Return the path, inside the folder of the data set, of the record of a sample that could not be solved."""
    return f"{QUARANTINE}/{split}-{index:06d}.json"


def left_out(folder: Path) -> dict[Split, set[int]]:
    """Return the indices of the samples of each split that could not be solved, by listing the folder."""
    indices: dict[Split, set[int]] = {split: set() for split in SPLITS}
    for path in (folder / QUARANTINE).glob("*.json"):
        named = _RECORD.fullmatch(path.name)
        for split in SPLITS:
            if named and named.group(1) == split:
                indices[split].add(int(named.group(2)))
    return indices
