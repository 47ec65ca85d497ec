"""The settings of every recipe, read from the files that users read."""

import json
from pathlib import Path

import pytest
import yaml

from surrogate.config.schema import GenerateConfig

RECIPES = Path(__file__).parents[2] / "data_recipes"
NAMES = sorted(path.stem for path in RECIPES.glob("*.yaml"))


def read_recipe(name, **equation):
    """Return the settings of a recipe, with some keys of its equation replaced."""
    node = yaml.safe_load((RECIPES / f"{name}.yaml").read_text())
    node["equation"] |= equation
    return GenerateConfig.model_validate_json(json.dumps(node | {"seed": 0, "workers": 1, "out": "unused"}))


@pytest.fixture
def recipe():
    return read_recipe


@pytest.fixture
def recipe_names():
    return NAMES


def pytest_generate_tests(metafunc):
    if "recipe_name" in metafunc.fixturenames:
        metafunc.parametrize("recipe_name", NAMES)
