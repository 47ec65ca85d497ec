"""The settings of every recipe, read from the files that users read."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.spaces import Grid

RECIPES = Path(__file__).parents[2] / "data_recipes"
NAMES = sorted(path.stem for path in RECIPES.glob("*.yaml"))


def read_recipe(name, **equation):
    """Return the settings of a recipe, with some keys of its equation replaced."""
    node = yaml.safe_load((RECIPES / f"{name}.yaml").read_text())
    unmatched = {key: None for key, value in node["equation"].items() if value == "${match}"}
    node["equation"] |= unmatched | equation
    node |= {"seed": 0, "match": None, "workers": 1, "device": "cpu", "block": None, "cluster": {"kind": "none"}}
    return GenerateConfig.model_validate_json(json.dumps(node | {"out": "unused"}))


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """The number of threads decides the last bits, and workers have one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def solve_samples(equation, seed, split, indices):
    """Return the inputs of some samples, rounded as they are stored, and what the bound equation makes of them."""
    drawn = equation.draw(seed, split, indices)
    inputs = torch.from_numpy(drawn.astype(np.float32).astype(np.float64))
    return inputs, equation.solve(inputs)


@pytest.fixture
def solved():
    return solve_samples


def solver_of_line(name, length, **parameters):
    """Return what an equation makes of starts ``(b, x)``, real or complex, by a clock: frames ``(b, t, x)``."""
    equation = read_recipe(name, **parameters).equation

    def solve(u, clock):
        parts = torch.stack((u.real, u.imag), 1) if u.is_complex() else u[:, None]
        frames = equation.march(parts, parts[:, :0], Grid.box(u.shape[-1:], "left", length), clock)
        return torch.complex(frames[:, :, 0], frames[:, :, 1]) if u.is_complex() else frames[:, :, 0]

    return solve


@pytest.fixture
def on_line():
    return solver_of_line


@pytest.fixture
def recipe():
    return read_recipe


@pytest.fixture
def recipe_names():
    return NAMES


def pytest_generate_tests(metafunc):
    if "recipe_name" in metafunc.fixturenames:
        metafunc.parametrize("recipe_name", NAMES)
