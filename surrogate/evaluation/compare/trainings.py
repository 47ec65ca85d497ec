"""With what settings runs were trained, and in which of them two trainings differ."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from surrogate.datasets.window_settings import TimeConfig
from surrogate.errors import SettingsError
from surrogate.evaluation.leaves import leaves
from surrogate.predictors.runs import RunRecord
from surrogate.registry import OPTIMIZERS

# What runs were trained with whose records are older than the setting; what is None there is not named.
_BEFORE = {
    "allow_uncertified": False,
    "trainer.accumulate": 1,
    "trainer.recompute": False,
    "trainer.compile": False,
    "trainer.data_on": "auto",
    "trainer.parallel": "auto",
    "trainer.profile": False,
    "physics.weight": 0.0,
    "physics.data": 1.0,
}
# What may differ between two trainings of one kind: where they ran and where they lie.
_NO_DIFFERENCE = (
    "seed",
    "out",
    "data",
    "trainer.device",
    "trainer.data_on",
    "trainer.threads",
    "trainer.max_seconds",
    "trainer.profile",
)


def trained_with(record: RunRecord) -> dict[str, Any]:
    """Return the dotted name of every setting of a training -> its value; what an older record lacks is as it was then.

    Of a setting that is null by default and in no record nothing is said.
    """
    settings = record.settings.model_dump(mode="json")
    settings["time"] = TimeConfig().model_dump(mode="json") | settings.get("time", {})
    with suppress(SettingsError):  # an optimizer of a package that is not there stays as it was written
        optimizer = OPTIMIZERS.read(settings["optimizer"]).model_dump(mode="json")
        settings["optimizer"] |= {key: value for key, value in optimizer.items() if key not in settings["optimizer"]}
    named = leaves(settings)
    return named | {key: value for key, value in _BEFORE.items() if key not in named}


def unlike(one: RunRecord, other: RunRecord) -> list[str]:
    """Return in what two trainings differ but for their seed: ``data``, or such as ``optimizer.lr (0.01 and 0.02)``."""
    first, second = trained_with(one), trained_with(other)
    keys = sorted(key for key in first.keys() | second.keys() if first.get(key) != second.get(key))
    named = [f"{key} ({first.get(key)} and {second.get(key)})" for key in keys if key not in _NO_DIFFERENCE]
    return [*(["data"] if one.data.hash != other.data.hash else []), *named]
