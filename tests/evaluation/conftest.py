"""Data sets written from arrays, and runs whose surrogate is known, so that its errors are too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.dataset import Dataset
from surrogate.datasets.plan import About, Plan, begin
from surrogate.datasets.sealing import seal
from surrogate.datasets.store import Header, Part, encode
from surrogate.datasets.windows import cut, one_step, windows
from surrogate.datasets.windows import problem as problem_of
from surrogate.environment import environment
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.prediction_settings import PredictConfig
from surrogate.files import make_folder, publish_bytes
from surrogate.predictors.runs import DataRecord, RunRecord, save_run
from surrogate.predictors.surrogate import Surrogate, build
from surrogate.predictors.surrogate_settings import RecordedSettings
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid
from surrogate.training.training_settings import TrainConfig

COUNT = {"train": 6, "valid": 2, "test": 4}


@pytest.fixture(scope="session")
def specify() -> Callable[..., DataSpec]:
    """Give a specification: ``specify((8, 6), task, times, names)``."""

    def specification(points=(8, 8), task="map", times=(0.0,), names=("source", "answer"), condition="dirichlet"):
        return DataSpec(
            equation="test",
            grid=Grid.box(points, "left" if condition == "periodic" else "cells"),
            boundary=Boundary.uniform(condition, len(points)),
            fields=(
                FieldSpec(name=names[0], unit="W", role="constant"),
                FieldSpec(name=names[1], unit="m", role="state"),
            ),
            times=times,
            task=task,
        )

    return specification


@pytest.fixture(scope="session")
def dataset(tmp_path_factory) -> Callable[..., Dataset]:
    """Give a data set: ``dataset(spec, draw)`` with ``draw(generator, n) -> constants, states``; noise by default."""

    def noise(generator, shape):
        return generator.standard_normal(shape)

    def write(spec: DataSpec, draw: Callable | None = None, name: str = "fields") -> Dataset:
        folder = tmp_path_factory.mktemp("data") / name
        settings = {"seed": 0, "source": "", "format": "", "split": []}
        plan = Plan.of("data convert", About(title="a test", source="a test", notes=""), settings, COUNT, 64)
        begin(folder, plan)
        header = Header(name=name, spec=spec, split="train", seed=0, recipe=None)
        for number, piece in enumerate(plan.pieces()):
            n, generator = len(piece.indices), np.random.default_rng(number)
            constants, states = (
                draw(generator, n)
                if draw
                else (
                    noise(generator, (n, 1, *spec.grid.points)),
                    noise(generator, (n, len(spec.times), 1, *spec.grid.points)),
                )
            )
            part = Part(
                header=header.model_copy(update={"split": piece.split}),
                indices=np.arange(n),
                constants=constants.astype(np.float32),
                states=states.astype(np.float32),
                residual=np.full(n, np.nan),
                iterations=np.full(n, -1),
                effort=np.zeros(n, np.int64),
            )
            make_folder((folder / piece.path).parent)
            publish_bytes(folder / piece.path, encode(part))
        return seal(folder, plan, header, {split: np.arange(n) for split, n in COUNT.items()})

    return write


@pytest.fixture(scope="session")
def make_run(tmp_path_factory) -> Callable[..., Path]:
    """Give the folder of an untrained run on a data set; ``change(surrogate)`` may set what it computes."""
    trees: dict[tuple[str, ...], dict] = {}

    def make(data: Dataset, *words: str, change: Callable[[Surrogate], None] | None = None) -> Path:
        small = ("model=fno", "model.hidden_channels=4", "model.n_layers=1", "model.n_modes=2")
        if words not in trees:
            own = () if any(word.startswith("model=") for word in words) else small
            trees[words] = compose_tree("train", ["data=somewhere", *own, *words])
        folder = tmp_path_factory.mktemp("runs") / "small"
        config = read(TrainConfig, trees[words] | {"data": str(data.path), "out": str(folder)})
        problem = problem_of(data.spec, config.task, config.time)
        surrogate = build(config, problem)
        chosen = windows(data.spec.times, problem.task, one_step(problem))
        inputs, outputs = (torch.from_numpy(a) for a in cut(chosen, *data.read("train")))
        surrogate.fit(inputs, outputs)
        if change is not None:
            change(surrogate)
        record = RunRecord(
            version=1,
            status="finished",
            problem=problem,
            settings=RecordedSettings.of(config),
            data=DataRecord(name=data.name, hash=data.hash),
            parameters=sum(parameter.numel() for parameter in surrogate.parameters()),
            metrics={"epoch": 1.0},
            seconds=1.0,
            environment=environment(torch.device("cpu")),
        )
        save_run(folder, surrogate, record, (inputs[:2], outputs[:2]))
        return folder

    return make


@pytest.fixture(scope="session")
def settings() -> Callable[..., EvalConfig]:
    """Give the settings of an evaluation with the shipped defaults: ``settings(run, split="valid", ...)``."""
    tree = compose_tree("eval", ["run=somewhere"])

    def make(run: Path | None, **changed) -> EvalConfig:
        return read(EvalConfig, tree | {"run": run and str(run), "device": "cpu"} | changed)

    return make


@pytest.fixture(scope="session")
def wish() -> Callable[..., PredictConfig]:
    """Give the settings of a prediction: ``wish(run, input, out, steps=3)``."""
    tree = compose_tree("predict", ["run=somewhere", "input=somewhere", "out=somewhere"])

    def make(run: Path, source: Path, out: Path, **changed) -> PredictConfig:
        given = {"run": str(run), "input": str(source), "out": str(out), "device": "cpu"}
        return read(PredictConfig, tree | given | changed)

    return make
