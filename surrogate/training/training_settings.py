"""The settings of a training, typed. The values that a user does not give live in conf/, once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationInfo, field_validator, model_validator

from surrogate.datasets.window_settings import TimeConfig
from surrogate.errors import SettingsError, nearest, shown
from surrogate.predictors.surrogate_settings import SurrogateSettings, WallConfig
from surrogate.registry import LOSSES, OPTIMIZERS, SCHEDULES, TRACKERS, Settings
from surrogate.spaces import ChosenSpaces, Frozen, Task
from surrogate.training.optimizer import OptimizerSettings
from surrogate.values import Device, Positive, Rate, Writes

# Parts of a model, such as [lifting,layers.0]; one may stand alone.
Names = Annotated[
    tuple[Annotated[str, Field(max_length=200)], ...],
    Field(min_length=1, max_length=1000),
    BeforeValidator(
        lambda given: (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else given
    ),
]


class PhysicsConfig(WallConfig):
    """The equation's own residual as a loss: ``weight`` times it is added to ``data`` times the error.

    ``labels`` says how many of the training samples give their labels: the first so many. The others are trained on by
    the residual alone.
    """

    weight: Annotated[float, Field(ge=0)] = 0.0
    data: Annotated[float, Field(ge=0)] = 1.0
    labels: Positive | None = None


class TrainerConfig(Frozen):
    """``augment`` shows each batch in one of the symmetries that the data set declares and that its grid has.

    ``samples`` takes the first so many training samples alone, None all. An optimizer step sums the gradients of
    ``accumulate`` parts of a batch. ``recompute`` keeps no activations for the backward pass but computes them again.
    ``threads`` of the processor work, None: as many as a short trial finds worth having. ``data_on`` says where the
    samples are kept while training, ``trackers`` what the epochs are told to beside ``history.jsonl``. Runs of the
    first version name none of the fields that have a default here.
    """

    epochs: Positive
    batch_size: Positive
    grad_clip: Rate | None
    ema: Annotated[float, Field(gt=0, lt=1)] | None
    augment: bool
    early_stop: Positive | None
    precision: Literal["float32", "float64", "bfloat16", "float16"]
    device: Device
    deterministic: bool
    max_seconds: Rate | None
    samples: Positive | None = None
    accumulate: Positive = 1
    recompute: bool = False
    compile: bool = False
    threads: Annotated[int, Field(gt=0, le=4096)] | None = None
    data_on: Literal["auto", "device", "memory", "disk"] = "auto"
    parallel: Literal["auto", "ddp", "fsdp"] = "auto"
    profile: bool = False
    trackers: tuple[str, ...] | None = Field(default=None, exclude_if=lambda names: names is None)

    @field_validator("trackers")
    @classmethod
    def _known(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for name in names or ():
            if name not in TRACKERS:
                hint = nearest(name, TRACKERS.names())
                raise SettingsError(f"trainer.trackers: there is no tracker {shown(name)}{hint}")
        return names


_REGISTRIES = {"loss": LOSSES, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}


class TrainConfig(SurrogateSettings, ChosenSpaces, Writes):
    """``surrogate train``: one surrogate from one data set.

    What is learned is the map or the step of ``task``, or the map from ``sources`` to ``target``, named spaces of the
    data: exchanged names make an inverse problem. ``allow_uncertified`` accepts data whose certificate failed, or of a
    recipe that asked for none. Runs of the first version name none of these but ``task``.

    The weights begin as those of ``init``, a run or a file exported from one: all, or those of the parts
    ``init_blocks`` of the model. The parts ``freeze`` stay what they were.
    """

    data: Path
    out: Path
    init: Path | None = Field(default=None, exclude_if=lambda path: path is None)
    init_blocks: Names | None = Field(default=None, exclude_if=lambda names: names is None)
    freeze: Names | None = Field(default=None, exclude_if=lambda names: names is None)
    task: Task | None
    allow_uncertified: bool = False
    loss: SerializeAsAny[Settings]
    optimizer: SerializeAsAny[OptimizerSettings]
    schedule: SerializeAsAny[Settings]
    trainer: TrainerConfig
    time: TimeConfig = TimeConfig()
    physics: PhysicsConfig = PhysicsConfig()

    @model_validator(mode="after")
    def _of_init(self) -> Self:
        for key in ("init_blocks", "freeze") if self.init is None else ():
            if getattr(self, key) is not None:
                raise SettingsError(f"{key}: speaks of the weights of another run, and init=RUN names none")
        return self

    @field_validator("loss", "optimizer", "schedule", mode="before")
    @classmethod
    def _read(cls, node: object, of: ValidationInfo) -> Settings:
        return _REGISTRIES[str(of.field_name)].read(node)
