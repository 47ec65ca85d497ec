"""Small data sets of the supported equations, and what can be drawn of them."""

from __future__ import annotations

import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.generation import generate
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.environment import environment
from surrogate.predictors.runs import DataRecord, RunRecord, save_run
from surrogate.predictors.surrogate import build
from surrogate.predictors.surrogate_settings import RecordedSettings
from surrogate.solve.equation import LinearEquation
from surrogate.training.training_settings import TrainConfig

ON_ITS_GRID = ("equation.refine=1", "equation.resolution=16")
COUNTS = ("grid=24", "count.train=6", "count.valid=3", "count.test=5", "certificate.samples=0")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def equation_of(recipe, *words):
    """Return the equation of a recipe on 24 x 24 cells."""
    config = read(GenerateConfig, compose_tree("generate", [f"recipe={recipe}", *words, "out=unused"]))
    return LinearEquation(config.equation.on((24,), config.task))


def drawn(equation, count=5):
    """Return the inputs of the first test samples."""
    return torch.from_numpy(equation.equation.draw(0, "test", range(count)))


@pytest.fixture(scope="session")
def darcy():
    """The equation of rough Darcy flow."""
    return equation_of("darcy_rough", *ON_ITS_GRID)


@pytest.fixture(scope="session")
def poisson():
    """The Poisson equation, inputs of it, and its exact solutions for them."""
    equation = equation_of("poisson")
    inputs = drawn(equation)
    return equation, inputs, equation.equation.solve(inputs).states[:, 0, 0]


@pytest.fixture(scope="session")
def problems(darcy):
    """The linear problems of five coefficients."""
    return darcy.problem(drawn(darcy))


@pytest.fixture(scope="session")
def rough(tmp_path_factory):
    """A small data set of rough Darcy flow."""
    folder = tmp_path_factory.mktemp("data") / "rough"
    for _ in generate(
        read(GenerateConfig, compose_tree("generate", ["recipe=darcy_rough", *ON_ITS_GRID, *COUNTS, f"out={folder}"])),
        lambda: False,
    ):
        pass
    return open_dataset(folder)


@pytest.fixture(scope="session")
def a_run(rough, tmp_path_factory):
    """A run on the rough data that has learned nothing: its prediction is one guess like any other."""
    folder = tmp_path_factory.mktemp("run") / "untrained"
    words = [f"data={rough.path}", f"out={folder}", "model=fno", "model.hidden_channels=4", "model.n_modes=4"]
    config = read(TrainConfig, compose_tree("train", words))
    problem = rough.spec.problem()
    surrogate = build(config, problem)
    constants, states = (torch.from_numpy(part) for part in rough.read("train"))
    surrogate.fit(constants, states[:, 0])
    record = RunRecord(
        version=1,
        status="finished",
        problem=problem,
        settings=RecordedSettings.of(config),
        data=DataRecord(name=rough.name, hash=rough.hash),
        parameters=1,
        metrics={},
        seconds=1.0,
        environment=environment(torch.device("cpu")),
    )
    save_run(folder, surrogate, record, (constants[:2], states[:2, 0]))
    return folder
