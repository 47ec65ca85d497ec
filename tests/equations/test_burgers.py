"""Laws of Burgers flow and of its data."""

import numpy as np
import pytest
import torch

from surrogate.errors import SettingsError, SolverError
from surrogate.registry import SAMPLERS
from surrogate.solvers.etdrk4 import Clock


@pytest.fixture
def flows(solved):
    """Return the equation of a recipe on 64 points, three starts, and the flows."""

    def of(config):
        equation = config.equation.on((64,), config.task)
        return equation, *solved(equation, 0, "train", range(3))

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
    equation, _, solutions = flows(config)
    drawn = SAMPLERS.module("gaussian").sample(equation.initial, equation.grid, 0, "train", range(3))
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


def sine(n):
    return torch.sin(2 * torch.pi * torch.arange(n, dtype=torch.float64) / n)[None]


def cole_hopf(x, time, viscosity):
    """The solution that starts from sin(2 pi x), as a quotient of integrals over a Gaussian."""
    z, weight = np.polynomial.hermite.hermgauss(120)
    y = x[:, None] - 2 * np.sqrt(viscosity * time) * z
    exponent = np.cos(2 * np.pi * y) / (4 * np.pi * viscosity)
    kernel = weight * np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return (np.sin(2 * np.pi * y) * kernel).sum(1) / kernel.sum(1)


@pytest.mark.parametrize("viscosity", [0.1, 0.02])
def test_the_solution_is_that_of_cole_and_hopf(on_line, viscosity):
    frames = on_line("burgers", 1.0, viscosity=viscosity)(sine(256), Clock(4, 0.1, 200))[0].numpy()
    for frame in range(1, 5):
        exact = cole_hopf(np.arange(256) / 256, 0.1 * frame, viscosity)
        np.testing.assert_allclose(frames[frame], exact, atol=2e-9)


def test_halving_the_step_divides_the_error_by_sixteen(on_line):
    exact = torch.from_numpy(cole_hopf(np.arange(64) / 64, 0.2, 0.05))
    solve = on_line("burgers", 1.0, viscosity=0.05)
    errors = [float((solve(sine(64), Clock(1, 0.2, steps))[0, -1] - exact).norm()) for steps in (8, 16, 32)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4, abs=0.4)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(4, abs=0.2)


def test_the_period_only_sets_the_units(on_line):
    # u(x, t) with period 1 is L u(x / L, t) with period L and viscosity L^2 times as large.
    a = on_line("burgers", 1.0, viscosity=0.02)(sine(64), Clock(1, 0.2, 50))
    b = on_line("burgers", 3.0, viscosity=0.18)(3 * sine(64), Clock(1, 0.2, 50))
    torch.testing.assert_close(b, 3 * a)


def test_momentum_stays_and_energy_falls(on_line):
    start = 0.3 + sine(64) + 0.5 * torch.cos(4 * torch.pi * torch.arange(64, dtype=torch.float64) / 64)
    frames = on_line("burgers", 1.0, viscosity=0.02)(start, Clock(5, 0.1, 50))[0]
    torch.testing.assert_close(frames.mean(1), torch.full((6,), 0.3, dtype=torch.float64))
    assert bool((frames.square().mean(1).diff() < 0).all())


def test_a_frame_moving_along_sees_the_same_flow(on_line):
    # Galilei: adding a speed of 1 carries the whole solution once around in unit time.
    still = on_line("burgers", 1.0, viscosity=0.02)(sine(128), Clock(2, 0.25, 400))[0]
    moving = on_line("burgers", 1.0, viscosity=0.02)(1 + sine(128), Clock(2, 0.25, 400))[0]
    torch.testing.assert_close(moving[2] - 1, torch.roll(still[2], 64), rtol=0, atol=1e-8)
