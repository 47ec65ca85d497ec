"""What memory the conversion of a large file takes: a file shaped like 20 GB, most of it never written to the disk.

The file is sparse: it says that it holds 20 GB, and the numbers that were never written are read as zeros. ``surrogate
data convert`` reads it in a process of its own, whose largest resident memory is measured; what it writes is a data set
of the first ``--samples`` samples, since that takes as much of the disk as it holds. Beside it stands the same for a
tenth of the samples: memory that does not grow with them is the same.

    python benchmarks/data_memory.py
    python benchmarks/data_memory.py --kinds npy h5 --gigabytes 20 --samples 4096
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import h5py
import numpy as np
from numpy.lib import format as npy_format

POINTS = (128, 128)
FRAMES = 10
_RUN = """
import json, resource, sys, time
from pathlib import Path
from surrogate.datasets.conversion import convert
from surrogate.datasets.reading_settings import Reading
start = time.monotonic()
source, out, samples = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) or None
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
dataset = convert(source, None, (1.0, 0.0, 0.0), 0, out, reading=Reading(axes=("n", "t", "x", "y")), samples=samples)
print(json.dumps({
    "before": before * 1024, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    "seconds": time.monotonic() - start, "bytes": sum(entry.size for entry in dataset.manifest.parts),
    "samples": sum(dataset.counts.values()),
}))
"""


def sparse_file(folder: Path, kind: str, count: int) -> Path:
    """Return a file of ``count`` samples of which the first and the last are written."""
    shape, path = (count, FRAMES, *POINTS), folder / f"u.{kind}"
    one = np.random.default_rng(0).normal(size=shape[1:]).astype(np.float32)
    if kind == "npy":
        with path.open("wb") as file:
            header = {"descr": "<f4", "fortran_order": False, "shape": shape}
            npy_format.write_array_header_2_0(file, header)
            start = file.tell()
            for row in (0, count - 1):
                file.seek(start + row * one.nbytes)
                file.write(one.tobytes())
    else:
        with h5py.File(path, "w") as file:
            packed = {"compression": "gzip"} if kind == "gzip.h5" else {}
            held = file.create_dataset("u", shape, "f4", chunks=(1, *shape[1:]), **packed)
            held[0], held[count - 1] = one, one
    return path


def converted(path: Path, out: Path, samples: int) -> dict[str, float]:
    """Return what a conversion in a process of its own took."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(path), str(out), str(samples)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Print a table, a row for each kind of file and number of samples."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", default=["npy", "h5", "gzip.h5"], choices=["npy", "h5", "gzip.h5"])
    parser.add_argument("--gigabytes", type=float, default=20.0, help="what the file says that it holds")
    parser.add_argument("--samples", type=int, default=2560, help="that are converted; 0: all, which takes the disk")
    parser.add_argument("--folder", type=Path, default=None, help="where the files lie for a moment")
    given = parser.parse_args()
    sample = 4 * FRAMES * int(np.prod(POINTS))
    count = int(given.gigabytes * 1e9 / sample)
    print(
        f"{'file':8} {'says':>9} {'on disk':>9} {'samples':>8} {'written':>9} {'before':>9} {'peak':>9} {'seconds':>8}"
    )
    for kind in given.kinds:
        with tempfile.TemporaryDirectory(dir=given.folder) as name:
            folder = Path(name)
            path = sparse_file(folder, kind, count)
            says, taken = count * sample / 1e9, path.stat().st_blocks * 512 / 1e6
            wanted = given.samples or count
            for number in (wanted // 10, wanted):
                figures = converted(path, folder / f"out-{number}", number)
                print(
                    f"{kind:8} {says:6.1f} GB {taken:6.1f} MB {figures['samples']:8.0f} "
                    f"{figures['bytes'] / 1e9:6.2f} GB {figures['before'] / 2**20:5.0f} MiB "
                    f"{figures['peak'] / 2**20:5.0f} MiB {figures['seconds']:8.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
