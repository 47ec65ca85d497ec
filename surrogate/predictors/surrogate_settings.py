"""What a surrogate is, as settings: its model, how it normalises, what it does on walls and on other grids.

How it was trained is no part of that: of a run's other settings a record keeps the JSON, which training types.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, field_validator

from surrogate.registry import MODELS, Settings
from surrogate.spaces import ChosenSpaces, Frozen
from surrogate.values import Count, Positive, Rate

NormaliserKind = Literal["none", "scalar", "channel", "pointwise"]


class NormaliserConfig(Frozen):
    inputs: NormaliserKind
    outputs: NormaliserKind


class OffGridConfig(Frozen):
    """What becomes of fields on another grid than the training data's, where the model is not the same map on any.

    ``model`` applies it there all the same. ``interpolate`` asks it on its own grid and interpolates its answers.
    ``refine`` also corrects the answer on each finer grid, by what is learned for it in the end: ``steps`` corrections
    of ``width`` channels, from at most ``samples`` training pairs, ``epochs`` times, at the rate ``lr``.
    """

    method: Literal["model", "interpolate", "refine"] = "model"
    width: Positive = 16
    steps: Positive = 4
    samples: Positive = 400
    epochs: Positive = 10
    lr: Rate = 5.0e-3


class WallConfig(Frozen):
    """``hard_boundary`` makes every prediction take the boundary values of the problem exactly."""

    hard_boundary: bool = False


class SurrogateSettings(Frozen):
    """What a surrogate is. Runs of the first version name none of the fields that have a default here.

    ``residual`` makes the model give the change of the state; the weights it begins with depend on ``seed``.
    """

    residual: bool
    seed: Count
    model: SerializeAsAny[Settings]
    normaliser: NormaliserConfig
    physics: WallConfig = WallConfig()
    off_grid: OffGridConfig = OffGridConfig()

    @field_validator("model", mode="before")
    @classmethod
    def _read_model(cls, node: object) -> Settings:
        return MODELS.read(node)


class _RecordedLoss(Frozen):
    model_config = ConfigDict(extra="allow")

    name: str


class _RecordedTrainer(Frozen):
    model_config = ConfigDict(extra="allow")

    epochs: Positive
    samples: Positive | None = None


class _RecordedPhysics(WallConfig):
    model_config = ConfigDict(extra="allow")


class RecordedSettings(SurrogateSettings, ChosenSpaces):
    """The settings of a run as its record keeps them: of how it was trained, what says which data it learned from.

    ``data`` and ``out`` are the data set and the folder of the run; ``sources`` and ``target`` name the spaces that it
    maps, where they were chosen by name; it began with the weights of
    ``init``. Whatever else training was told is kept as JSON.
    """

    model_config = ConfigDict(extra="allow")

    data: Path
    out: Path
    init: Path | None = Field(default=None, exclude_if=lambda path: path is None)
    loss: _RecordedLoss
    trainer: _RecordedTrainer
    physics: _RecordedPhysics = _RecordedPhysics()

    @classmethod
    def of(cls, settings: BaseModel) -> RecordedSettings:
        """Return the settings of a training as a record keeps them."""
        return cls.model_validate_json(settings.model_dump_json())
