"""The last step of making a data set: read every part back, then write statistics, certificate, card and manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from surrogate.datasets import layout
from surrogate.datasets.card import card
from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.manifest import Entry, Manifest
from surrogate.datasets.plan import Plan
from surrogate.datasets.statistics import Statistics
from surrogate.datasets.store import Header, Part, decode
from surrogate.errors import InputError
from surrogate.fields import SPLITS, Split
from surrogate.files import publish_json, publish_text, remove_unfinished


def seal(folder: Path, plan: Plan, header: Header, indices: Mapping[Split, NDArray[np.int64]]) -> Dataset:
    """Return the finished data set, after every part that ``plan`` names was read back.

    The manifest is written last: a folder that has one is finished. Everything written here follows from the parts
    and the plan alone, so a data set that was interrupted ends with the same files.

    Args:
        folder: where the parts are.
        plan: what they must be.
        header: what every part must say of itself, but for its split.
        indices: the numbers of the samples of each split, in order.

    Raises:
        InputError: a part is damaged or belongs to another data set.
        StorageError: the disk refused.
    """
    source = next(split for split in SPLITS if plan.count[split])
    statistics, evidence, entries = Statistics(header.spec), _Evidence(), []
    for piece in plan.pieces():
        own = header.model_copy(update={"split": piece.split})
        part, entry = _read_back(folder, piece, own, indices[piece.split][piece.first : piece.stop])
        entries.append(entry)
        evidence.add(part)
        if piece.split == source:
            statistics.add(part)
    manifest = Manifest(
        schema_version=1,
        name=header.name,
        about=plan.about,
        spec=header.spec,
        seed=header.seed,
        recipe=header.recipe,
        parts=tuple(entries),
    )
    certificate = evidence.certificate(plan)
    table = {"split": source, **statistics.table()}
    publish_text(folder / layout.STATISTICS, yaml.safe_dump(table, sort_keys=False))
    publish_json(folder / layout.CERTIFICATE, certificate)
    publish_text(folder / layout.CARD, card(manifest, certificate, table))
    for kept in (folder, *folder.glob("data/*")):
        remove_unfinished(kept)
    publish_text(folder / layout.MANIFEST, manifest.model_dump_json(indent=2) + "\n")
    return open_dataset(folder)


def _read_back(folder: Path, piece: layout.Piece, header: Header, indices: NDArray[np.int64]) -> tuple[Part, Entry]:
    path = folder / piece.path
    try:
        data = path.read_bytes()
        part = decode(data, header, str(path))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    except InputError as error:
        raise InputError(f"{error}; remove it and give the same command again") from error
    if not np.array_equal(part.indices, indices):
        raise InputError(f"{path}: holds other samples than planned; remove it and give the same command again")
    entry = Entry(
        path=piece.path,
        split=piece.split,
        samples=len(part.indices),
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    return part, entry


class _Evidence:
    """What the solver reached, split by split."""

    def __init__(self) -> None:
        self.residual: dict[Split, list[float]] = {}
        self.iterations: dict[Split, list[int]] = {}

    def add(self, part: Part) -> None:
        self.residual.setdefault(part.header.split, []).extend(part.residual.tolist())
        self.iterations.setdefault(part.header.split, []).extend(part.iterations.tolist())

    def certificate(self, plan: Plan) -> dict[str, Any]:
        """Return the certificate; foreign data, whose residual nobody of ours has seen, get none."""
        if plan.command != "generate":
            return {"certified": False, "reason": "not certified: foreign data", "settings": plan.settings}
        equation = plan.settings["equation"]
        return {
            "certified": True,
            "solver": equation["name"],
            "tolerance": equation.get("tolerance"),
            "splits": {
                split: {
                    "samples": len(self.residual[split]),
                    "largest_residual": max(self.residual[split]),
                    "mean_iterations": float(np.mean(self.iterations[split])),
                    "most_iterations": max(self.iterations[split]),
                }
                for split in self.residual
            },
            "settings": plan.settings,
            "software": plan.software,
        }
