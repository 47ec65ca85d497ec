"""NumPy archives: a file for each split, an array for each field, and the coordinates of the axes.

A field is ``(sample, space...)`` where it is given, ``(sample, time, space...)`` where it is solved for and moves, and
``(sample,)`` where it is a number. ``surrogate_spec`` is a text (JSON); nothing needs ``allow_pickle``.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.export_job import ExportJob, coordinates_of, named_arrays_of
from surrogate.spaces import DataSpec


def refusal(spec: DataSpec) -> str | None:
    """Return why this format cannot hold such data, None where it can."""
    return None


def write(job: ExportJob) -> tuple[str, ...]:
    """Write every split as a file; return what the format cannot say.

    Raises:
        InputError: a part is missing or damaged.
    """
    arrays = named_arrays_of(job.spec)
    coordinates = coordinates_of(job.spec)
    for split in job.splits:
        count = job.dataset.counts[split]
        with zipfile.ZipFile(job.folder / f"{split}.npz", "w", zipfile.ZIP_STORED) as archive:
            for array in arrays:
                rows = (array.take(part) for _, part in job.parts(split))
                _add(archive, array.field.name, (count, *array.shape), np.dtype("<f4"), rows)
            numbers = (part.indices for _, part in job.parts(split))
            _add(archive, "sample", (count,), np.dtype("<i8"), numbers)
            for name, (values, _) in coordinates.items():
                _add(archive, name, values.shape, values.dtype, [values])
            text = np.array(job.spec.model_dump_json())
            _add(archive, "surrogate_spec", (), text.dtype, [text])
    return ("npz has no place for units, boundary and placement: they are in the text 'surrogate_spec'",)


def _add(
    archive: zipfile.ZipFile,
    name: str,
    shape: tuple[int, ...],
    dtype: np.dtype[np.generic],
    blocks: Iterable[NDArray[np.generic]] | Iterator[NDArray[np.generic]],
) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with archive.open(zipfile.ZipInfo(f"{name}.npy"), mode="w", force_zip64=True) as file:
        np.lib.format.write_array_header_2_0(file, header)
        for block in blocks:
            file.write(np.ascontiguousarray(block, dtype).tobytes())
