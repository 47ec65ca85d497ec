"""zarr stores, one for each split: named as the netCDF files are; ``xarray.open_zarr`` opens them.

Format 2 with consolidated metadata, which old and new readers know. No array has a fill value: xarray would read every
zero as one that is missing.
"""

from __future__ import annotations

import numpy as np

from surrogate.datasets.export_job import (
    ExportJob,
    attributes_of,
    coordinates_of,
    file_attributes,
    named_arrays_of,
    package,
)
from surrogate.spaces import DataSpec

_CHUNK_BYTES = 1 << 22


def refusal(spec: DataSpec) -> str | None:
    """Return why this format cannot hold such data, None where it can."""
    return None


def write(job: ExportJob) -> tuple[str, ...]:
    """Write every split as a store; return what the format cannot say.

    Raises:
        InputError: a part is missing or damaged.
        SettingsError: zarr is not installed, or a field is called as an axis is.
    """
    zarr = package("zarr", "zarr", "data")
    arrays, coordinates = named_arrays_of(job.spec), coordinates_of(job.spec)
    for split in job.splits:
        count, path = job.dataset.counts[split], job.folder / f"{split}.zarr"
        group = zarr.open_group(store=path, mode="w", zarr_format=2, attributes=file_attributes(job, split))
        for name, (values, facts) in coordinates.items():
            axis = group.create_array(
                name, shape=values.shape, dtype=values.dtype, chunks=values.shape, fill_value=None
            )
            axis.attrs.update({"_ARRAY_DIMENSIONS": [name], **facts})
            axis[:] = values
        numbers = group.create_array("sample", shape=(count,), dtype="<i8", chunks=(count,), fill_value=None)
        numbers.attrs.update({"_ARRAY_DIMENSIONS": ["sample"], "long_name": "number of the sample"})
        indices = np.empty(count, np.int64)
        fields = []
        for array in arrays:
            rows = max(1, min(count, _CHUNK_BYTES // (4 * max(1, int(np.prod(array.shape))))))
            whole = (count, *array.shape)
            chunks = (rows, *array.shape)
            field = group.create_array(array.field.name, shape=whole, dtype="<f4", chunks=chunks, fill_value=None)
            field.attrs.update({"_ARRAY_DIMENSIONS": list(array.axes), **attributes_of(array)})
            fields.append(field)
        for place, part in job.parts(split):
            indices[place] = part.indices
            for field, array in zip(fields, arrays, strict=True):
                field[place] = array.take(part)
        numbers[:] = indices
        zarr.consolidate_metadata(path, zarr_format=2)
    return ()
