"""The gate: an HDF5 file from elsewhere is looked at before anything in it is followed.

HDF5 can point out of its file (links, external storage, virtual datasets), declare more than it holds, and name
filters to load. What we write needs none of that, so a file that has it is not ours.
"""

from __future__ import annotations

import h5py

from surrogate.errors import InputError

_FLETCHER32 = h5py.h5z.FILTER_FLETCHER32
_MOST_OBJECTS = 256
_DEEPEST = 2
_LARGEST_ATTRIBUTE = 1 << 16


def check(file: h5py.File, size: int, where: str) -> None:
    """Refuse anything but groups, hard links and plain arrays of numbers that fit in ``size`` bytes.

    Args:
        file: the file, open for reading; only links are looked at before they are known to be hard.
        size: number of bytes of the file.
        where: what to call the file in an error.

    Raises:
        InputError: the file holds something that a part of a data set never holds.
    """
    seen = 0
    waiting: list[tuple[h5py.Group, int]] = [(file, 0)]
    while waiting:
        group, depth = waiting.pop()
        _check_attributes(group, where)
        for name in group:
            seen += 1
            if seen > _MOST_OBJECTS or depth > _DEEPEST:
                raise InputError(f"{where}: more objects, or deeper ones, than a part has")
            kind = type(group.get(name, getlink=True))
            if kind is not h5py.HardLink:
                raise InputError(f"{where}: '{name}' is a {kind.__name__}, which may lead out of the file; refused")
            held = group[name]
            if isinstance(held, h5py.Group):
                waiting.append((held, depth + 1))
            elif isinstance(held, h5py.Dataset):
                _check_attributes(held, where)
                _check_array(held, size, f"{where}: '{held.name}'")
            else:
                raise InputError(f"{where}: '{name}' is neither a group nor an array")


def _check_attributes(held: h5py.Group | h5py.Dataset, where: str) -> None:
    for name in held.attrs:
        attribute = held.attrs.get_id(name)
        if attribute.get_space().get_simple_extent_npoints() * attribute.get_type().get_size() > _LARGEST_ATTRIBUTE:
            raise InputError(f"{where}: attribute '{name}' is larger than {_LARGEST_ATTRIBUTE} bytes")


def _check_array(array: h5py.Dataset, size: int, where: str) -> None:
    made = array.id.get_create_plist()
    filters = {made.get_filter(position)[0] for position in range(made.get_nfilters())}
    if made.get_external_count() or made.get_layout() == h5py.h5d.VIRTUAL:
        raise InputError(f"{where} is stored in another file; refused")
    if array.dtype.kind not in "iufb":
        raise InputError(f"{where} holds {array.dtype}, expected plain numbers")
    if not filters <= {_FLETCHER32}:
        raise InputError(f"{where} uses filters {sorted(filters)}, expected none but checksums")
    if array.size * array.dtype.itemsize > size:
        raise InputError(f"{where} declares more bytes than the file has")
