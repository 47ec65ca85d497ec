"""The ``.pt`` files of the neuraloperator library, one for each split: ``x`` and ``y``, which its ``PTDataset`` reads.

``x`` and ``y`` are ``(n, s...)`` where both have one channel, else both ``(n, c, s...)``. A file is called
``NAME_SPLIT_POINTS.pt``.

Source: https://github.com/neuraloperator/neuraloperator, neuralop/data/datasets/pt_dataset.py (MIT).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from surrogate.datasets.export_job import ExportJob, grids_alone
from surrogate.datasets.window_settings import TimeConfig
from surrogate.datasets.windows import pairs, windows
from surrogate.spaces import DataSpec, Split


def refusal(spec: DataSpec) -> str | None:
    """Return why this format cannot hold such data, None where it can."""
    if not spec.constants and len(spec.times) == 1:
        return "a file of neuraloperator has inputs and outputs, and these data have no inputs"
    return grids_alone(spec, "neuraloperator")


def write(job: ExportJob) -> tuple[str, ...]:
    """Write every split as a file; return what the format cannot say.

    Raises:
        InputError: a part is missing or damaged.
        SettingsError: steps of data of one time.
    """
    spec = job.spec
    squeezed = len(spec.problem(job.task).channels) == len(spec.states) == 1
    for split in job.splits:
        _write(job, split, squeezed)
    points = spec.grid.points
    notes = [
        "neuraloperator's files have no times, coordinates, units or boundary: inputs x and outputs y alone"
        + (f", of task={job.task}" if len(spec.times) > 1 else ""),
        "its loader asks for NAME_train_POINTS.pt and NAME_test_POINTS.pt; the split valid lies beside them",
    ]
    if not squeezed:
        notes.append("x or y has several channels: PTDataset(..., channels_squeezed=False)")
    if len(set(points)) > 1:
        notes.append(f"the grid has {' x '.join(map(str, points))} points; the name of a file holds the first number")
    return tuple(notes)


def _write(job: ExportJob, split: Split, squeezed: bool) -> None:
    spec, each = job.spec, len(windows(job.spec.times, job.task, TimeConfig()))
    count, points = each * job.dataset.counts[split], spec.grid.points
    channels = {"x": len(spec.problem(job.task).channels), "y": len(spec.states)}
    shapes = {key: (count, *(() if squeezed else (held,)), *points) for key, held in channels.items()}
    spare = {key: job.folder / f"{key}-{split}.spare" for key in shapes}
    # Arrays on the disk, so that the file is written from there and never lies in memory.
    arrays = {key: np.memmap(spare[key], np.float32, "w+", shape=shape) for key, shape in shapes.items()}
    for rows, part in job.parts(split):
        these = slice(each * rows.start, each * rows.stop)
        for key, values in zip(arrays, pairs(spec, job.task, part.constants, part.states), strict=True):
            arrays[key][these] = values[:, 0] if squeezed else values
    _save(arrays, job.folder / f"{job.dataset.name}_{split}_{points[0]}.pt")
    arrays.clear()
    for path in spare.values():
        path.unlink()


def _save(arrays: dict[str, np.memmap[tuple[int, ...], np.dtype[np.float32]]], path: Path) -> None:
    torch.save({key: torch.from_numpy(array) for key, array in arrays.items()}, path)
