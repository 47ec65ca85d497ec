"""The Well: a folder that its ``WellDataset`` reads and its format checker accepts; our own parts are in its layout.

Layout: https://github.com/PolymathicAI/the_well, docs/data_format.md, version 1.2.0.
"""

from __future__ import annotations

import hashlib

from surrogate.datasets import layout
from surrogate.datasets.export_job import ExportJob, grids_alone
from surrogate.errors import DamageError
from surrogate.files import make_folder, publish_bytes
from surrogate.reading import read_bytes
from surrogate.spaces import DataSpec


def refusal(spec: DataSpec) -> str | None:
    """Return why this format cannot hold such data, None where it can."""
    return grids_alone(spec, "The Well")


def write(job: ExportJob) -> tuple[str, ...]:
    """Write the parts, the statistics and the card; return what the format cannot say.

    Raises:
        InputError: a part is missing or damaged.
    """
    dataset, done = job.dataset, 0
    for entry in dataset.manifest.parts:
        data = read_bytes(dataset.path / entry.path, entry.size)
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            raise DamageError(f"{dataset.path / entry.path}: damaged: its SHA-256 is not the one in {layout.MANIFEST}")
        make_folder((job.folder / entry.path).parent)
        publish_bytes(job.folder / entry.path, data)
        done += entry.samples
        job.advance(done)
    for name in (layout.STATISTICS, layout.CARD):
        publish_bytes(job.folder / name, read_bytes(dataset.path / name))
    notes = ["The Well knows periodic, wall and open sides: what the walls do is in the attribute surrogate_sides"]
    if any(field.role == "uniform" for field in job.spec.fields):
        notes.append("a number for each sample is a constant field here")
    if len(job.spec.times) == 1:
        notes.append("a steady problem has one time: WellDataset(..., n_steps_input=0, n_steps_output=1)")
    return tuple(notes)
