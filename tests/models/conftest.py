"""Problems and models to test with."""

import json
from pathlib import Path

import pytest
import torch
import yaml

from surrogate.registry import MODELS
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem

CONF = Path(__file__).parents[2] / "conf" / "model"
PLACEMENTS = {"periodic": "left", "dirichlet": "nodes", "neumann": "cells"}


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.fixture
def problem():
    """Make a problem on a box: points, boundary condition, channels in and out."""

    def make(points, condition="dirichlet", inputs=1, outputs=1):
        grid = Grid.box(points, PLACEMENTS[condition])
        return Problem.on_grid(
            inputs=tuple(FieldSpec(name=f"a{i}", unit="1", role="constant") for i in range(inputs)),
            outputs=tuple(FieldSpec(name=f"u{i}", unit="1", role="state") for i in range(outputs)),
            grid=grid,
            boundary=Boundary.uniform(condition, len(points)),
            task="map",
        )

    return make


@pytest.fixture
def defaults():
    """Return the settings that YAML gives a model, as a mapping."""
    return lambda name: yaml.safe_load((CONF / f"{name}.yaml").read_text())["model"]


@pytest.fixture
def build(defaults):
    """Make a model with its default settings, changed by keywords, ready for a forward pass."""

    def make(name, problem, **changes):
        module = MODELS.module(name)
        settings = module.Settings.model_validate_json(json.dumps(defaults(name) | changes))
        model = module.Model(settings, problem)
        if model.capabilities.prepared_from:
            points = problem.grid.points
            outputs = torch.randn(200, len(problem.target.fields), *points)
            model.prepare(torch.randn(200, len(problem.channels), *points), outputs)
        return model

    return make
