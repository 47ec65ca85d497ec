"""Laws of the Navier-Stokes data."""

import numpy as np
import pytest

from surrogate.errors import SolverError

SHORT = {"horizon": 2.0, "frames": 3}


@pytest.fixture
def flows(solved):
    """Return the equation of a recipe on its grid, and two flows."""

    def of(config):
        equation = config.equation.on((32, 32), config.task)
        return equation, solved(equation, 0, "train", range(2))[1]

    return of


# Standard deviations measured on the three published generators, at 64 x 64 points.
@pytest.mark.parametrize(("amplitude", "deviation"), [("paper", 0.0430), ("script", 0.1852), ("original", 0.2620)])
def test_the_start_has_the_amplitude_of_the_chosen_source(recipe, amplitude, deviation):
    settings = recipe("navier_stokes", amplitude=amplitude, resolution=128).equation
    fields = settings.on((64,), "step").draw(0, "train", range(400))
    assert fields.std() == pytest.approx(deviation, rel=0.03)


def test_the_frames_are_one_apart_up_to_the_horizon(recipe):
    config = recipe("navier_stokes")
    specification = config.equation.specification((64, 64), "step")
    np.testing.assert_allclose(specification.times, np.arange(21))


def test_twice_the_resolution_and_steps_change_nothing(recipe, flows):
    states = flows(recipe("navier_stokes", **SHORT))[1].states
    finer = flows(recipe("navier_stokes", **SHORT, resolution=128, steps=80))[1].states
    assert np.linalg.norm(states - finer) < 1e-7 * np.linalg.norm(finer)


def test_the_stirring_turns_the_mean_over_samples_towards_itself(recipe, flows):
    # d/dt of the product with the stirring is, at a start without correlation, the square of the stirring: 0.01.
    config = recipe("navier_stokes", horizon=0.02, frames=2, amplitude="paper", tolerance=1e-5)
    equation, solutions = flows(config)
    x, y = (axis * 2 * np.pi for axis in equation.grid.coordinates())
    force = 0.1 * (np.sin(x[:, None] + y) + np.cos(x[:, None] + y))
    product = (solutions.states[:, :, 0].numpy() * force).mean((2, 3))
    np.testing.assert_allclose((product[:, 1] - product[:, 0]) / 0.02, 0.01, atol=1e-3)


def test_a_grid_too_coarse_for_the_flow_is_refused_by_name(recipe, flows):
    with pytest.raises(SolverError, match=r"of the grid \(equation.resolution\)"):
        flows(recipe("navier_stokes", **SHORT, resolution=32, viscosity=1e-5))


def test_a_step_that_blows_up_is_refused_by_name(recipe, flows):
    with pytest.raises(SolverError, match=r"of the time step \(equation.steps\)"):
        flows(recipe("navier_stokes", horizon=2000.0, frames=3, steps=8))
