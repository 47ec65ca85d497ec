"""PDEBench's HDF5 files, one for each split, in the container that its loader takes for such data.

One array ``tensor`` for a scalar on a line and for steady flow through a porous square (with ``nu``), arrays by name
for compressible flow, else a group for each sample with ``data`` ``(t, s..., c)`` and ``grid``.

Layout: https://github.com/pdebench/PDEBench, pdebench/data_gen and pdebench/models/fno/utils.py.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from surrogate.datasets.export_job import ExportJob, grids_alone
from surrogate.datasets.store import AXES, Part
from surrogate.spaces import DataSpec, FieldSpec, Split

# The fields of compressible flow, by the number of axes.
_FLOW = (("density", "pressure", "Vx"), ("density", "pressure", "Vx", "Vy"), ("density", "pressure", "Vx", "Vy", "Vz"))


def refusal(spec: DataSpec) -> str | None:
    """Return why this format cannot hold such data, None where it can."""
    steady = len(spec.times) == 1 and not _porous(spec)
    porous = "steady data of one given field and one state in two dimensions, or data with times"
    return grids_alone(spec, "PDEBench") or (f"PDEBench has {porous}" if steady else None)


def write(job: ExportJob) -> tuple[str, ...]:
    """Write every split as a file; return what the format cannot say.

    Raises:
        InputError: a part is missing or damaged.
    """
    spec = job.spec
    grouped = not (_porous(spec) or _scalar(spec) or _flow(spec))
    for split in job.splits:
        path = job.folder / f"{job.dataset.name}_{split}{'.h5' if grouped else '.hdf5'}"
        (_write_groups if grouped else _write_arrays)(job, split, path)
    loader = "FNODatasetMult" if grouped else "FNODatasetSingle"
    notes = [
        f"{loader} deals every file out again, a tenth of it to test: test_ratio=0 takes all of a split",
        "PDEBench has no place for units, boundary and placement",
    ]
    given = [field.name for field in spec.constants] if not _porous(spec) else []
    if given:
        notes.append(f"its loader does not read what is given: {', '.join(given)} lie beside, under their names")
    return tuple(notes)


def _porous(spec: DataSpec) -> bool:
    spatial = [field for field in spec.constants if field.role == "constant"]
    counts = (len(spec.times), len(spec.domain.points), len(spatial), len(spec.constants), len(spec.states))
    return counts == (1, 2, 1, 1, 1)


def _scalar(spec: DataSpec) -> bool:
    return len(spec.times) > 1 and len(spec.domain.points) == 1 and len(spec.states) == 1


def _flow(spec: DataSpec) -> bool:
    names = tuple(sorted(field.name for field in spec.states))
    return len(spec.times) > 1 and names == tuple(sorted(_FLOW[len(spec.domain.points) - 1]))


def _write_arrays(job: ExportJob, split: Split, path: Path) -> None:
    spec, count = job.spec, job.dataset.counts[split]
    states = [field.name for field in spec.states] if _flow(spec) else ["tensor"]
    with h5py.File(path, "w") as file:
        for name, values in zip(AXES, spec.grid.coordinates(), strict=False):
            file.create_dataset(f"{name}-coordinate", data=values.astype(np.float32))
        file.create_dataset("t-coordinate", data=_edges(spec))
        arrays = [file.create_dataset(name, (count, len(spec.times), *spec.grid.points), "f4") for name in states]
        given = [_given(file, spec, field, count) for field in spec.constants]
        for rows, part in job.parts(split):
            for place, array in enumerate(arrays):
                array[rows] = part.states[:, :, place]
            for place, array in enumerate(given):
                constants = part.constants[:, place]
                array[rows] = constants if array.ndim > 1 else constants.reshape(len(constants), -1)[:, 0]


def _given(file: h5py.File, spec: DataSpec, field: FieldSpec, count: int) -> h5py.Dataset:
    name = "nu" if _porous(spec) else field.name
    shape = (count,) if field.role == "uniform" else (count, *spec.grid.points)
    return file.create_dataset(name, shape, "f4")


def _edges(spec: DataSpec) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return the times, with the one more that the files of PDEBench have."""
    times = np.asarray(spec.times)
    last = times[-1] + (times[-1] - times[-2] if len(times) > 1 else 1.0)
    return np.append(times, last).astype(np.float32)


def _write_groups(job: ExportJob, split: Split, path: Path) -> None:
    spec, count = job.spec, job.dataset.counts[split]
    digits = max(4, len(str(count - 1)))
    with h5py.File(path, "w") as file:
        for rows, part in job.parts(split):
            for row, number in enumerate(range(rows.start, rows.stop)):
                _write_group(file.create_group(f"{number:0{digits}d}"), spec, part, row)


def _write_group(group: h5py.Group, spec: DataSpec, part: Part, row: int) -> None:
    group.create_dataset("data", data=np.moveaxis(part.states[row], 1, -1), compression="lzf")
    grid = group.create_group("grid")
    for name, values in zip(AXES, spec.grid.coordinates(), strict=False):
        grid.create_dataset(name, data=values.astype(np.float32))
    grid.create_dataset("t", data=np.asarray(spec.times, np.float32))
    for place, field in enumerate(spec.constants):
        constant = part.constants[row, place]
        group.create_dataset(field.name, data=constant.flat[0] if field.role == "uniform" else constant)
