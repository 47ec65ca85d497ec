"""Laws of the exact solutions."""

import numpy as np
import pytest

from surrogate.errors import SolverError
from surrogate.solvers.riemann import burgers_means, euler_riemann, shallow_water_riemann


def gas_flux(state, gamma):
    rho, u, p = state
    energy = p / (gamma - 1) + rho * u**2 / 2
    return np.array([rho * u, rho * u**2 + p, (energy + p) * u]), np.array([rho, rho * u, energy])


@pytest.mark.parametrize(
    ("left", "right", "pressure", "velocity"),
    [
        ((1.0, 0.0, 1.0), (0.125, 0.0, 0.1), 0.30313, 0.92745),
        ((1.0, -2.0, 0.4), (1.0, 2.0, 0.4), 0.00189, 0.0),
        ((1.0, 0.0, 1000.0), (1.0, 0.0, 0.01), 460.894, 19.5975),
        ((1.0, 0.0, 0.01), (1.0, 0.0, 100.0), 46.0950, -6.19633),
        ((5.99924, 19.5975, 460.894), (5.99242, -6.19633, 46.0950), 1691.64, 8.68975),
    ],
)
def test_the_state_in_the_middle_is_that_of_the_textbook(left, right, pressure, velocity):
    # Toro, table 4.2.
    middle = euler_riemann(left, right, 1.4, np.array([velocity - 1e-4, velocity + 1e-4]))
    np.testing.assert_allclose(middle[2], pressure, rtol=3e-3 if pressure < 0.01 else 2e-5)
    np.testing.assert_allclose(middle[1], velocity, rtol=2e-5, atol=1e-5)


def test_a_gas_gains_what_flows_in():
    # The integral over a wedge of rays grows by the fluxes through its sides: every wave at once.
    left, right, gamma = (1.0, 0.3, 1.0), (0.4, -0.2, 0.2), 5 / 3
    rays = np.linspace(-3, 3, 600001)
    rho, u, p = euler_riemann(left, right, gamma, rays)
    inside = np.array([rho, rho * u, p / (gamma - 1) + rho * u**2 / 2])
    (flux_left, before), (flux_right, after) = gas_flux(left, gamma), gas_flux(right, gamma)
    expected = 3 * (before + after) + flux_left - flux_right
    np.testing.assert_allclose(np.trapezoid(inside, rays), expected, atol=1e-5)


def test_water_gains_what_flows_in():
    left, right, gravity = (1.5, 0.2), (0.4, -0.3), 2.0
    rays = np.linspace(-4, 4, 800001)
    h, u = shallow_water_riemann(left, right, gravity, rays)
    sides = [np.array([h * u, h * u**2 + gravity * h**2 / 2]) for h, u in (left, right)]
    totals = [np.array([h, h * u]) for h, u in (left, right)]
    np.testing.assert_allclose(
        np.trapezoid(np.array([h, h * u]), rays), 4 * (totals[0] + totals[1]) + sides[0] - sides[1], atol=1e-4
    )


def test_mirrored_states_have_the_mirrored_solution():
    rays = np.linspace(-2, 2, 401)
    there = euler_riemann((1.0, 0.3, 1.0), (0.4, -0.2, 0.2), 1.4, rays)
    back = euler_riemann((0.4, 0.2, 0.2), (1.0, -0.3, 1.0), 1.4, -rays)
    np.testing.assert_allclose(there * np.array([[1], [-1], [1]]), back, atol=1e-10)


def test_a_vacuum_and_a_dry_bed_are_refused():
    with pytest.raises(SolverError, match="vacuum"):
        euler_riemann((1.0, -9.0, 0.4), (1.0, 9.0, 0.4), 1.4, np.zeros(1))
    with pytest.raises(SolverError, match="dry"):
        shallow_water_riemann((1.0, -9.0), (1.0, 9.0), 1.0, np.zeros(1))


def test_one_step_up_opens_and_one_step_down_is_a_shock():
    means = burgers_means(np.repeat([0.0, 1.0], 500), 1.0, 0.2)
    x = (np.arange(1000) + 0.5) / 1000
    # The fan opens at 0.5; the shock starts at the end of the period and moves at half the speed.
    expected = np.where(x < 0.1, 1.0, np.clip((x - 0.5) / 0.2, 0, 1))
    np.testing.assert_allclose(means, expected, atol=2e-3)


def test_before_a_wave_breaks_the_velocity_is_carried_along():
    y = np.linspace(0, 1, 8001)
    start = np.diff(0.3 * y - np.cos(2 * np.pi * y) / (2 * np.pi)) * 8000
    means = burgers_means(start, 1.0, 0.08).reshape(100, 80).mean(1)
    feet = np.linspace(0, 1, 200001)
    speeds = 0.3 + np.sin(2 * np.pi * feet)
    moved = feet + 0.08 * speeds
    x = np.linspace(0.03, 0.99, 96001)
    expected = np.interp(x, moved, speeds)
    np.testing.assert_allclose(np.interp(x, (np.arange(100) + 0.5) / 100, means), expected, atol=2e-3)


def test_a_period_keeps_its_momentum():
    start = np.random.default_rng(0).normal(size=200)
    assert burgers_means(start, 2.0, 3.0).mean() == pytest.approx(start.mean(), abs=1e-13)


def test_the_files_of_a_peer_are_near_the_exact_flow(reference):
    faces = np.linspace(0, 1, 8001)
    start = np.diff(0.5 * faces - np.cos(2 * np.pi * faces) / (2 * np.pi)) * 8000
    exact = burgers_means(start, 1.0, 0.5).reshape(500, 16).mean(1)
    files = np.load(reference / "pyclaw" / "burgers_1d__expected_sols.npz")
    for name in files.files:
        assert np.abs(files[name] - exact).mean() < 7e-4
