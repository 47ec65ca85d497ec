"""Laws of the Burgers solver."""

import numpy as np
import pytest
import torch

from surrogate.solvers.burgers import solve_burgers
from surrogate.solvers.etdrk4 import Clock


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
def test_the_solution_is_that_of_cole_and_hopf(viscosity):
    frames = solve_burgers(sine(256), viscosity, 1.0, Clock(4, 0.1, 200))[0].numpy()
    for frame in range(1, 5):
        exact = cole_hopf(np.arange(256) / 256, 0.1 * frame, viscosity)
        np.testing.assert_allclose(frames[frame], exact, atol=2e-9)


def test_halving_the_step_divides_the_error_by_sixteen():
    exact = torch.from_numpy(cole_hopf(np.arange(64) / 64, 0.2, 0.05))
    errors = [float((solve_burgers(sine(64), 0.05, 1.0, Clock(1, 0.2, s))[0, -1] - exact).norm()) for s in (8, 16, 32)]
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4, abs=0.4)
    assert np.log2(errors[1] / errors[2]) == pytest.approx(4, abs=0.2)


def test_the_period_only_sets_the_units():
    # u(x, t) with period 1 is L u(x / L, t) with period L and viscosity L^2 times as large.
    a = solve_burgers(sine(64), 0.02, 1.0, Clock(1, 0.2, 50))
    b = solve_burgers(3 * sine(64), 0.18, 3.0, Clock(1, 0.2, 50))
    torch.testing.assert_close(b, 3 * a)


def test_momentum_stays_and_energy_falls():
    start = 0.3 + sine(64) + 0.5 * torch.cos(4 * torch.pi * torch.arange(64, dtype=torch.float64) / 64)
    frames = solve_burgers(start, 0.02, 1.0, Clock(5, 0.1, 50))[0]
    torch.testing.assert_close(frames.mean(1), torch.full((6,), 0.3, dtype=torch.float64))
    assert bool((frames.square().mean(1).diff() < 0).all())


def test_a_frame_moving_along_sees_the_same_flow():
    # Galilei: adding a speed of 1 carries the whole solution once around in unit time.
    still = solve_burgers(sine(128), 0.02, 1.0, Clock(2, 0.25, 400))[0]
    moving = solve_burgers(1 + sine(128), 0.02, 1.0, Clock(2, 0.25, 400))[0]
    torch.testing.assert_close(moving[2] - 1, torch.roll(still[2], 64), rtol=0, atol=1e-8)
