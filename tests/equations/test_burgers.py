"""Laws of the Burgers data."""

import numpy as np
import pytest

from surrogate.equations import burgers
from surrogate.errors import SettingsError, SolverError


def solved(config, points=(64,), count=3):
    specification = burgers.specification(config.equation, points, config.task)
    return specification, burgers.solve(config.equation, specification, 0, "train", range(count))


def test_the_frames_run_from_zero_to_the_horizon(recipe):
    specification, _ = solved(recipe("burgers"))
    np.testing.assert_allclose(specification.times, np.linspace(0, 1, 11))


def test_the_task_can_be_steps(recipe):
    assert burgers.specification(recipe("burgers").equation, (64,), "step").task == "step"


@pytest.mark.parametrize("viscosity", [0.1, 0.01])
def test_more_resolution_and_steps_change_nothing(recipe, viscosity):
    states = solved(recipe("burgers", viscosity=viscosity))[1].states
    finer = solved(recipe("burgers", viscosity=viscosity, resolution=768, steps=600))[1].states
    assert np.linalg.norm(states - finer) < 1e-8 * np.linalg.norm(finer)


def test_the_start_is_a_sample_of_its_law_and_momentum_stays_zero(recipe):
    config = recipe("burgers")
    specification, solutions = solved(config)
    drawn = burgers.registry.SAMPLERS.module("gaussian").sample(
        config.equation.initial, specification.grid, 0, "train", range(3)
    )
    np.testing.assert_allclose(solutions.states[:, 0, 0], drawn, atol=1e-13)
    np.testing.assert_allclose(solutions.states.mean(-1), 0, atol=1e-12)


def test_a_grid_too_coarse_for_the_shocks_is_refused_by_name(recipe):
    with pytest.raises(SolverError, match=r"of the grid \(equation.resolution\), expected at most 1.0e-06"):
        solved(recipe("burgers", viscosity=0.001))


def test_a_step_too_long_is_refused_by_name(recipe):
    with pytest.raises(SolverError, match=r"error \d.* of the time step \(equation.steps\)"):
        solved(recipe("burgers", viscosity=0.01, steps=10))


def test_a_start_that_is_not_periodic_is_refused(recipe):
    law = {"name": "gaussian", "boundary": "neumann", "sigma": 25.0, "alpha": 2.0, "tau": 5.0}
    with pytest.raises(SettingsError, match="boundary 'neumann'"):
        solved(recipe("burgers", initial=law))
