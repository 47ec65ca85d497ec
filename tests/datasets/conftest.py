"""Small data sets that the tests of this folder share."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from surrogate.datasets.generation import generate
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.store import Header, Part
from surrogate.reading import sha256
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid

RECIPES = Path(__file__).parents[2] / "data_recipes"


def never() -> bool:
    return False


def small(name: str, out: Path, equation: dict, certified: int | None, changed: dict) -> GenerateConfig:
    """Return a recipe made small, with settings of its equation and others put in; ``certified`` samples are proved."""
    settings = yaml.safe_load((RECIPES / f"{name}.yaml").read_text(encoding="utf-8"))
    settings["equation"] |= equation
    if certified is not None:
        settings["certificate"]["samples"] = certified
    settings["certificate"] |= {"floor": 0.3, "second": 0.1}  # on so few cells nothing is near
    settings |= {"grid": 16, "count": {"train": 10, "valid": 3, "test": 5}, "part_size": 4, "seed": 7}
    settings |= {"workers": 1, "device": "cpu", "block": None, "cluster": {"kind": "none"}}
    settings |= {"match": None, "out": str(out)} | changed
    return GenerateConfig.model_validate_json(json.dumps(settings))


@pytest.fixture(scope="session")
def recipe():
    """Return the small recipe with other settings put in."""
    return lambda out, **changed: small("darcy_rough", out, {"refine": 1, "resolution": 1}, None, changed)


@pytest.fixture(scope="session")
def recipe_of():
    """Return any recipe, made small, whose samples are not solved again for a certificate."""
    return lambda name, out, equation, **changed: small(name, out, equation, 0, changed)


@pytest.fixture(scope="session")
def unbroken(recipe, tmp_path_factory) -> Path:
    """The small data set, made by one worker without interruption; not to be written to."""
    config = recipe(tmp_path_factory.mktemp("unbroken") / "darcy")
    for _ in generate(config, never):
        pass
    return config.out


@pytest.fixture(scope="session")
def hashes():
    """Return the hash of every file of a data set, but of the times it took."""

    def of(folder: Path) -> dict[str, str]:
        files = [path for path in folder.rglob("*") if path.is_file() and path.name != "timing.jsonl"]
        return {str(path.relative_to(folder)): sha256(path) for path in files}

    return of


@pytest.fixture
def spec() -> DataSpec:
    """A moving problem in two dimensions, with two constants, two states and mixed boundaries."""
    names = (("slope", "constant"), ("mask", "constant"), ("height", "state"), ("speed", "state"))
    return DataSpec(
        equation="waves",
        grid=Grid(points=(6, 5), lengths=(1.0, 2.0), placement=("cells", "left"), origin=(0.0, -1.0)),
        boundary=Boundary(sides=(("dirichlet", "neumann"), ("periodic", "periodic"))),
        fields=tuple(FieldSpec(name=name, unit="m", role=role) for name, role in names),
        times=(0.0, 0.5, 1.0, 1.5),
        task="step",
    )


@pytest.fixture
def part(spec) -> Part:
    """Seven samples of that problem."""
    random = np.random.default_rng(0)
    return Part(
        header=Header(name="waves", spec=spec, split="valid", seed=3, recipe={"law": "é", "seed": 3}),
        indices=np.arange(10, 17),
        constants=random.normal(size=(7, 2, 6, 5)).astype(np.float32),
        states=random.normal(size=(7, 4, 2, 6, 5)).astype(np.float32),
        residual=random.random(7),
        iterations=random.integers(0, 50, 7),
        effort=np.ones(7, np.int64),
    )
