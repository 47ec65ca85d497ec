"""netCDF files, one for each split: named axes, coordinates, units, after the CF conventions; xarray opens them.

Source: CF Metadata Conventions 1.11, sections 2 to 4 and 7.1. Written through h5netcdf.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from surrogate.datasets.export_job import (
    ExportJob,
    attributes_of,
    coordinates_of,
    file_attributes,
    named_arrays_of,
    package,
)
from surrogate.spaces import DataSpec, Grid, Split


def refusal(spec: DataSpec) -> str | None:
    """Return why this format cannot hold such data, None where it can."""
    return None


def write(job: ExportJob) -> tuple[str, ...]:
    """Write every split as a file; return what the format cannot say.

    Raises:
        InputError: a part is missing or damaged.
        SettingsError: h5netcdf is not installed, or a field is called as an axis is.
    """
    package("h5netcdf", "netcdf", "data")
    for split in job.splits:
        _write(job, split, job.folder / f"{split}.nc")
    return ()


def _write(job: ExportJob, split: Split, path: Path) -> None:
    import h5netcdf

    spec, arrays, coordinates = job.spec, named_arrays_of(job.spec), coordinates_of(job.spec)
    with h5netcdf.File(path, "w") as file:
        file.attrs.update(file_attributes(job, split))
        file.dimensions = {"sample": job.dataset.counts[split]} | {
            axis: size for array in arrays for axis, size in zip(array.axes[1:], array.shape, strict=True)
        }
        for name, (values, facts) in coordinates.items():
            file.create_variable(name, (name,), data=values).attrs.update(facts)
        _bounds(file, spec)
        numbers = file.create_variable("sample", ("sample",), np.dtype("<i8"))
        numbers.attrs["long_name"] = "number of the sample"
        fields = [
            file.create_variable(array.field.name, array.axes, np.dtype("<f4"), chunks=(1, *array.shape))
            for array in arrays
        ]
        for field, array in zip(fields, arrays, strict=True):
            field.attrs.update(attributes_of(array))
        for rows, part in job.parts(split):
            numbers[rows] = part.indices
            for field, array in zip(fields, arrays, strict=True):
                field[rows] = array.take(part)


def _bounds(file: object, spec: DataSpec) -> None:
    """Write the edges of the cells along the axes whose points are centres of cells."""
    import h5netcdf

    assert isinstance(file, h5netcdf.File)
    if not isinstance(spec.domain, Grid) or "cells" not in spec.domain.placement:
        return
    file.dimensions["edge"] = 2
    for name, values, width, where in zip(
        "xyz", spec.domain.coordinates(), spec.domain.spacing, spec.domain.placement, strict=False
    ):
        if where == "cells":
            edges = np.stack([values - width / 2, values + width / 2], axis=1)
            file.create_variable(f"{name}_bounds", (name, "edge"), data=edges)
            file.variables[name].attrs["bounds"] = f"{name}_bounds"
