"""The files of APEBench: ``NAME_train.npy`` and ``NAME_test.npy``, ``(n, t, c, x...)``, and ``NAME.json`` beside them.

The JSON holds the settings of the scenario: how many axes, the length of the box, the step in time. All scenarios are
periodic. The test trajectories are longer than those for training; of all, the frames are taken that the shortest have.

Source: https://github.com/Ceyron/apebench, apebench/_scraper.py (MIT).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from surrogate.datasets.foreign import Foreign, SourceArray
from surrogate.datasets.formats._axes import PlacedAxis
from surrogate.datasets.formats._blocks import FieldBlock
from surrogate.datasets.formats._damage import refusing_damage
from surrogate.datasets.formats._many_files import Arrays, across, split_rows
from surrogate.datasets.formats._published import Published
from surrogate.datasets.reading_settings import AS_IT_IS, Reading
from surrogate.datasets.source import Source
from surrogate.datasets.stored_array import npy_array
from surrogate.errors import InputError
from surrogate.reading import read_json
from surrogate.spaces import FieldSpec, Split

_SPLITS: tuple[Split, ...] = ("train", "test")


def recognise(source: Source) -> str | None:
    """Return why it is of APEBench, None where it is not."""
    if source.kind == "folder":
        stems = {name.removesuffix("_train.npy") for name in source.files if name.endswith("_train.npy")}
        stems = {stem for stem in stems if f"{stem}.json" in source.files}
        return f"a folder with {stem}_train.npy and {stem}.json" if (stem := min(stems, default=None)) else None
    stem = _stem(source.path)
    if stem is None or not source.path.with_name(f"{stem}.json").is_file():
        return None
    train = source.path.with_name(f"{stem}_train.npy")
    return f"{train.name} with {stem}.json beside it" if train.is_file() else None


@refusing_damage
def read(path: Path, reading: Reading = AS_IT_IS) -> Foreign:
    """Return the trajectories of the files beside ``path``, or in that folder; values are read as they are asked for.

    Raises:
        InputError: a file is missing or damaged, or the folder holds several scenarios.
        SettingsError: what the user says does not fit.
    """
    folder, stem = _scenario(path)
    held = [split for split in _SPLITS if (folder / f"{stem}_{split}.npy").is_file()]
    arrays = [npy_array(folder / f"{stem}_{split}.npy") for split in held]
    shape = arrays[0].shape
    for split, array in zip(held, arrays, strict=True):
        if len(array.shape) not in (4, 5, 6) or array.shape[2:] != shape[2:]:
            where = folder / f"{stem}_{split}.npy"
            raise InputError(f"{where}: holds {array.shape}; expected (n, t, c, x...), one shape for train and test")
    frames = min(array.shape[1] for array in arrays)
    points, channels = shape[3:], shape[2]
    info = _info(folder / f"{stem}.json")
    names = tuple(f"u{place}" for place in range(channels)) if channels > 1 else ("u",)
    starts = np.cumsum([0, *(array.shape[0] for array in arrays)])
    block = FieldBlock(
        tuple(FieldSpec(name=name, unit="1", role="state") for name in names),
        lambda rows: across(starts, rows, lambda owner, own: _channels(arrays[owner].take(0, own), frames)),
        SourceArray(shape, ",".join("ntcxyz"[: len(shape)])),
    )
    length, step = _number(info, "domain_extent", 1.0), _number(info, "dt", 1.0)
    cut = max(array.shape[1] for array in arrays)
    settings = ", ".join(f"{key} = {value}" for key, value in info.items() if isinstance(value, int | float | str))
    published = Published(
        format="apebench",
        name=stem,
        notes=(
            f"A scenario of APEBench: {settings}. It gives no units."
            + (f" Test trajectories have {cut} frames, of which the first {frames} are taken." if cut > frames else "")
        ),
        where=str(folder / stem),
        count=int(starts[-1]),
        blocks=[block],
        axes={axis: PlacedAxis(count, length, "left", 0.0) for axis, count in zip("xyz", points, strict=False)},
        boundary=[("periodic", "periodic")] * len(points),
        times=step * np.arange(frames),
        splits=split_rows(held, starts),
        guesses=tuple(
            f"{what} 1, as {stem}.json has no {key}: {word}=..."
            for key, what, word in (("domain_extent", "length", "lengths"), ("dt", "time step", "times"))
            if key not in info
        ),
    )
    return published.read_as(reading)


def _stem(path: Path) -> str | None:
    if path.suffix == ".json":
        return path.stem
    for ending in ("_train", "_test"):
        if path.suffix == ".npy" and path.stem.endswith(ending):
            return path.stem.removesuffix(ending)
    return None


def _scenario(path: Path) -> tuple[Path, str]:
    """Return the folder and the name of the one scenario."""
    if not path.is_dir():
        stem = _stem(path)
        if stem is None:
            raise InputError(f"{path}: expected NAME_train.npy, NAME_test.npy or NAME.json of APEBench")
        return path.parent, stem
    stems = sorted(file.name.removesuffix("_train.npy") for file in path.glob("*_train.npy"))
    if len(stems) != 1:
        what = f"several scenarios, {', '.join(stems[:4])}; name one of their files" if stems else "no NAME_train.npy"
        raise InputError(f"{path}: holds {what}")
    return path, stems[0]


def _info(path: Path) -> Mapping[str, Any]:
    content = read_json(path)
    info = content.get("info", content) if isinstance(content, dict) else None
    if not isinstance(info, dict):
        raise InputError(f"{path}: expected a mapping of settings under 'info'")
    return info


def _number(info: Mapping[str, Any], key: str, otherwise: float) -> float:
    value = info.get(key, otherwise)
    return float(value) if isinstance(value, int | float) and value > 0 else otherwise


def _channels(values: np.ndarray[Any, np.dtype[Any]], frames: int) -> Arrays:
    return [values[:, :frames, place] for place in range(values.shape[2])]
