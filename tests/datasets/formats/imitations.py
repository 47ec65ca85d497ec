"""Small files written as others publish theirs: names, attributes, kinds of numbers, order of axes; values are random.

Each function writes one and returns where it lies and, by the names that our fields have, the values it holds: numbers
``(n,)``, constants ``(n, s...)``, states ``(n, t, s...)``, and what a user has to say of it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import meshio
import numpy as np
import scipy.io
import xarray


@dataclass(frozen=True)
class Imitation:
    path: Path
    fields: dict[str, np.ndarray]
    splits: dict[str, int] | None = None
    says: dict[str, object] = field(default_factory=dict)


def _random(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _centres(low: float, high: float, count: int) -> np.ndarray:
    return (low + (high - low) * (np.arange(count) + 0.5) / count).astype(np.float32)


# The Well: docs/data_format.md, and the order in which its own generator of dummy data writes.

_X, _Y, _T = 6, 5, 4


def _well_field(group, name, values, dims, sample, time, **more):
    array = group.create_dataset(name, data=values)
    array.attrs["dim_varying"] = dims
    array.attrs["sample_varying"] = sample
    array.attrs["time_varying"] = time
    for key, value in more.items():
        array.attrs[key] = value


def well_file(path: Path, count: int, seed: int, viscosity: float, axes=("x", "y"), times=_T) -> dict[str, np.ndarray]:
    """Write one file of trajectories, periodic along x, with walls along y; return what it holds."""
    first, second = axes
    density, wall = _random(seed, count, times, _X, _Y), (_random(7, _X, _Y) > 0).astype(np.float32)
    velocity, stress = _random(seed + 1, count, times, _X, _Y, 2), _random(seed + 2, count, times, _X, _Y, 2, 2)
    profile, drive = _random(seed + 3, count, _Y), _random(seed + 4, count)
    with h5py.File(path, "w") as file:
        file.attrs["dataset_name"] = "stratified"
        file.attrs["grid_type"] = "cartesian"
        file.attrs["n_spatial_dims"] = 2
        file.attrs["n_trajectories"] = count
        file.attrs["simulation_parameters"] = ["viscosity", "gravity"]
        file.attrs["viscosity"], file.attrs["gravity"] = viscosity, 9.81
        places = {"time": 0.5 * np.arange(times), first: np.linspace(0, 2, _X, endpoint=False)}
        places |= {second: _centres(-1, 1, _Y)}
        group = file.create_group("dimensions")
        group.attrs["spatial_dims"] = list(axes)
        for name, values in places.items():
            group.create_dataset(name, data=values.astype(np.float32))
            group[name].attrs["sample_varying"] = False
            group[name].attrs["time_varying"] = name == "time"
        group = file.create_group("boundary_conditions")
        for name, kind in ((first, "PERIODIC"), (second, "WALL")):
            condition = group.create_group(f"{name}_{kind.lower()}")
            condition.attrs["associated_dims"] = [name]
            condition.attrs["associated_fields"] = []
            condition.attrs["bc_type"] = kind
            condition.attrs["sample_varying"] = condition.attrs["time_varying"] = False
            mask = np.zeros(len(places[name]), bool)
            mask[[0, -1]] = True
            condition.create_dataset("mask", data=mask)
        group = file.create_group("scalars")
        group.attrs["field_names"] = ["viscosity", "gravity", "drive"]
        for name, value in (("viscosity", viscosity), ("gravity", 9.81), ("drive", drive)):
            group.create_dataset(name, data=np.asarray(value, np.float32))
            group[name].attrs["time_varying"] = False
            group[name].attrs["sample_varying"] = name == "drive"
        group = file.create_group("t0_fields")
        group.attrs["field_names"] = ["density", "wall", "profile"]
        _well_field(group, "density", density, [True, True], True, True)
        _well_field(group, "wall", wall, [True, True], False, False)
        _well_field(group, "profile", profile, [False, True], True, False)
        group = file.create_group("t1_fields")
        group.attrs["field_names"] = ["velocity"]
        _well_field(group, "velocity", velocity, [True, True], True, True)
        group = file.create_group("t2_fields")
        group.attrs["field_names"] = ["stress"]
        _well_field(group, "stress", stress, [True, True], True, True, symmetric=False, antisymmetric=False)
    held = {"drive": drive, "viscosity": np.full(count, viscosity, np.float32), "density": density}
    held |= {"wall": np.broadcast_to(wall, (count, _X, _Y))}
    held |= {"profile": np.broadcast_to(profile[:, None], (count, _X, _Y))}
    held |= {f"velocity_{name}": velocity[..., i] for i, name in enumerate(axes)}
    pairs = [(i, j) for i in range(2) for j in range(2)]
    return held | {f"stress_{axes[i]}{axes[j]}": stress[..., i, j] for i, j in pairs}


def well_folder(folder: Path) -> Imitation:
    """Write a folder as The Well publishes its own: two files to train, one to validate, one to test."""
    files = (("train", "nu_1e-2", 3, 0.01), ("train", "nu_1e-3", 2, 0.001), ("valid", "nu_1e-2", 2, 0.01))
    parts = []
    for seed, (split, stem, count, viscosity) in enumerate((*files, ("test", "nu_1e-2", 1, 0.01))):
        place = folder / "stratified" / "data" / split
        place.mkdir(parents=True, exist_ok=True)
        parts.append(well_file(place / f"stratified_{stem}.hdf5", count, 10 * seed, viscosity))
    held = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Imitation(folder / "stratified", held, {"train": 5, "valid": 2, "test": 1})


def well_single(folder: Path) -> Imitation:
    """Write a single file of trajectories."""
    held = well_file(folder / "stratified.hdf5", 3, 0, 0.01)
    return Imitation(folder / "stratified.hdf5", {name: held[name] for name in held if name != "viscosity"})


# PDEBench: pdebench/data_gen, and what pdebench/models/fno/utils.py reads.


def _coordinates(file, times: int, **places: np.ndarray) -> None:
    file["t-coordinate"] = np.linspace(0, 2, times).astype(np.float32)
    for name, values in places.items():
        file[f"{name}-coordinate"] = values


def pdebench_burgers(folder: Path) -> Imitation:
    """Write a file of one tensor; its times are one more than its frames."""
    path = folder / "1D_Burgers_Sols_Nu0.01.hdf5"
    tensor = _random(0, 4, 5, 8)
    with h5py.File(path, "w") as file:
        file.attrs["Nu"] = 0.01
        file.create_dataset("tensor", data=tensor)
        _coordinates(file, 6, x=_centres(0, 1, 8))
    return Imitation(path, {"velocity": tensor})


def pdebench_darcy(folder: Path) -> Imitation:
    """Write a file of Darcy flow, whose solutions have an axis where others have time."""
    path = folder / "2D_DarcyFlow_beta1.0_Train.hdf5"
    tensor, nu = _random(0, 4, 1, 6, 8), np.where(_random(1, 4, 6, 8) > 0, 1, 0.1).astype(np.float32)
    with h5py.File(path, "w") as file:
        file.attrs["beta"] = 1.0
        file.create_dataset("nu", data=nu)
        file.create_dataset("tensor", data=tensor)
        file["x-coordinate"], file["y-coordinate"] = _centres(0, 1, 6), _centres(0, 1, 8)
    return Imitation(path, {"permeability": nu, "pressure": tensor})


def pdebench_gas(folder: Path) -> Imitation:
    """Write a file of a compressible gas in two dimensions."""
    path = folder / "2D_CFD_Rand_M0.1_Eta0.01_Zeta0.01_periodic_128_Train.hdf5"
    held = {name: _random(seed, 3, 4, 8, 6) for seed, name in enumerate(("Vx", "Vy", "density", "pressure"))}
    with h5py.File(path, "w") as file:
        file.attrs["M"], file.attrs["eta"], file.attrs["zeta"] = 0.1, 0.01, 0.01
        for name, values in held.items():
            file.create_dataset(name, data=values)
        _coordinates(file, 5, x=_centres(0, 1, 8), y=_centres(0, 1, 6))
    return Imitation(path, held)


def pdebench_groups(folder: Path) -> Imitation:
    """Write a file with a group for each sample, one number missing."""
    path = folder / "2D_diff-react_NA_NA.h5"
    data = _random(0, 3, 4, 8, 6, 2)
    with h5py.File(path, "w") as file:
        for values, name in zip(data, ("0000", "0001", "0003"), strict=True):
            group = file.create_group(name)
            group.attrs["config"] = "sim:\n  Du: 0.001\n"
            group.create_dataset("data", data=values, compression="lzf")
            group.create_dataset("grid/x", data=_centres(-1, 1, 8), compression="lzf")
            group.create_dataset("grid/y", data=_centres(-1, 1, 6), compression="lzf")
            group.create_dataset("grid/t", data=np.linspace(0, 5, 4, dtype=np.float32), compression="lzf")
    return Imitation(path, {"activator": data[..., 0], "inhibitor": data[..., 1]})


def pdebench_incompressible(folder: Path) -> Imitation:
    """Write a file of incompressible flows whose run ended after four of five frames."""
    path = folder / "ns_incom_inhom_2d_512-0.h5"
    velocity, particles, force = _random(0, 2, 5, 6, 6, 2), _random(1, 2, 5, 6, 6, 1), _random(2, 2, 6, 6, 2)
    with h5py.File(path, "w") as file:
        file.attrs["config"] = "n_batch: 2\nNU: 0.01\n"
        file.attrs["latestIndex"] = 3
        for name, values in (("velocity", velocity), ("particles", particles), ("force", force)):
            chunks = (1, 1, *values.shape[2:])
            file.create_dataset(name, data=values, compression="lzf", shuffle=True, chunks=chunks)
        times = np.tile(np.arange(5, dtype=np.float32) * 0.005, (2, 1))
        file.create_dataset("t", data=times, compression="lzf", shuffle=True, chunks=(1, 1))
    held = {f"velocity_{axis}": velocity[:, :4, ..., k] for k, axis in enumerate("xy")}
    held |= {f"force_{axis}": force[..., k] for k, axis in enumerate("xy")}
    return Imitation(path, held | {"particles": particles[:, :4, ..., 0]})


# FNO's .mat files: scipy writes version 5; version 7.3 is HDF5 behind a block of MATLAB's, its axes reversed.


def save_mat73(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays as MATLAB's save with -v7.3 does."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in arrays.items():
            array = file.create_dataset(name, data=np.ascontiguousarray(values.T))
            array.attrs["MATLAB_class"] = np.bytes_("double" if values.dtype == np.float64 else "single")
    header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan 1 00:00:00 2024 HDF5 schema 1.00 ."
    with path.open("r+b") as file:
        file.write(header.ljust(124, b" ") + b"\x00\x02IM")


def fno_darcy(folder: Path) -> Imitation:
    """Write Darcy flow in version 5, with one of the smoothed coefficients."""
    coefficient, solution = np.where(_random(0, 3, 9, 7) > 0, 12.0, 3.0), _random(1, 3, 9, 7).astype(np.float64)
    path = folder / "piececonst_r9_N3_smooth1.mat"
    scipy.io.savemat(path, {"coeff": coefficient, "Kcoeff": coefficient, "sol": solution})
    return Imitation(path, {"permeability": coefficient, "pressure": solution[:, None]})


def fno_burgers(folder: Path) -> Imitation:
    """Write starts and ends of Burgers' equation in version 7.3."""
    start, end = _random(0, 4, 16).astype(np.float64), _random(1, 4, 16).astype(np.float64)
    save_mat73(folder / "burgers_data_R4.mat", {"a": start, "u": end})
    return Imitation(folder / "burgers_data_R4.mat", {"velocity": np.stack([start, end], axis=1)})


def fno_flow(folder: Path) -> Imitation:
    """Write vorticities in version 7.3, time last."""
    start, u, times = _random(0, 3, 8, 6), _random(1, 3, 8, 6, 5), np.arange(1.0, 6)[None]
    save_mat73(folder / "ns_V1e-3_N3_T5.mat", {"a": start, "t": times, "u": u})
    return Imitation(folder / "ns_V1e-3_N3_T5.mat", {"vorticity": np.moveaxis(u, -1, 1)})


def fno_trajectory(folder: Path) -> Imitation:
    """Write trajectories of Burgers' equation in version 5."""
    output = _random(1, 3, 5, 8).astype(np.float64)
    content = {"input": output[:, 0], "output": output, "visc": np.array([[0.01]])}
    scipy.io.savemat(folder / "burgers_pino.mat", content)
    return Imitation(folder / "burgers_pino.mat", {"velocity": output})


# DeepXDE, Poseidon, PDEArena, APEBench.


def deepxde_aligned(folder: Path) -> Imitation:
    """Write inputs at the points of the outputs."""
    branch, values = _random(0, 4, 10), _random(1, 4, 10)
    np.savez(folder / "antiderivative_train.npz", X0=branch, X1=np.linspace(0, 1, 10)[:, None], y=values)
    return Imitation(folder / "antiderivative_train.npz", {"input": branch, "output": values[:, None]})


def deepxde_plane(folder: Path) -> Imitation:
    """Write inputs at sensors on a line and outputs at points of a plane."""
    branch, points, values = _random(0, 3, 4), _random(1, 7, 2), _random(2, 3, 7)
    np.savez(folder / "advection.npz", branch=branch, trunk=points, y=values)
    held = {f"sensor_{place:03d}": branch[:, place] for place in range(4)} | {"output": values[:, None]}
    held |= {axis: np.tile(points[:, place], (3, 1)) for place, axis in enumerate("xy")}
    return Imitation(folder / "advection.npz", held | {"weight": np.full((3, 7), 1 / 7, np.float32)})


def deepxde_unaligned(folder: Path) -> Imitation:
    """Write one point in each row, two rows of the first input and one of the second."""
    branch, points, values = _random(0, 2, 4), _random(1, 3, 1), _random(2, 3, 1)
    np.savez(folder / "un_train.npz", X_train0=branch[[0, 0, 1]], X_train1=points, y_train=values)
    held = {f"sensor_{place:03d}": branch[:, place] for place in range(4)}
    held |= {"x": np.array([points[:2, 0], [points[2, 0], 0]]), "weight": np.array([[0.5, 0.5], [1, 0]])}
    return Imitation(folder / "un_train.npz", held | {"output": np.array([[values[:2, 0]], [[values[2, 0], 0]]])})


def poseidon_velocity(folder: Path) -> Imitation:
    """Write velocities as the incompressible flows of Poseidon are."""
    velocity = _random(0, 3, 5, 2, 8, 8)
    with h5py.File(folder / "NS-Sines.nc", "w") as file:
        file.create_dataset("velocity", data=velocity, chunks=(1, 5, 2, 8, 8))
    return Imitation(folder / "NS-Sines.nc", {f"velocity_{axis}": velocity[:, :, k] for k, axis in enumerate("xy")})


def poseidon_poisson(folder: Path) -> Imitation:
    """Write a steady problem."""
    source, solution = _random(0, 3, 8, 8), _random(1, 3, 8, 8)
    with h5py.File(folder / "Poisson-Gauss.nc", "w") as file:
        file["source"], file["solution"] = source, solution
    return Imitation(folder / "Poisson-Gauss.nc", {"source": source, "solution": solution[:, None]})


def pdearena_flow(folder: Path) -> Imitation:
    """Write a folder of flows, two files to train and one to validate, with buoyancies."""
    place = folder / "NavierStokes-2D-conditioned"
    place.mkdir()
    parts = []
    for seed, (mode, count) in enumerate((("train", 2), ("train", 1), ("valid", 2))):
        held = {
            name: _random(10 * seed + k, count, 4, 8, 6).astype(np.float64) for k, name in enumerate(("u", "vx", "vy"))
        }
        buoyancy = np.abs(_random(seed, count)).astype(np.float64)
        with h5py.File(place / f"NavierStokes2D_{mode}_{seed}_0.50000_{count}.h5", "w") as file:
            group = file.create_group(mode)
            for name, values in held.items():
                group[name] = values
            group["t"] = np.tile(np.linspace(18, 102, 4), (count, 1))
            group["x"], group["y"] = (
                np.tile(np.linspace(0, 32, 8), (count, 1)),
                np.tile(np.linspace(0, 24, 6), (count, 1)),
            )
            group["dt"], group["dx"], group["dy"] = np.full(count, 1.5), np.full(count, 4.0), np.full(count, 4.0)
            group["buo_y"] = buoyancy
        parts.append(held | {"buoyancy": buoyancy})
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Imitation(place, joined, {"train": 3, "valid": 2, "test": 0})


def pdearena_line(folder: Path) -> Imitation:
    """Write trajectories of the Kuramoto-Sivashinsky equation, each with a length of its own."""
    u, step, spacing, viscosity = _random(0, 3, 5, 8), _random(1, 3), _random(2, 3), _random(3, 3)
    path = folder / "KS_train_fixed_viscosity.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("train")
        group["pde_5-8"], group["dt"], group["dx"], group["v"] = u, step, spacing, viscosity
    held = {"u": u, "time_step": step, "spacing": spacing, "viscosity": viscosity}
    return Imitation(path, held, {"train": 3, "valid": 0, "test": 0})


def apebench_folder(folder: Path) -> Imitation:
    """Write a scenario; its test trajectories are longer."""
    train, test = _random(0, 4, 3, 1, 8), _random(1, 2, 5, 1, 8)
    place = folder / "scenario"
    place.mkdir()
    np.save(place / "1d_phy_burgers_train.npy", train)
    np.save(place / "1d_phy_burgers_test.npy", test)
    info = {"num_spatial_dims": 1, "num_points": 8, "domain_extent": 2.0, "dt": 0.1, "train_seed": 0}
    (place / "1d_phy_burgers.json").write_text(json.dumps({"name": "1d_phy_burgers", "info": info}))
    held = np.concatenate([train, test[:, :3]])[:, :, 0]
    return Imitation(place, {"u": held}, {"train": 4, "valid": 0, "test": 2})


# netCDF and zarr, as xarray writes them.


def _labelled() -> tuple[xarray.Dataset, dict[str, np.ndarray]]:
    """Return a field in time, a map, a profile and a number for each member, latitudes from north to south."""
    u, depth, profile, wind = _random(0, 3, 4, 5, 6), _random(1, 5, 6), _random(2, 3, 6), _random(3, 3)
    dataset = xarray.Dataset(
        {
            "u": (("member", "time", "lat", "lon"), u, {"units": "K"}),
            "depth": (("lat", "lon"), depth, {"units": "m"}),
            "profile": (("member", "lon"), profile),
            "wind": ("member", wind, {"units": "m/s"}),
        },
        {
            "lat": ("lat", np.linspace(60, 40, 5), {"units": "degrees_north"}),
            "lon": np.linspace(0, 50, 6),
            "time": np.datetime64("2020-01-01", "ns") + np.arange(4) * np.timedelta64(6, "h"),
        },
    )
    shape = (3, 5, 6)
    held = {"u": u[:, :, ::-1], "depth": np.broadcast_to(depth[::-1], shape), "wind": wind}
    return dataset, held | {"profile": np.broadcast_to(profile[:, None], shape)}


def labelled_netcdf(folder: Path) -> Imitation:
    """Write netCDF 4."""
    dataset, held = _labelled()
    dataset.to_netcdf(folder / "ocean.nc", engine="h5netcdf")
    return Imitation(folder / "ocean.nc", held)


def labelled_netcdf3(folder: Path) -> Imitation:
    """Write netCDF 3."""
    dataset, held = _labelled()
    dataset.to_netcdf(folder / "ocean.nc", engine="scipy")
    return Imitation(folder / "ocean.nc", held)


def labelled_zarr(folder: Path) -> Imitation:
    """Write a zarr store of version 3."""
    dataset, held = _labelled()
    dataset.to_zarr(folder / "ocean.zarr", zarr_format=3, consolidated=False)
    return Imitation(folder / "ocean.zarr", held)


def labelled_zarr2(folder: Path) -> Imitation:
    """Write a zarr store of version 2."""
    dataset, held = _labelled()
    dataset.to_zarr(folder / "ocean.zarr", zarr_format=2)
    return Imitation(folder / "ocean.zarr", held)


# Meshes, as meshio writes them for solvers.


def _triangles(side: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of the unit square, those inside moved, and its triangles."""
    x, y = (part.ravel() for part in np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side), indexing="ij"))
    inside = (x > 0) & (x < 1) & (y > 0) & (y < 1)
    moved = 0.2 / side * np.random.default_rng(seed).uniform(-1, 1, (2, side * side)) * inside
    low = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    corners = [[low, low + side, low + 1], [low + side, low + side + 1, low + 1]]
    return np.stack([x + moved[0], y + moved[1], 0 * x], axis=1), np.concatenate([np.stack(c, axis=1) for c in corners])


def mesh_folder(folder: Path, suffix: str = "vtu") -> Imitation:
    """Write three meshes of the unit square, two to train and one to test, the last of fewer points."""
    parts, largest = [], 16
    for seed, (split, side) in enumerate((("train", 4), ("train", 4), ("test", 3))):
        points, triangles = _triangles(side, seed)
        values = {"source": _random(seed, len(points)), "flow": _random(seed + 9, len(points), 2)}
        mesh = meshio.Mesh(points, [("triangle", triangles)], point_data=values)
        place = folder / "meshes" / split
        place.mkdir(parents=True, exist_ok=True)
        meshio.write(place / f"mesh_{seed}.{suffix}", mesh)
        held = {"x": points[:, 0], "y": points[:, 1], "source": values["source"], "flow_x": values["flow"][:, 0]}
        corners = points[triangles][..., :2]
        sides = corners[:, 1:] - corners[:, :1]
        area = np.abs(np.linalg.det(sides)) / 2
        weight = np.zeros(len(points))
        np.add.at(weight, triangles, area[:, None] / 3)
        held |= {"flow_y": values["flow"][:, 1], "weight": weight}
        parts.append({name: np.pad(array, (0, largest - len(array))) for name, array in held.items()})
    order = (2, 0, 1)  # by name of the folder
    fields = {name: np.stack([parts[k][name] for k in order]) for name in parts[0]}
    fields |= {name: fields[name][:, None] for name in ("flow_x", "flow_y")}
    return Imitation(folder / "meshes", fields, {"train": 2, "valid": 0, "test": 1}, {"outputs": ("flow",)})
