"""The manifest: which parts a data set has, with their sizes and hashes."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from surrogate import reading
from surrogate.datasets import layout
from surrogate.datasets.plan import About
from surrogate.datasets.store import SCHEMA, Header, Part, decode
from surrogate.errors import DamageError, InputError
from surrogate.integrity import Digest, unsealed
from surrogate.spaces import SPLITS, DataSpec, Frozen, Split
from surrogate.typed_record import typed_record


class Entry(Frozen):
    """One part; ``path`` is inside the folder of the data set."""

    path: Annotated[str, Field(pattern=r"^data/(train|valid|test)/part-\d{5}\.hdf5$")]
    split: Split
    samples: Annotated[int, Field(gt=0)]
    size: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(Frozen):
    """What the parts of a data set have in common, and the list of them. ``recipe`` is None for foreign data.

    ``files`` are the hashes of statistics and card; None where nothing vouches for the manifest itself.
    """

    schema_version: Literal[1]
    name: str
    about: About
    spec: DataSpec
    seed: int
    recipe: dict[str, Any] | None
    parts: Annotated[tuple[Entry, ...], Field(min_length=1)]
    files: dict[Annotated[str, Field(pattern=r"^[\w.-]+$")], Digest] | None = None

    @property
    def counts(self) -> dict[Split, int]:
        """Number of samples of each split."""
        return {split: sum(entry.samples for entry in self.parts if entry.split == split) for split in SPLITS}

    @property
    def hash(self) -> str:
        """SHA-256 of the paths and hashes of all parts, so of every number of the data set and what it means."""
        lines = sorted(f"{entry.sha256}  {entry.path}\n" for entry in self.parts)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def header(self, split: Split) -> Header:
        """Return what every part of ``split`` must say of itself."""
        return Header(name=self.name, spec=self.spec, split=split, seed=self.seed, recipe=self.recipe)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest in ``folder``.

    Raises:
        InputError: it is not there, or is not a manifest of this version.
    """
    path = folder / layout.MANIFEST
    text, vouched = unsealed(reading.read_json_bytes(path), path)
    manifest = typed_record(Manifest, text, path, f"not a manifest of version {SCHEMA}")
    return manifest if vouched else manifest.model_copy(update={"files": None})


def read_part(folder: Path, entry: Entry, header: Header) -> Part:
    """Return the part, after its bytes were found to have the hash that the manifest gives.

    Raises:
        InputError: the file is missing, damaged, or not a part of this data set.
    """
    path = folder / entry.path
    data = reading.read_bytes(path, entry.size)
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise DamageError(f"{path}: damaged: its SHA-256 is not the one in {layout.MANIFEST}")
    part = decode(data, header, str(path))
    if len(part.indices) != entry.samples:
        raise InputError(f"{path}: holds {len(part.indices)} samples, {layout.MANIFEST} says {entry.samples}")
    return part
