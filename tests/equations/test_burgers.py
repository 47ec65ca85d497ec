"""Laws of the Burgers data."""

import numpy as np
import pytest

from surrogate.equations import burgers
from surrogate.errors import SettingsError, SolverError


@pytest.fixture
def flows(solved):
    """Return the specification of a recipe, three starts, and the flows."""

    def of(config):
        specification = config.equation.specification((64,), config.task)
        return specification, *solved(config.equation.bound(specification), 0, "train", range(3))

    return of


def test_the_frames_run_from_zero_to_the_horizon(recipe):
    config = recipe("burgers")
    specification = config.equation.specification((64,), config.task)
    np.testing.assert_allclose(specification.times, np.linspace(0, 1, 11))


def test_the_task_can_be_steps(recipe):
    assert recipe("burgers").equation.specification((64,), "step").task == "step"


@pytest.mark.parametrize("viscosity", [0.1, 0.01])
def test_more_resolution_and_steps_change_nothing(recipe, flows, viscosity):
    states = flows(recipe("burgers", viscosity=viscosity))[2].states
    finer = flows(recipe("burgers", viscosity=viscosity, resolution=768, steps=600))[2].states
    assert np.linalg.norm(states - finer) < 1e-8 * np.linalg.norm(finer)


def test_the_start_is_a_sample_of_its_law_and_momentum_stays_zero(recipe, flows):
    config = recipe("burgers")
    specification, _, solutions = flows(config)
    drawn = burgers.registry.SAMPLERS.module("gaussian").sample(
        config.equation.initial, specification.grid, 0, "train", range(3)
    )
    np.testing.assert_allclose(solutions.states[:, 0, 0], drawn, atol=1e-6)
    np.testing.assert_allclose(solutions.states.mean(-1), 0, atol=1e-7)


def test_a_grid_too_coarse_for_the_shocks_is_refused_by_name(recipe, flows):
    with pytest.raises(SolverError, match=r"of the grid \(equation.resolution\), expected at most 1.0e-06"):
        flows(recipe("burgers", viscosity=0.001))


def test_a_step_too_long_is_refused_by_name(recipe, flows):
    with pytest.raises(SolverError, match=r"error \d.* of the time step \(equation.steps\)"):
        flows(recipe("burgers", viscosity=0.01, steps=10))


def test_a_start_that_is_not_periodic_is_refused(recipe, flows):
    law = {"name": "gaussian", "boundary": "neumann", "sigma": 25.0, "alpha": 2.0, "tau": 5.0}
    with pytest.raises(SettingsError, match="boundary 'neumann'"):
        flows(recipe("burgers", initial=law))
