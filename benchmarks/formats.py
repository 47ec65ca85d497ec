"""Read an imitation of every foreign format, and files of 20 GB that hold nothing but their shape.

    python benchmarks/formats.py [--page]

Writes docs/reference/formats.md and the raw figures. An imitation is written as its publisher writes (the functions lie
beside the tests), recognised, converted, and every value that comes out of the data set is held against what was
written. A large file declares 20 GB and stores none of them; its parts are read as a conversion does, for at
most 8 seconds, in a process of its own whose largest memory is kept.
"""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from _large_files import LARGE
from _table import ROOT, filled, keep, markdown, parser, stored, write_page

IMITATIONS = ROOT / "tests" / "datasets" / "formats"
# Seconds after which no more of a large file is read.
LONGEST = 8
# What a format reads, which of it is read whole, and the functions that imitate it.
FORMATS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "well": ("The Well: a folder as published, or one file", "", ("well_folder", "well_single")),
    "pdebench": (
        "PDEBench: one array (`.hdf5`), groups (`.h5`), incompressible flows",
        "",
        ("pdebench_burgers", "pdebench_darcy", "pdebench_gas", "pdebench_groups", "pdebench_incompressible"),
    ),
    "fno_mat": (
        "FNO: `.mat` of version 5 to 7.3",
        "version 5 to 7 is read whole",
        ("fno_darcy", "fno_burgers", "fno_flow", "fno_trajectory"),
    ),
    "deepxde": (
        "DeepXDE: `.npz` of aligned and unaligned operator data",
        "unaligned rows are read whole",
        ("deepxde_aligned", "deepxde_plane", "deepxde_unaligned"),
    ),
    "poseidon": ("Poseidon: `.nc` without coordinates", "", ("poseidon_velocity", "poseidon_poisson")),
    "pdearena": ("PDEArena: `.h5`, one or a folder", "", ("pdearena_flow", "pdearena_line")),
    "apebench": ("APEBench: `.npy` and JSON", "", ("apebench_folder",)),
    "xarray": (
        "netCDF 3 and 4, zarr 2 and 3 (extra `data`)",
        "",
        ("labelled_netcdf", "labelled_netcdf3", "labelled_zarr", "labelled_zarr2"),
    ),
    "mesh": ("`.vtu`, `.vtk`, `.msh` (extra `fem`)", "one mesh at a time", ("mesh_folder",)),
}


def main() -> None:
    """Measure, and write the page."""
    arguments = parser(__doc__, page=True)
    arguments.add_argument("--peak", type=Path, help="read all of a source and print the memory and time it took")
    options = arguments.parse_args()
    if options.peak is not None:
        print(json.dumps(peak(options.peak)))
        return
    if not options.page:
        measure()
    write_page("reference/formats", page(stored("formats")))


def measure() -> None:
    """Read every imitation and every large file, and keep the figures."""
    sys.path.insert(0, str(IMITATIONS))
    imitations = importlib.import_module("imitations")
    with tempfile.TemporaryDirectory() as folder:
        small = [
            imitated(Path(folder), name, writer, imitations)
            for name, (_, _, writers) in FORMATS.items()
            for writer in writers
        ]
    large = [enlarged(*case) for case in LARGE.items()]
    keep("formats", {"imitations": small, "large": large}, 1, ROOT)


def imitated(folder: Path, name: str, writer: str, imitations: ModuleType) -> dict[str, Any]:
    """Return how one imitation was recognised and whether its values came through a conversion."""
    from surrogate.datasets.conversion import convert
    from surrogate.datasets.reading_settings import Reading
    from surrogate.datasets.recognition import recognised

    place = folder / writer
    place.mkdir()
    imitation = getattr(imitations, writer)(place)
    reading = Reading(**imitation.says)
    read = recognised(imitation.path, None, reading)
    dataset = convert(imitation.path, None, (1.0, 0.0, 0.0), 0, folder / f"{writer}-converted", reading=reading)
    equal = dict.fromkeys(imitation.fields, True)
    for split in ("train", "valid", "test"):
        if dataset.counts[split]:
            indices = np.concatenate([part.indices for part in dataset.parts(split)])
            held = fields_of(dataset.spec, *dataset.read(split))
            for field, values in imitation.fields.items():
                equal[field] &= same(field, held[field], values[indices].astype(np.float32))
    print(f"{read.format:10} {writer:26} {sum(equal.values())} of {len(equal)} fields equal", flush=True)
    return {
        "format": read.format,
        "expected": name,
        "writer": writer,
        "why": read.why,
        "file": imitation.path.name,
        "fields": len(equal),
        "equal": sum(equal.values()),
        "splits": "kept" if imitation.splits is not None else "none stated",
    }


def fields_of(spec: Any, constants: Any, states: Any) -> dict[str, Any]:
    """Return the values of each field by name."""
    held = {field.name: constants[:, place] for place, field in enumerate(spec.constants)}
    return held | {field.name: states[:, :, place] for place, field in enumerate(spec.states)}


def same(field: str, held: Any, wanted: Any) -> bool:
    """Return whether all values are equal; weights are computed, and so to six digits."""
    wanted = wanted.reshape(-1, *[1] * (held.ndim - 1)) if wanted.ndim == 1 else wanted
    wanted = np.broadcast_to(wanted, held.shape)
    return bool(np.allclose(held, wanted, 1e-6, 1e-6)) if field == "weight" else np.array_equal(held, wanted)


def enlarged(name: str, write: Callable[[Path], Path]) -> dict[str, Any]:
    """Return what reading a file of 20 GB takes in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--peak", str(write(Path(folder)))]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures: dict[str, Any] = {"name": name, **json.loads(done.stdout)}
    declared, memory = figures["gigabytes"], figures["peak"] / 2**20
    read, seconds = 100 * figures["share"], figures["seconds"]
    print(f"{name}: {declared:.1f} GB, {memory:.0f} MiB, {read:.0f} % in {seconds:.0f} s", flush=True)
    return figures


def peak(path: Path) -> dict[str, Any]:
    """Read parts of a source as a conversion does, all or for a minute, and return the memory and the time it took."""
    from surrogate.datasets.dataset import bytes_per_sample
    from surrogate.datasets.recognition import recognised

    began = time.perf_counter()
    read = recognised(path)
    foreign = read.foreign
    each = bytes_per_sample(foreign.spec)
    size = max(1, min(256, (1 << 27) // each))
    order = np.random.default_rng(0).permutation(foreign.count)
    first = 0
    while first < foreign.count and time.perf_counter() - began < LONGEST:
        foreign.read(order[first : first + size])
        first += size
    return {
        "format": read.format,
        "gigabytes": each * foreign.count / 1e9,
        "share": min(1.0, first / foreign.count),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "seconds": time.perf_counter() - began,
    }


def page(raw: dict[str, Any]) -> str:
    """Return the page that these figures give."""
    largest = {case["format"]: case for case in raw["large"]}
    rows = []
    for name, (what, whole, _) in FORMATS.items():
        cases = [case for case in raw["imitations"] if case["expected"] == name]
        good = sum(case["format"] == name for case in cases)
        equal, fields = sum(case["equal"] for case in cases), sum(case["fields"] for case in cases)
        big = largest.get(name)
        memory = "" if big is None else f"{big['peak'] / 2**20:.0f} MiB"
        memory += f" ({100 * big['share']:.0f} %)" if big is not None and big["share"] < 1 else ""
        rows.append([f"`{name}`", what, f"{good} of {len(cases)}", f"{equal} of {fields}", whole or "yes", memory])
    heads = ["format", "what it reads", "recognised", "fields equal", "read in parts", "memory for 20 GB"]
    why = [[f"`{case['file']}`", f"`{case['format']}`", case["why"], case["splits"]] for case in raw["imitations"]]
    return filled(
        "formats",
        table=markdown(heads, rows, (0, 1, 4)),
        why=markdown(["file", "format", "recognised by", "splits"], why, (0, 1, 2, 3)),
        machine=raw["machine"],
        date=raw["date"],
        start=f"{min(case['peak'] for case in raw['large']) / 2**20:.0f}",
    )


if __name__ == "__main__":
    main()
