"""Samples of a recipe solved here and now, a few of them, for whoever asks what lies beyond a data set."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.layout import Piece
from surrogate.datasets.quarantine import Failure
from surrogate.datasets.samples import Bench, header_of, solve_part
from surrogate.datasets.store import Part, decode, encode
from surrogate.errors import SettingsError, SolverError
from surrogate.integrity import keep, kept
from surrogate.spaces import Split
from surrogate.typed_record import first_complaint

# What a recipe kept with a data set does not say, and none of which changes a sample.
_UNSAID = {"title": "", "source": "", "notes": "", "workers": 1, "device": "cpu", "block": None, "out": "."}
_UNSAID |= {"cluster": {"kind": "none"}}
_CERTIFICATE = {"samples": 0, "error": 1.0, "floor": 1.0, "second": 1.0, "drift": 1.0, "horizon": None}


def solved_anew(recipe: dict[str, Any], split: Split, count: int, cache: Path, device: str = "cpu") -> Part:
    """Return the first ``count`` samples of a split of a recipe, solved in this process, or as found in ``cache``.

    Sample k is drawn from (seed, split, k) as in a data set, so that levels of a setting share their random numbers.
    What no rung of the ladder solves is left out.

    Args:
        recipe: as a data set keeps it, perhaps changed.
        split: which random numbers.
        count: how many.
        cache: a folder; a part is kept there under the hash of what it holds.
        device: where they are solved.

    Raises:
        SettingsError: the equation refuses the settings or the grid.
        SolverError: none could be solved.
    """
    counts = {"train": max(count, 1), "valid": count, "test": count}
    unsaid = _UNSAID | {"count": counts, "part_size": count, "certificate": _CERTIFICATE}
    config = _typed(unsaid | recipe)
    header = header_of(config).model_copy(update={"split": split})
    key = f"{header.model_dump_json()} {count}"
    path = cache / f"{split}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.hdf5"
    stored = kept(path)
    if stored is not None:
        return decode(stored, header, str(path))
    refused: list[Failure] = []
    part = solve_part(config, header, Piece(split, 0, 0, count), Bench(device), refused.append)
    if part is None:
        raise SolverError(refused[0].reason)
    keep(path, encode(part))
    return part


def changed(recipe: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return the recipe with ``value`` at the dotted ``path``; the recipe itself stays as it is."""
    copy: dict[str, Any] = json.loads(json.dumps(recipe))
    *nodes, last = path.split(".")
    place = copy
    for node in nodes:
        place = place[node]
    place[last] = value
    return copy


def _typed(recipe: dict[str, Any]) -> GenerateConfig:
    try:
        return GenerateConfig.model_validate_json(json.dumps(recipe))
    except ValidationError as error:
        raise SettingsError(first_complaint(error, "the recipe")) from None
