"""Other people's programs read what `data export` writes; writes docs/results/foreign_clients.md.

    python benchmarks/foreign_clients.py [--place FOLDER] [--checker FILE] [--page]

Makes small data sets by the command line, exports each in every format, and has the-well's WellDataset, PDEBench's FNO
data classes, neuraloperator's PTDataset and xarray read them, each installed by pip into an environment below
PLACE/environments that has nothing of ours. What they read is compared with the data set, number by number.
``--checker`` is The Well's scripts/check_thewell_formatting.py, which no package has, or its assertions; every file is
shown to it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

import numpy as np
from _table import ROOT, filled, keep, markdown, parser, stored, surrogate, write_page

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.export_job import named_arrays_of
from surrogate.datasets.windows import pairs
from surrogate.spaces import Split

CLIENT = ROOT / "benchmarks" / "_foreign_client.py"
# A recipe of each kind: steady, a scalar on a line, several fields in the plane, compressible flow by its names.
DATA = {
    "darcy": "recipe=darcy_rough grid=16",
    "burgers": "recipe=burgers grid=64 equation.frames=6",
    "grayscott": "recipe=gray_scott grid=16 equation.frames=4",
}
COUNTS = "count.train=8 count.valid=4 count.test=4 certificate.samples=0 workers=1"
# Client -> what pip installs, and the formats that it is given. PDEBench asks for Python below 3.11 and torch 1.13; its
# data classes need neither.
CLIENTS = {
    "the_well": ((("the-well==1.2.0",),), ("well",)),
    "pdebench": (
        (("--no-deps", "--ignore-requires-python", "pdebench==0.1.0"), ("torch==2.13.0", "h5py", "numpy")),
        ("pdebench",),
    ),
    "neuraloperator": ((("neuraloperator==2.0.0", "torch==2.13.0"),), ("neuraloperator",)),
    "xarray": ((("xarray", "netCDF4", "zarr"),), ("netcdf", "zarr")),
}
SPLITS: tuple[Split, ...] = ("train", "test")


def environment(place: Path, client: str) -> Path:
    """Return the interpreter of an environment that holds one client."""
    folder = place / "environments" / client
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        for packages in CLIENTS[client][0]:
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        (folder / "complete").touch()
    return python


def expected(format: str, data: Dataset, split: Split) -> dict[str, np.ndarray]:
    """Return what a client must see, by the rules of its library: channels last in The Well, times last in PDEBench."""
    constants, states = data.read(split)
    if format == "well":
        given = {"constants": np.moveaxis(constants, 1, -1)} if constants.shape[1] else {}
        return {"states": np.moveaxis(states, 2, -1), **given}
    if format == "pdebench":
        if len(data.spec.times) == 1:  # nu, then the pressure, where times are
            joined = np.stack([constants[:, 0], states[:, 0, 0]], axis=-1)
            return {"states": joined[..., None]}
        return {"states": np.moveaxis(states, (1, 2), (-2, -1))}
    if format == "neuraloperator":
        return dict(zip(("x", "y"), pairs(data.spec, data.spec.task, constants, states), strict=True))
    fields = {
        array.field.name: np.concatenate([array.take(part) for part in data.parts(split)])
        for array in named_arrays_of(data.spec)
    }
    axes = dict(zip("xyz", data.spec.grid.coordinates(), strict=False))
    return fields | axes | ({"time": np.asarray(data.spec.times)} if len(data.spec.times) > 1 else {})


def read(
    python: Path, client: str, folder: Path, split: str, channels: bool
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Return what a client read, and what else it saw."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "seen.npz"
        words = [python, "-I", CLIENT, client, folder, split, str(int(channels)), out]
        ran = subprocess.run(words, check=False, capture_output=True, text=True, cwd=scratch)
        if ran.returncode:
            raise SystemExit(f"{client} on {folder} {split}:\n{ran.stderr}")
        with np.load(out) as archive:
            return dict(archive), json.loads(ran.stdout.splitlines()[-1])


def compare(python: Path, client: str, format: str, data: Dataset, folder: Path) -> dict[str, Any]:
    """Return in how many numbers a client's reading differs from the data set, over train and test."""
    numbers, differ, seen = 0, 0, dict[str, Any]()
    channels = len(data.spec.problem().channels) * len(data.spec.states) > 1
    for split in SPLITS:
        arrays, seen = read(python, client, folder, split, channels)
        for name, values in expected(format, data, split).items():
            if arrays[name].shape != values.shape:
                raise SystemExit(f"{client}, {format}, {name}: shape {arrays[name].shape}, expected {values.shape}")
            numbers += values.size
            differ += int((arrays[name] != values).sum())
    return {"client": client, "format": format, "numbers": numbers, "differ": differ, "seen": seen}


def checked(python: Path, checker: Path, folder: Path) -> dict[str, Any]:
    """Return how many files the format checker of The Well accepts."""
    files = sorted(folder.glob("data/*/*.hdf5"))
    codes = [subprocess.run([python, checker, file], check=False, capture_output=True).returncode for file in files]
    return {"files": len(files), "accepted": codes.count(0)}


def measure(place: Path, checker: Path | None) -> dict[str, Any]:
    """Return what every client saw of every data set."""
    rows, accepted = [], {}
    for name, recipe in DATA.items():
        surrogate(f"generate {recipe} {COUNTS} out=data/{name}", place, 1)
        data = open_dataset(place / "data" / name)
        for client, (_, formats) in CLIENTS.items():
            python = environment(place, client)
            for format in formats:
                folder = place / "exports" / f"{name}-{format}"
                surrogate(f"data export data/{name} format={format} out={folder}", place, 1)
                rows.append({"data": name, "kind": kind(data), **compare(python, client, format, data, folder)})
                print(rows[-1], flush=True)
                if format == "well" and checker is not None:
                    accepted[name] = checked(python, checker, folder)
    return {"rows": rows, "checker": accepted}


def kind(data: Dataset) -> str:
    """Return a data set in a few words."""
    spec = data.spec
    times = "steady" if len(spec.times) == 1 else f"{len(spec.times)} times"
    fields = ", ".join(field.name for field in spec.fields)
    return f"{spec.equation}: {fields} on {' x '.join(map(str, spec.domain.points))}, {times}"


def page(raw: dict[str, Any]) -> str:
    """Return the page of the raw figures."""
    rows = [
        (row["kind"], row["client"], row["seen"]["version"], row["format"], f"{row['numbers']:,}", str(row["differ"]))
        for row in raw["rows"]
    ]
    heads = ("data", "client", "version", "format", "numbers compared", "that differ")
    files = sum(each["files"] for each in raw["checker"].values())
    units = next(row["seen"] for row in raw["rows"] if row["format"] == "netcdf" and row["data"] == "burgers")
    return filled(
        "foreign_clients",
        raw=raw,
        table=markdown(heads, rows, words=(0, 1, 2, 3)),
        files=files,
        accepted=sum(each["accepted"] for each in raw["checker"].values()),
        units=units,
        with_unit=[name for name, unit in units["units"].items() if unit is not None],
    )


def main() -> None:
    """Measure, keep the raw figures, write the page."""
    arguments = parser(__doc__, ROOT / "build" / "foreign_clients", page=True)
    arguments.add_argument("--checker", type=lambda text: Path(text).absolute(), help="The Well's format checker")
    chosen = arguments.parse_args()
    if not chosen.page:
        chosen.place.mkdir(parents=True, exist_ok=True)
        keep("foreign_clients", measure(chosen.place, chosen.checker), 1, chosen.place)
    write_page("results/foreign_clients", page(stored("foreign_clients")))


if __name__ == "__main__":
    sys.exit(main())
