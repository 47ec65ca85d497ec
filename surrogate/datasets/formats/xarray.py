"""Labelled arrays: netCDF files and zarr stores, read through xarray as they are asked for.

Names of dimensions say what they are: of samples (``sample``, ``member``, ``trajectory`` …), of time, of channels; all
others are space, with the coordinates and units that the file gives. Variables that vary in time are what is to be
found, others go in; where none varies in time, the user says what is to be found. An axis whose coordinates fall is
reversed. Dates become seconds since the first.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surrogate.datasets.foreign import Foreign
from surrogate.datasets.formats import poseidon
from surrogate.datasets.formats._damage import refusing_damage
from surrogate.datasets.formats._extras import needed
from surrogate.datasets.formats._labelled import Labelled, letters_of
from surrogate.datasets.formats._published import Published
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source
from surrogate.errors import InputError, SettingsError, nearest
from surrogate.reading import read_json

if TYPE_CHECKING:
    from xarray import Dataset

_SUFFIXES = (".nc", ".nc4", ".cdf", ".netcdf")
_MARKS = ("zarr.json", ".zgroup", ".zmetadata")
# Codecs of zarr that turn bytes into numbers and texts; others may hold Python objects, which can run any program.
_CODECS = {"blosc", "zstd", "gzip", "zlib", "lz4", "bz2", "lzma", "shuffle", "delta", "fixedscaleoffset", "quantize"}
_CODECS |= {"bitround", "astype", "packbits", "crc32", "crc32c", "adler32", "fletcher32", "bytes", "transpose"}
_CODECS |= {"sharding_indexed", "vlen-utf8", "vlen-bytes"}


def recognise(source: Source) -> str | None:
    """Return why it is netCDF or zarr, None where it is not."""
    if source.kind == "folder":
        mark = next((name for name in _MARKS if (source.path / name).is_file()), None)
        return None if mark is None else f"a zarr store, by its {mark}"
    if source.suffix not in _SUFFIXES or source.magic not in ("hdf5", "netcdf3"):
        return None
    return None if poseidon.recognise(source) else f"a netCDF file, by its suffix {source.suffix} and its first bytes"


@refusing_damage
def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the variables of a netCDF file or a zarr store; values are read as they are asked for.

    Raises:
        InputError: it is damaged, or its variables do not fit each other.
        SettingsError: xarray is not installed, or what the user says does not fit.
    """
    dataset = _opened(path)
    names = letters_of(dataset, path, reading)
    states = _states(dataset, path, names, reading)
    space = [name for name in dataset[states[0]].dims if str(name) not in names]
    givens = _givens(dataset, states, names, space)
    known = Labelled(path, dataset, names, tuple(map(str, space)))
    axes = {name: known.places(name) for name in known.space}
    blocks = [known.block(name, "constant") for name in givens] + [known.block(name, "state") for name in states]
    times, since = known.times()
    left = sorted({str(name) for name in dataset.data_vars} - set(givens) - set(states))
    published = Published(
        format="xarray",
        name=str(dataset.attrs.get("title") or path.stem)[:64],
        notes=f"Read through xarray.{since}" + (f" Left out: {', '.join(left)}." if left else ""),
        where=str(path),
        count=known.count,
        blocks=blocks,
        axes=axes,
        boundary=known.sides(),
        times=times,
    )
    return published.read_as(reading.model_copy(update={"axes": None}))


def _opened(path: Path) -> Dataset:
    """Return the store, none of whose values are read."""
    xarray = needed("xarray", "data", "netCDF and zarr")
    from surrogate.datasets.source import magic_of

    if path.is_dir():
        engine = "zarr"
        needed("zarr", "data", "zarr")
        _refuse_objects(path)
    elif magic_of(path) == "hdf5":
        engine = "h5netcdf"
        needed("h5netcdf", "data", "netCDF")
        _refuse_links(path)
    else:
        engine = "scipy"
    try:
        with warnings.catch_warnings():  # of stores that open more slowly, of times in unusual calendars
            warnings.simplefilter("ignore")
            dataset: Dataset = xarray.open_dataset(path, engine=engine, chunks=None, cache=False)
    except Exception as error:  # whatever a foreign file makes the reader raise, it is the file that is wrong
        raise InputError(f"{path}: cannot be read through xarray ({' '.join(str(error).split())[:300]})") from None
    return dataset


def _refuse_links(path: Path) -> None:
    """Refuse an HDF5 file whose arrays lie elsewhere or need filters of others."""
    from surrogate.datasets.foreign_hdf5 import foreign_dataset, members_of_hdf5, open_foreign_hdf5

    names = [member.name for member in members_of_hdf5(path) if member.dtype != "group"]
    with open_foreign_hdf5(path) as file:
        for name in names:
            foreign_dataset(file, name, path)


def _refuse_objects(path: Path) -> None:
    """Refuse a zarr store with a codec that may hold Python objects."""
    for name in ("zarr.json", ".zmetadata", ".zarray"):
        for file in path.rglob(name):
            for codec in _codecs(read_json(file)):
                if codec.removeprefix("numcodecs.") not in _CODECS:
                    raise InputError(
                        f"{file}: stored with the codec '{codec}', which is none of plain numbers; refused"
                    )


def _codecs(held: Any) -> list[str]:
    """Return the names of the codecs in the metadata of a store."""
    if isinstance(held, list):
        return [name for entry in held for name in _codecs(entry)]
    if not isinstance(held, dict):
        return []
    own = [entry for key in ("codecs", "filters") for entry in held.get(key) or () if isinstance(entry, dict)]
    own += [held[key] for key in ("compressor",) if isinstance(held.get(key), dict)]
    names = [str(entry.get("id", entry.get("name", "?"))) for entry in own]
    return names + [name for key, entry in held.items() if key != "attributes" for name in _codecs(entry)]


def _states(dataset: Dataset, path: Path, names: Mapping[str, str], reading: Reading) -> list[str]:
    """Return the names of the variables that are to be found."""
    plain = [str(name) for name, held in dataset.data_vars.items() if held.dtype.kind in "fiub"]
    for key, chosen in (("inputs", reading.inputs), ("outputs", reading.outputs)):
        for name in chosen or ():
            if name not in plain:
                raise SettingsError(f"{key}: there is no variable of numbers '{name}' in {path}{nearest(name, plain)}")
    if reading.outputs is not None:
        return list(reading.outputs)
    spaced = [name for name in plain if any(str(dim) not in names for dim in dataset[name].dims)]
    if reading.inputs is not None:
        states = [name for name in spaced if name not in reading.inputs]
    else:
        declared = [name for name in spaced if dataset[name].attrs.get("role") == "state"]
        moving = [name for name in spaced if any(names.get(str(dim)) == "t" for dim in dataset[name].dims)]
        states = declared or moving or (spaced if len(spaced) == 1 else [])
    if not states:
        held = f"{', '.join(spaced[:8])}: none varies in time" if spaced else "no variable on a grid"
        raise InputError(f"{path}: holds {held}; outputs=NAME says what is to be found")
    return states


def _givens(dataset: Dataset, states: Sequence[str], names: Mapping[str, str], space: Sequence[Any]) -> list[str]:
    """Return the names of the variables that go in: constant in time, on the axes of the states."""
    return [
        str(name)
        for name, held in dataset.data_vars.items()
        if name not in states
        and held.dtype.kind in "fiub"
        and held.ndim > 0
        and held.attrs.get("role") not in ("coordinate", "weight")
        and all(dim in space or names.get(str(dim)) == "n" for dim in held.dims)
    ]
