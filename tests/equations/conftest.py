"""The settings of every recipe, read from the files that users read."""

import pytest
import torch

from surrogate.config.resources import RECIPE, shipped
from surrogate.spaces import Grid
from surrogate.testing.equation_contract import read_recipe, solve_samples

NAMES = sorted(shipped(RECIPE))


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """The number of threads decides the last bits, and workers have one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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
