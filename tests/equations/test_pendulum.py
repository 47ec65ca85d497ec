"""Laws of the pushed pendulum and of the antiderivative, which are driven alike."""

import numpy as np
import pytest
import torch

from surrogate.errors import SettingsError, SolverError


@pytest.fixture
def driven(recipe):
    """Return what an equation makes of a function of time at 100 nodes."""

    def of(name, function, **equation):
        settings = recipe(name, **equation).equation
        equation = settings.on((100,), "map")
        time = torch.from_numpy(equation.grid.coordinates()[0])
        return time, equation.solve(function(time)[None, None]).states[0, 0]

    return of


def test_small_swings_are_those_of_a_spring(driven):
    time, states = driven("pendulum", lambda t: 1e-4 * torch.ones_like(t))
    np.testing.assert_allclose(states[0], 1e-4 * (1 - torch.cos(time)), atol=1e-13)
    np.testing.assert_allclose(states[1], 1e-4 * torch.sin(time), atol=1e-13)


def test_a_constant_push_does_the_work_that_the_pendulum_holds(driven):
    # Energy from rest: rate^2 / 2 + 1 - cos(angle) = push * angle.
    _, (angle, rate) = driven("pendulum", lambda t: 0.8 * torch.ones_like(t), horizon=5.0)
    np.testing.assert_allclose(rate**2 / 2 + 1 - torch.cos(angle), 0.8 * angle, atol=1e-9)


def test_pushing_the_other_way_swings_the_other_way(driven):
    _, states = driven("pendulum", torch.cos)
    _, mirrored = driven("pendulum", lambda t: -torch.cos(t))
    torch.testing.assert_close(mirrored, -states, rtol=0, atol=0)


def test_the_antiderivative_of_a_cubic_is_exact(driven):
    time, states = driven("antiderivative", lambda t: 4 * t**3 - 1)
    np.testing.assert_allclose(states[0], time**4 - time, atol=1e-14)


def test_steps_that_are_too_long_are_refused_with_the_error_reached(recipe, solved):
    settings = recipe("pendulum", steps=2, tolerance=1e-12).equation
    equation = settings.on((20,), "map")
    with pytest.raises(SolverError, match=r"error \d.* of the time step \(equation.steps\), expected at most 1.0e-12"):
        solved(equation, 0, "train", [0])


def test_there_are_no_steps_to_learn(recipe):
    with pytest.raises(SettingsError, match="pendulum is learned as a whole, expected 'map', got 'step'"):
        recipe("pendulum").equation.specification((20,), "step")
