"""The settings of every command, typed. The values that a user does not give live in conf/, once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SerializeAsAny, field_validator, model_validator

from surrogate.errors import SettingsError, shown
from surrogate.registry import EQUATIONS, MODELS, Settings
from surrogate.spaces import Frozen, Task


def _device(name: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", name):
        raise ValueError("auto, cpu, cuda or cuda:NUMBER")
    return name


Positive = Annotated[int, Field(gt=0, le=1_000_000_000)]
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Rate = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Device = Annotated[str, AfterValidator(_device)]
NormaliserKind = Literal["none", "scalar", "channel", "pointwise"]


class Writes(Frozen):
    """A command that writes: ``overwrite`` lets it replace what is not its own. No record keeps that word."""

    overwrite: bool = Field(default=False, exclude=True)


class Counts(Frozen):
    train: Positive
    valid: Count
    test: Count


class CertificateConfig(Frozen):
    """What a data set must show before it is trusted, stated beforehand.

    ``samples`` of it, chosen by the seed, are solved again. ``error`` bounds how far the stored labels may be from
    their own discrete equation, solved again in float64 from the stored inputs; ``floor`` how far they may be from
    the equation itself, by a bound from a grid twice as fine with half the step; ``second`` how far from a second
    method that shares no code; ``drift`` what should not change in time. All are relative L2 errors over the frames up
    to ``horizon`` (None: all), of the worst field of the worst sample. ``step`` bounds, where the task is ``step``, how
    far the equation solved from a stored frame may miss the next one, of the worst frame; recipes of the first version
    do not name it, and None asks for nothing.
    """

    samples: Count
    error: Rate
    floor: Rate
    second: Rate
    drift: Rate
    horizon: Rate | None
    step: Rate | None = None


class NoCluster(Frozen):
    """Workers of this command, on this machine."""

    kind: Literal["none"]


class LocalJobs(Frozen):
    """Jobs of submitit on this machine, which outlive the command."""

    kind: Literal["local"]
    jobs: Positive
    minutes: Positive


class SlurmJobs(Frozen):
    """An array of jobs on a SLURM cluster; ``options`` are passed to sbatch, ``setup`` are lines of shell."""

    kind: Literal["slurm"]
    jobs: Positive
    minutes: Positive
    memory_gb: Positive
    partition: str | None
    account: str | None
    options: dict[str, str | int]
    setup: tuple[str, ...]


ClusterConfig = Annotated[NoCluster | LocalJobs | SlurmJobs, Field(discriminator="kind")]


class GenerateConfig(Writes):
    """``surrogate generate``: a recipe, a grid, counts, and where the data set goes.

    ``pilot`` solves one sample as the certificate will, before the others, and refuses a recipe that cannot hold its
    limits on this grid; plans do not name it. ``match`` names the paper whose own discretisation is to be reproduced,
    None solves the equation itself. ``block`` is the number of samples solved together, None as many as suit the
    equation and the device.
    """

    name: str
    title: str
    source: str
    notes: str
    equation: SerializeAsAny[Settings]
    task: Task
    grid: Annotated[tuple[Annotated[int, Field(ge=4, le=2**24)], ...], Field(min_length=1, max_length=3)]
    count: Counts
    part_size: Positive
    certificate: CertificateConfig
    match: str | None
    seed: Count
    workers: Positive
    device: Device
    pilot: bool = False
    block: Positive | None
    cluster: ClusterConfig
    out: Path

    @model_validator(mode="after")
    def _somebody_to_match(self) -> GenerateConfig:
        if self.match is not None and getattr(self.equation, "match", None) != self.match:
            raise SettingsError(f"match: the recipe '{self.name}' reproduces no paper's own discretisation")
        return self

    @field_validator("equation", mode="before")
    @classmethod
    def _read_equation(cls, node: object) -> Settings:
        return EQUATIONS.read(node)

    @field_validator("grid", mode="before")
    @classmethod
    def _one_number_is_every_axis(cls, node: Any) -> Any:
        if isinstance(node, bool) or not isinstance(node, int | list | tuple):
            raise SettingsError(f"grid: expected integers, as in grid=64 or 'grid=[64,64]', got {shown(node)}")
        return (node,) if isinstance(node, int) else tuple(node)


class NormaliserConfig(Frozen):
    inputs: NormaliserKind
    outputs: NormaliserKind


class LossConfig(Frozen):
    name: Literal["relative_l2", "h1_fd", "h1_mgno", "mse"]


class OptimizerConfig(Frozen):
    """``adam`` adds the weight decay to the gradient; ``adamw`` and ``soap`` decouple it.

    ``betas`` are the decays of the running means, ``every`` is how often ``soap`` turns its basis. Runs of the first
    version do not name them.
    """

    name: Literal["adam", "adamw", "soap"]
    lr: Rate
    weight_decay: Annotated[float, Field(ge=0)]
    betas: tuple[Decay, Decay] = (0.9, 0.999)
    every: Positive = 1


class ScheduleConfig(Frozen):
    """``onecycle`` and ``cosine`` span the run; ``step`` multiplies by ``gamma`` every ``every`` epochs.

    ``per`` says whether the learning rate moves after each epoch or after each optimizer step.
    """

    name: Literal["constant", "onecycle", "cosine", "step"]
    per: Literal["epoch", "step"]
    warmup: Fraction
    start_factor: Rate
    final_factor: Annotated[float, Field(ge=0)]
    every: Positive
    gamma: Rate


class TimeConfig(Frozen):
    """How a surrogate of steps learns from trajectories; a task ``map`` has none.

    ``one_step`` compares every frame with the next. ``unrolled`` goes ``steps`` steps with the gradient through all of
    them, ``push_forward`` with the gradient through the last alone. ``all_pairs`` learns every lead from 1 to ``steps``
    frames, with the lead time among the inputs. ``history`` frames go in, oldest first. ``noise`` is the deviation of
    what is added to the frames that go in, in units of the state's own. Of the epochs of ``unrolled`` and
    ``push_forward`` the share ``pretrain`` comes first and learns a single step.
    """

    training: Literal["one_step", "unrolled", "push_forward", "all_pairs"] = "one_step"
    steps: Positive = 1
    history: Positive = 1
    noise: Annotated[float, Field(ge=0)] = 0.0
    pretrain: Fraction = 0.0


class PhysicsConfig(Frozen):
    """The equation's own residual as a loss: ``weight`` times it is added to ``data`` times the error.

    ``labels`` says how many of the training samples give their labels: the first so many. The others are trained on by
    the residual alone. ``hard_boundary`` makes every prediction take the boundary values of the problem exactly.
    """

    weight: Annotated[float, Field(ge=0)] = 0.0
    data: Annotated[float, Field(ge=0)] = 1.0
    labels: Positive | None = None
    hard_boundary: bool = False


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


class TrainerConfig(Frozen):
    """``augment`` shows each batch in one of the symmetries that the data set declares and that its grid has.

    ``samples`` takes the first so many training samples alone, None all. An optimizer step sums the gradients of
    ``accumulate`` parts of a batch. ``recompute`` keeps no activations for the backward pass but computes them again.
    ``threads`` of the processor work, None: as many as a short trial finds worth having. ``data_on`` says where the
    samples are kept while training. Runs of the first version name none of the fields that have a default here.
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


class TrainConfig(Writes):
    """``surrogate train``: one surrogate from one data set.

    ``allow_uncertified`` accepts data whose certificate failed, or of a recipe that asked for none. Runs of the first
    version do not name it.
    """

    data: Path
    out: Path
    task: Task | None
    residual: bool
    allow_uncertified: bool = False
    seed: Count
    model: SerializeAsAny[Settings]
    normaliser: NormaliserConfig
    loss: LossConfig
    optimizer: OptimizerConfig
    schedule: ScheduleConfig
    trainer: TrainerConfig
    time: TimeConfig = TimeConfig()
    physics: PhysicsConfig = PhysicsConfig()
    off_grid: OffGridConfig = OffGridConfig()

    @field_validator("model", mode="before")
    @classmethod
    def _read_model(cls, node: object) -> Settings:
        return MODELS.read(node)
