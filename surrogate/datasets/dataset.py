"""A data set as a reader sees it: opened by its folder, read split by split, every byte checked."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.datasets import layout
from surrogate.datasets.certificate import Certificate, read_certificate
from surrogate.datasets.manifest import Manifest, read_manifest, read_part
from surrogate.datasets.plan import read_plan
from surrogate.datasets.quality import read_quality
from surrogate.datasets.quarantine import refuse_many
from surrogate.datasets.store import Floats, Part
from surrogate.errors import InputError, SolverError
from surrogate.kinds import DATASET, expect
from surrogate.memory_limits import require
from surrogate.spaces import DataSpec, Domain, Grid, Split


@dataclass(frozen=True)
class Dataset:
    """A finished data set in a folder, or the first ``train`` training samples of it; nothing is read before asked."""

    path: Path
    manifest: Manifest
    train: int | None = None

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def spec(self) -> DataSpec:
        return self.manifest.spec

    @property
    def hash(self) -> str:
        """SHA-256 over the parts; equal for equal data, wherever the folder lies."""
        return self.manifest.hash

    @property
    def counts(self) -> dict[Split, int]:
        """Number of samples of each split, 0 where there is none."""
        counts = self.manifest.counts
        return counts if self.train is None else counts | {"train": self.train}

    @property
    def recipe(self) -> dict[str, Any] | None:
        """The settings the data were generated with, None where they came from outside."""
        return self.manifest.recipe

    @property
    def given(self) -> str | None:
        """SHA-256 of the file that its inputs were given in, None where a law drew them or nobody knows."""
        inputs = (self.recipe or {}).get("inputs")
        return None if inputs is None else str(inputs["sha256"])

    @property
    def unverified(self) -> str:
        """In a sentence, that damage to the manifest would not be noticed; empty where it would."""
        if self.manifest.files is not None:
            return ""
        return f"{self.path} was made before manifests had a checksum, or its was removed: damage would not be noticed."

    @property
    def certificate(self) -> Certificate:
        """What its labels have shown.

        Raises:
            InputError: it is damaged, or is that of other data.
        """
        return read_certificate(self.path, self.hash)

    def read(self, split: Split, limit: int | None = None) -> tuple[Floats, Floats]:
        """Return constants ``(n, c, s...)`` and states ``(n, t, c, s...)`` of a split in float32.

        Args:
            split: which samples; a split without samples is refused.
            limit: read the first so many samples only.

        Raises:
            InputError: the split is empty, or a part is missing or damaged.
            SettingsError: there is no memory for them.
        """
        count = self.counts[split]
        if count == 0:
            held = ", ".join(f"{name} {number}" for name, number in self.counts.items() if number)
            raise InputError(f"{self.path}: the split '{split}' has no samples; there are: {held}")
        count = count if limit is None else min(count, limit)
        # The samples and, while it is copied, a part of them.
        needed = 2 * count * bytes_per_sample(self.spec)
        require(needed, f"{self.path}: {count:,} samples of '{split}'", "take fewer, or trainer.data_on=disk to train")
        space = self.spec.domain.points
        constants = np.empty((count, len(self.spec.constants), *space), np.float32)
        states = np.empty((count, len(self.spec.times), len(self.spec.states), *space), np.float32)
        done = 0
        for part in self.parts(split, count):
            taken = len(part.indices)
            constants[done : done + taken] = part.constants
            states[done : done + taken] = part.states
            done += taken
        return constants, states

    def parts(self, split: Split, limit: int | None = None) -> Iterator[Part]:
        """Yield the parts of a split, one in memory at a time, none where the split is empty.

        Args:
            split: which samples.
            limit: as of :meth:`read`.

        Raises:
            InputError: a part is missing or damaged.
        """
        left = self.counts[split] if limit is None else min(limit, self.counts[split])
        header = self.manifest.header(split)
        for entry in self.manifest.parts:
            if entry.split == split and left > 0:
                part = read_part(self.path, entry, header)
                yield part if entry.samples <= left else part.first(left)
                left -= entry.samples


def open_dataset(path: Path, train: int | None = None) -> Dataset:
    """Return the finished data set in the folder ``path``, with its first ``train`` training samples (None: all).

    Every part is looked for and its size compared, and the certificate must be that of these parts;
    :meth:`Dataset.read` compares the hashes of what it reads.

    Raises:
        InputError: there is no such folder, its generation is not finished, a part is missing or cut short, the
            certificate is that of other data, or there are fewer training samples.
    """
    expect(path, DATASET)
    if not (path / layout.MANIFEST).exists():
        raise InputError(_why_no_manifest(path))
    dataset = Dataset(path, read_manifest(path), train)
    held = dataset.manifest.counts.get("train", 0)
    if train is not None and train > held:
        raise InputError(f"{path}: {train} training samples were asked for, there are {held}")
    per_sample = bytes_per_sample(dataset.spec)
    for entry in dataset.manifest.parts:
        part = path / entry.path
        # Numbers are stored as they are, so a part cannot hold more of them than it has bytes.
        if entry.samples * per_sample > entry.size:
            raise InputError(f"{path / layout.MANIFEST}: {entry.path} cannot hold {entry.samples:,} such samples")
        size = part.stat().st_size if part.exists() else None
        if size != entry.size:
            fault = "is missing" if size is None else f"has {size} bytes, expected {entry.size}"
            raise InputError(f"{part}: {fault}; run the command that made the data set again, into a new folder")
    read_certificate(path, dataset.hash)
    return dataset


def bytes_per_sample(spec: DataSpec) -> int:
    """Return the bytes of the constants and states of one sample in float32."""
    fields = len(spec.constants) + len(spec.times) * len(spec.states)
    return 4 * fields * math.prod(spec.domain.points)


def describe(dataset: Dataset) -> dict[str, Any]:
    """Return what a person asks of a data set first, in order, as JSON values; no part is read."""
    spec, quality = dataset.spec, read_quality(dataset.path, dataset.hash)
    return {
        "name": dataset.name,
        "path": str(dataset.path),
        "title": dataset.manifest.about.title,
        "equation": spec.equation,
        "task": spec.task,
        "inputs": [field.name for field in spec.problem().channels],
        "outputs": [field.name for field in spec.problem().target.fields],
        **_where(spec.domain),
        "boundary": [list(sides) for sides in spec.boundary.sides],
        "times": [spec.times[0], spec.times[-1], len(spec.times)],
        "counts": dict(dataset.counts),
        "bytes": sum(entry.size for entry in dataset.manifest.parts),
        "parts": len(dataset.manifest.parts),
        "certificate": dataset.certificate.model_dump(mode="json") | {"line": dataset.certificate.line()},
        **({} if quality is None else {"quality": quality.model_dump(mode="json") | {"line": quality.line()}}),
        "hash": dataset.hash,
        **({"given": dataset.given} if dataset.given else {}),
    }


def _where(domain: Domain) -> dict[str, Any]:
    if isinstance(domain, Grid):
        return {"points": list(domain.points), "lengths": list(domain.lengths), "placement": list(domain.placement)}
    return {"points": list(domain.points), "dimensions": domain.dimensions, "placement": [domain.kind]}


def _why_no_manifest(path: Path) -> str:
    plan = read_plan(path)
    try:
        refuse_many(path, plan.count)
    except SolverError as error:  # the same command would fail as it did
        return f"{path}: not finished, and cannot be: {error}"
    planned = list(plan.pieces())
    lacking = len(layout.missing(path, planned))
    what = f"{lacking} of {len(planned)} parts are missing" if planned else "it was interrupted"
    return f"{path}: not finished: {what}; give the same '{plan.command}' command again"
