"""A program that knows nothing of surrogate: reads a folder with a library of its own, and writes what it saw.

    python _foreign_client.py CLIENT FOLDER SPLIT CHANNELS OUT.npz

Runs in the environment of that library alone, and prints, as JSON, its version and what it saw besides numbers.
CHANNELS is 1 where the arrays of neuraloperator have an axis of channels, else 0: its user must know.
"""

import importlib.metadata
import json
import sys
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore")
Arrays = dict[str, np.ndarray]
Seen = tuple[Arrays, dict[str, object]]


def the_well(folder: Path, split: str, channels: bool) -> Seen:
    """Read every sample by WellDataset, with all its frames."""
    from the_well.data import WellDataset

    probe = WellDataset(path=str(folder), well_split_name=split, n_steps_input=0, n_steps_output=1)
    frames = probe.metadata.n_steps_per_trajectory[0]
    data = WellDataset(path=str(folder), well_split_name=split, n_steps_input=0, n_steps_output=frames)
    samples = list(data)
    arrays = {"states": np.stack([np.asarray(sample["output_fields"]) for sample in samples])}
    if "constant_fields" in samples[0]:
        arrays["constants"] = np.stack([np.asarray(sample["constant_fields"]) for sample in samples])
    arrays["grid"] = np.asarray(samples[0]["space_grid"])
    fields = {str(order): list(names) for order, names in data.metadata.field_names.items()}
    seen = {"name": data.metadata.dataset_name, "fields": fields}
    return arrays, seen | {"boundary": np.asarray(samples[0]["boundary_conditions"]).tolist()}


def pdebench(folder: Path, split: str, channels: bool) -> Seen:
    """Read every sample by the data class of PDEBench's FNO that takes such a file."""
    from pdebench.models.fno.utils import FNODatasetMult, FNODatasetSingle

    (path,) = folder.glob(f"*_{split}.h*5")
    where = f"{folder}/"
    if path.suffix == ".h5":
        data = FNODatasetMult(path.stem, initial_step=1, saved_folder=where, test_ratio=0.0)
    else:
        data = FNODatasetSingle(path.name, initial_step=1, saved_folder=where, test_ratio=0.0)
    samples = [data[number] for number in range(len(data))]
    arrays = {"states": np.stack([np.asarray(sample[1]) for sample in samples]), "grid": np.asarray(samples[0][2])}
    return arrays, {"class": type(data).__name__}


def neuraloperator(folder: Path, split: str, channels: bool) -> Seen:
    """Read train and test by PTDataset, as its example of Darcy flow does."""
    from neuralop.data.datasets.pt_dataset import PTDataset

    (train,) = folder.glob("*_train_*.pt")
    name, _, points = train.stem.rsplit("_", 2)
    every = 10**9
    data = PTDataset(
        folder,
        name,
        n_train=every,
        n_tests=[every],
        batch_size=4,
        test_batch_sizes=[4],
        train_resolution=int(points),
        test_resolutions=[int(points)],
        encode_output=False,
        channels_squeezed=not channels,
    )
    held = data.train_db if split == "train" else data.test_dbs[int(points)]
    samples = [held[number] for number in range(len(held))]
    arrays = {key: np.stack([np.asarray(sample[key]) for sample in samples]) for key in ("x", "y")}
    return arrays, {"class": "PTDataset"}


def xarray(folder: Path, split: str, channels: bool) -> Seen:
    """Open a netCDF file by netCDF4, or a zarr store, and read everything in it."""
    import xarray as xr

    path = next(iter(folder.glob(f"{split}.*")))
    data = xr.open_zarr(path, chunks=None) if path.suffix == ".zarr" else xr.open_dataset(path, engine="netcdf4")
    arrays = {str(name): np.asarray(array) for name, array in data.variables.items()}
    units = {str(name): array.attrs.get("units") for name, array in data.variables.items()}
    dims = {str(name): list(array.dims) for name, array in data.data_vars.items()}
    return arrays, {"dims": dims, "units": units, "coordinates": sorted(map(str, data.coords))}


PACKAGES = {"the_well": "the-well", "pdebench": "pdebench", "neuraloperator": "neuraloperator", "xarray": "xarray"}


def main() -> None:
    """Read, and write what was seen."""
    client, folder, split, channels, out = sys.argv[1:]
    arrays, seen = globals()[client](Path(folder), split, channels == "1")
    np.savez(out, **arrays)
    print(json.dumps({"version": importlib.metadata.version(PACKAGES[client]), **seen}, default=str))


if __name__ == "__main__":
    main()
