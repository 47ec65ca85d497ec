"""Files that declare 20 GB and store none of them, one for each format that is read in parts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

# Samples of 16 MB, of which there are so many.
SAMPLES, TIMES, POINTS = 1250, 16, 512


def _empty(file: h5py.File | h5py.Group, name: str, *shape: int) -> h5py.Dataset:
    """Declare an array none of whose chunks is stored."""
    return file.create_dataset(name, shape, np.float32, chunks=(*(1,) * (len(shape) - 2), *shape[-2:]))


def _places(count: int) -> np.ndarray:
    return ((np.arange(count) + 0.5) / count).astype(np.float32)


def well(folder: Path) -> Path:
    """Write a file of The Well."""
    with h5py.File(folder / "large.hdf5", "w") as file:
        file.attrs["dataset_name"], file.attrs["grid_type"], file.attrs["n_spatial_dims"] = "large", "cartesian", 2
        file.attrs["n_trajectories"], file.attrs["simulation_parameters"] = SAMPLES, []
        group = file.create_group("dimensions")
        group.attrs["spatial_dims"] = ["x", "y"]
        group["time"], group["x"], group["y"] = np.arange(float(TIMES)), _places(POINTS), _places(POINTS)
        file.create_group("boundary_conditions")
        for name in ("scalars", "t0_fields", "t1_fields", "t2_fields"):
            file.create_group(name).attrs["field_names"] = ["u"] if name == "t0_fields" else []
        array = _empty(file["t0_fields"], "u", SAMPLES, TIMES, POINTS, POINTS)
        array.attrs["dim_varying"] = [True, True]
        array.attrs["sample_varying"] = array.attrs["time_varying"] = True
    return folder / "large.hdf5"


def pdebench(folder: Path) -> Path:
    """Write a file of PDEBench."""
    with h5py.File(folder / "2D_CFD_large_periodic.hdf5", "w") as file:
        _empty(file, "density", SAMPLES, TIMES, POINTS, POINTS)
        file["x-coordinate"], file["y-coordinate"] = _places(POINTS), _places(POINTS)
        file["t-coordinate"] = np.arange(TIMES + 1, dtype=np.float32)
    return folder / "2D_CFD_large_periodic.hdf5"


def fno_mat(folder: Path) -> Path:
    """Write a .mat file of version 7.3, its axes reversed: samples last."""
    path = folder / "large.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        shape = (SAMPLES // 8, POINTS, POINTS)
        file.create_dataset("a", shape[::-1], np.float32, chunks=(POINTS // 8, POINTS // 8, shape[0]))
        chunks = (1, POINTS // 8, POINTS // 8, shape[0])
        file.create_dataset("u", (8 * TIMES, *shape[::-1]), np.float32, chunks=chunks)
        file["t"] = np.arange(8.0 * TIMES)[:, None]
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file".ljust(124, b" ") + b"\x00\x02IM")
    return path


def poseidon(folder: Path) -> Path:
    """Write a file of Poseidon."""
    with h5py.File(folder / "NS-Large.nc", "w") as file:
        _empty(file, "velocity", SAMPLES, TIMES // 2, 2, POINTS, POINTS)
    return folder / "NS-Large.nc"


def pdearena(folder: Path) -> Path:
    """Write a file of PDEArena."""
    with h5py.File(folder / "NavierStokes2D_train.h5", "w") as file:
        group, count = file.create_group("train"), SAMPLES // 3
        for name in ("u", "vx", "vy"):
            _empty(group, name, count, TIMES, POINTS, POINTS)
        group["t"] = np.tile(np.arange(float(TIMES)), (count, 1))
        group["dx"], group["dy"] = np.full(count, 0.25), np.full(count, 0.25)
    return folder / "NavierStokes2D_train.h5"


def apebench(folder: Path) -> Path:
    """Write an array of APEBench with a hole for its numbers."""
    shape = (SAMPLES, TIMES, 1, POINTS, POINTS)
    with (folder / "large_train.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
        file.truncate(file.tell() + 4 * int(np.prod(shape)))
    (folder / "large.json").write_text(json.dumps({"info": {"domain_extent": 1.0, "dt": 0.1}}), encoding="utf-8")
    return folder / "large_train.npy"


def xarray(folder: Path) -> Path:
    """Write a file of netCDF 4."""
    import h5netcdf

    with h5netcdf.File(folder / "large.nc", "w") as file:
        file.dimensions = {"sample": SAMPLES, "time": TIMES, "x": POINTS, "y": POINTS}
        file.create_variable("u", ("sample", "time", "x", "y"), np.float32, chunks=(1, 1, POINTS, POINTS), fillvalue=0)
    return folder / "large.nc"


LARGE: dict[str, Callable[[Path], Path]] = {
    "well": well,
    "pdebench": pdebench,
    "fno_mat": fno_mat,
    "poseidon": poseidon,
    "pdearena": pdearena,
    "apebench": apebench,
    "xarray": xarray,
}
