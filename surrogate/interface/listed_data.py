"""The data sets below a folder, each as a line: read from their manifests alone. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from surrogate.datasets import layout
from surrogate.datasets.dataset import open_dataset
from surrogate.errors import SurrogateError
from surrogate.files import is_locked
from surrogate.interface.listed_runs import occupied
from surrogate.interface.readable import size


@dataclass(frozen=True)
class ListedData:
    """What a list says of a data set.

    Attributes:
        name: its folder, below the one that was listed.
        path: its folder.
        status: ``finished``; ``running`` while it is made; ``interrupted``, so that the command that made it goes on;
            ``failed``, of which a promise was not kept; ``damaged``.
        detail: what is to be said of that; of a finished one what its certificate says.
        equation: its name.
        points: of its grid, as ``64 x 64``.
        counts: samples of each split.
        certificate: ``passed``, ``failed`` or ``none``.
        bytes: on the disk, everything in its folder.
        modified: when its manifest or plan was last written.
    """

    name: str
    path: Path
    status: str
    detail: str
    equation: str
    points: str
    counts: dict[str, int]
    certificate: str
    bytes: int
    modified: datetime

    @property
    def error(self) -> float | None:
        """None: a data set has none that lists are sorted by."""
        return None

    def row(self) -> tuple[str, ...]:
        """Return it as a line of text under :data:`HEADS`."""
        counts = " / ".join(str(count) for count in self.counts.values()) or "-"
        facts = (self.equation, self.points, counts, self.certificate, size(self.bytes))
        return (self.name, self.status, *facts, f"{self.modified:%Y-%m-%d %H:%M}")

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            **vars(self),
            "what": "data set",
            "path": str(self.path),
            "modified": self.modified.isoformat("T", "seconds"),
        }


HEADS = ("data set", "status", "equation", "points", "train / valid / test", "certificate", "size", "when")


def listed_data(folder: Path, name: str) -> ListedData:
    """Return what a list says of the data set in ``folder``; what is wrong with it, where something is."""
    modified, taken = occupied(folder, (layout.MANIFEST, layout.PLAN))
    try:
        dataset = open_dataset(folder)
        certificate = dataset.certificate
        return ListedData(
            name=name,
            path=folder,
            status="finished",
            detail=certificate.line(),
            equation=dataset.spec.equation,
            points=" x ".join(str(n) for n in dataset.spec.domain.points),
            counts={str(split): count for split, count in dataset.counts.items()},
            certificate=certificate.status,
            bytes=taken,
            modified=modified,
        )
    except SurrogateError as error:
        why = str(error).replace(f"{folder}/", "").replace(f"{folder}: ", "")
        unfinished = not (folder / layout.MANIFEST).exists() and "not finished" in why
        made = any(is_locked(claim) for claim in (folder / layout.CLAIMS).glob("*"))
        status = ("running" if made else "interrupted") if unfinished else "damaged"
        return ListedData(name, folder, status, why, "-", "-", {}, "-", taken, modified)
