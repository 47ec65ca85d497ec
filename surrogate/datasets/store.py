"""A part: some samples of one split as one HDF5 file in the layout of The Well, built and read in memory.

The Well's own loader reads these files. Constants are fields that do not vary in time, states are fields that do; a
steady solution has one time. What The Well has no word for is in the root attributes ``surrogate_*`` and in the
group ``surrogate``: the spec with its boundary, seed, recipe, and, per sample, index, residual, iterations and effort.

Layout: https://github.com/PolymathicAI/the_well, docs/data_format.md, version 1.2.0.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, fields
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from surrogate.datasets import hdf5_check
from surrogate.errors import InputError
from surrogate.spaces import DataSpec, Domain, Frozen, Grid, Split

# Of grids, and of clouds, whose first constants are their points.
SCHEMA, CLOUD_SCHEMA = 1, 2
AXES = ("x", "y", "z")
_CHUNK_BYTES = 1 << 18
_FLAGS = {"sample_varying": False, "time_varying": False}

Floats = NDArray[np.float32]


class Header(Frozen):
    """What every part of one split of a data set has in common; ``recipe`` is None where the data are foreign."""

    name: str
    spec: DataSpec
    split: Split
    seed: int
    recipe: dict[str, Any] | None


@dataclass(frozen=True)
class Solutions:
    """A batch of solved samples, in float64.

    ``inputs`` has shape ``(n, input, space...)``: the constants, then, where there are several times, the first frame;
    ``states`` is ``(n, time, state, space...)``. ``residual`` and ``iterations``, ``(n,)``, say per sample the relative
    residual the solver reached and the work it took; ``effort`` how many times finer steps than the recipe's it took.
    """

    inputs: NDArray[np.float64]
    states: NDArray[np.float64]
    residual: NDArray[np.float64]
    iterations: NDArray[np.int64]
    effort: NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """Samples of a split: constants ``(n, c, s...)``, states ``(n, t, c, s...)``, the solver's evidence ``(n,)``.

    ``indices`` number the samples within the split (within the foreign file, where they come from one). ``residual``
    is NaN, ``iterations`` -1 and ``effort`` 0 where no solver of ours made the sample.
    """

    header: Header
    indices: NDArray[np.int64]
    constants: Floats
    states: Floats
    residual: NDArray[np.float64]
    iterations: NDArray[np.int64]
    effort: NDArray[np.int64]

    @classmethod
    def of(cls, header: Header, indices: NDArray[np.int64], solved: Solutions) -> Part:
        """Return the part of these solutions, rounded to float32."""
        with np.errstate(over="ignore"):  # an overflow becomes an infinity, which first_bad_sample finds
            inputs, states = solved.inputs.astype(np.float32), solved.states.astype(np.float32)
        constants = inputs[:, : len(header.spec.constants)]
        return cls(header, indices, constants, states, solved.residual, solved.iterations, solved.effort)

    def first(self, count: int) -> Part:
        """Return the part of the first ``count`` samples."""
        held = {field.name: getattr(self, field.name) for field in fields(self)}
        return Part(**{name: value if name == "header" else value[:count] for name, value in held.items()})

    def first_bad_sample(self) -> int | None:
        """Return the index of the first sample with a NaN or an infinity in float32, None when all are finite."""
        good = np.ones(len(self.indices), bool)
        for values in (self.constants, self.states):
            good &= np.isfinite(values).all(axis=tuple(range(1, values.ndim)))
        return None if good.all() else int(self.indices[np.argmin(good)])


def encode(part: Part) -> bytes:
    """Return the part as the bytes of an HDF5 file, the same for the same part on every call.

    Raises:
        ValueError: an array has not the shape that the spec gives it.
    """
    spec = part.header.spec
    expected = _shapes(spec, len(part.indices))
    if (part.constants.shape, part.states.shape) != expected:
        raise ValueError(f"expected shapes {expected}, got {part.constants.shape} and {part.states.shape}")
    memory = io.BytesIO()
    with h5py.File(memory, "w", libver=("v110", "v110"), track_order=False) as file:
        _write_root(file, part)
        _write_dimensions(file, spec)
        _write_boundary(file, spec)
        _write_fields(file, part)
        file.create_group("scalars").attrs["field_names"] = _names([])
        evidence = file.create_group("surrogate")
        for name in ("indices", "residual", "iterations", "effort"):
            _write_array(evidence, name, getattr(part, name))
    return memory.getvalue()


def decode(data: bytes, header: Header, where: str) -> Part:
    """Return the part that ``data`` holds.

    Args:
        data: the bytes of one part file.
        header: what the part must say of itself.
        where: what to call the file in an error.

    Raises:
        InputError: not an HDF5 file, damaged, not ours, or a part of another data set.
    """
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            hdf5_check.check(file, len(data), where)
            return _read(file, header, where)
    except (OSError, KeyError, ValueError, RuntimeError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{where}: not a part of a data set of ours, or damaged ({reason})") from error


def _read(file: h5py.File, header: Header, where: str) -> Part:
    # Values are compared, not texts: a spec written before it had some key is still the same spec.
    says = {
        "surrogate_schema": file.attrs["surrogate_schema"] == _schema(header.spec),
        "surrogate_spec": DataSpec.model_validate_json(file.attrs["surrogate_spec"]) == header.spec,
        "surrogate_split": file.attrs["surrogate_split"] == header.split,
        "surrogate_seed": file.attrs["surrogate_seed"] == header.seed,
        "surrogate_recipe": json.loads(file.attrs["surrogate_recipe"]) == header.recipe,
    }
    for key, same in says.items():
        if not same:
            raise InputError(f"{where}: {key} is not what the manifest or the plan says; a part of another data set?")
    evidence = file["surrogate"]
    indices = evidence["indices"][:]
    count = len(indices)
    constants, states = _shapes(header.spec, count)
    return Part(
        header=header,
        indices=_checked(indices, (count,), np.int64),
        constants=_stacked(file, [f.name for f in header.spec.constants], constants, 1),
        states=_stacked(file, [f.name for f in header.spec.states], states, 2),
        residual=_checked(evidence["residual"][:], (count,), np.float64),
        iterations=_checked(evidence["iterations"][:], (count,), np.int64),
        # Parts of the first version had none: every sample took the steps of its recipe.
        effort=_checked(
            evidence["effort"][:] if "effort" in evidence else np.ones(count, np.int64), (count,), np.int64
        ),
    )


def _stacked(file: h5py.File, names: list[str], shape: tuple[int, ...], axis: int) -> Floats:
    result = np.empty(shape, np.float32)
    one = shape[:axis] + shape[axis + 1 :]
    for channel, name in enumerate(names):
        where = (slice(None),) * axis + (channel,)
        result[where] = _checked(file["t0_fields"][name][...], one, np.float32)
    return result


def _checked(array: NDArray[Any], shape: tuple[int, ...], dtype: type) -> NDArray[Any]:
    if array.shape != shape or array.dtype != dtype:
        raise ValueError(f"expected {np.dtype(dtype)} {shape}, got {array.dtype} {array.shape}")
    return array


def _shapes(spec: DataSpec, count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    space = spec.domain.points
    return (count, len(spec.constants), *space), (count, len(spec.times), len(spec.states), *space)


def _schema(spec: DataSpec) -> int:
    return SCHEMA if isinstance(spec.domain, Grid) else CLOUD_SCHEMA


def _axes(domain: Domain) -> dict[str, NDArray[np.floating]]:
    """Return the axes of the stored arrays; a cloud has one, the number of the point."""
    if isinstance(domain, Grid):
        return dict(zip(AXES, domain.coordinates(), strict=False))
    return {"point": np.arange(domain.capacity, dtype=np.float64)}


def _write_root(file: h5py.File, part: Part) -> None:
    file.attrs["dataset_name"] = part.header.name
    file.attrs["grid_type"] = "cartesian"
    file.attrs["n_spatial_dims"] = len(part.header.spec.domain.points)
    file.attrs["n_trajectories"] = len(part.indices)
    file.attrs["simulation_parameters"] = _names([])
    file.attrs["surrogate_schema"] = _schema(part.header.spec)
    file.attrs["surrogate_spec"] = part.header.spec.model_dump_json()
    file.attrs["surrogate_split"] = part.header.split
    file.attrs["surrogate_seed"] = part.header.seed
    file.attrs["surrogate_recipe"] = json.dumps(part.header.recipe, sort_keys=True)


def _write_dimensions(file: h5py.File, spec: DataSpec) -> None:
    group = file.create_group("dimensions")
    places = _axes(spec.domain)
    group.attrs["spatial_dims"] = _names(places)
    _write_array(group, "time", np.asarray(spec.times, np.float32), sample_varying=False, time_varying=True)
    for axis, values in places.items():
        _write_array(group, axis, values.astype(np.float32), **_FLAGS)


def _write_boundary(file: h5py.File, spec: DataSpec) -> None:
    """Write one condition per axis; The Well knows walls and periods, ``surrogate_sides`` says what the walls do."""
    group = file.create_group("boundary_conditions")
    for axis, count, sides in zip(AXES, spec.domain.points, spec.boundary.sides, strict=False):
        kind = "periodic" if "periodic" in sides else "wall"
        condition = group.create_group(f"{axis}_{kind}")
        flags = {"bc_type": kind, "associated_dims": _names([axis]), "associated_fields": _names([]), **_FLAGS}
        for key, value in flags.items():
            condition.attrs[key] = value
        condition.attrs["surrogate_sides"] = _names(sides)
        mask = np.zeros(count, bool)
        mask[[0, -1]] = True
        _write_array(condition, "mask", mask)


def _write_fields(file: h5py.File, part: Part) -> None:
    spec = part.header.spec
    group = file.create_group("t0_fields")
    group.attrs["field_names"] = _names([field.name for field in spec.constants + spec.states])
    every = np.ones(len(spec.domain.points), bool)
    for role, values, axis in (("constant", part.constants, 1), ("state", part.states, 2)):
        fields = spec.constants if role == "constant" else spec.states
        for channel, field in enumerate(fields):
            array = np.take(values, channel, axis)
            flags = {"dim_varying": every, "sample_varying": True, "time_varying": role == "state"}
            _write_array(group, field.name, array, **flags, surrogate_unit=field.unit)
    for order in ("t1_fields", "t2_fields"):
        file.create_group(order).attrs["field_names"] = _names([])


def _write_array(group: h5py.Group, name: str, array: NDArray[Any], **attributes: Any) -> None:
    per_row = max(1, array[:1].nbytes)
    rows = max(1, min(len(array), _CHUNK_BYTES // per_row))
    written = group.create_dataset(
        name, data=array, chunks=(rows, *array.shape[1:]), fletcher32=True, track_times=False
    )
    for key, value in attributes.items():
        written.attrs[key] = value


def _names(names: Any) -> NDArray[Any]:
    return np.asarray(list(names), dtype=h5py.string_dtype())
