"""Untrained runs, kept in memory, of any model on small problems."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.environment import environment
from surrogate.predictors.runs import DataRecord, Run, RunRecord
from surrogate.predictors.surrogate import build
from surrogate.predictors.surrogate_settings import RecordedSettings
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem
from surrogate.training.training_settings import TrainConfig


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Run]:
    """Give a run whose normalisers are far from the identity: ``make_run(points, "model=fno", takes_state=True)``."""

    def make(points: tuple[int, ...], *words: str, takes_state: bool = False) -> Run:
        config = read(TrainConfig, compose_tree("train", ["data=nowhere", "out=nowhere", *words]))
        state = FieldSpec(name="pressure", unit="Pa", role="state")
        problem = Problem.on_grid(
            inputs=(FieldSpec(name="permeability", unit="m2", role="constant"), *((state,) if takes_state else ())),
            outputs=(state,),
            grid=Grid.box(points, "cells"),
            boundary=Boundary.uniform("dirichlet", len(points)),
            task="step" if takes_state else "map",
        )
        generator = torch.Generator().manual_seed(1)
        inputs = 3 + 10 * torch.randn(20, len(problem.channels), *points, generator=generator)
        outputs = 0.2 + 0.01 * torch.randn(20, 1, *points, generator=generator)
        surrogate = build(config, problem)
        surrogate.fit(inputs, outputs)
        record = RunRecord(
            version=1,
            status="finished",
            problem=problem,
            settings=RecordedSettings.of(config),
            data=DataRecord(name="drawn", hash="0"),
            parameters=sum(parameter.numel() for parameter in surrogate.parameters()),
            metrics={},
            seconds=0.0,
            environment=environment(torch.device("cpu")),
        )
        examples = (inputs[:9], outputs[:9])
        return Run(Path("nowhere"), "a run of no folder", record, surrogate.eval(), digest="", examples=examples)

    return make
