"""Laws of the second opinion on shocks."""

import numpy as np
import pytest

from surrogate.errors import SolverError
from surrogate.solvers.riemann import euler_riemann, shallow_water_riemann
from surrogate.solvers.splitting import Fluid, solve_split

LEFT, RIGHT = (1.0, 0.0, 1.0), (0.125, 0.0, 0.1)


def tube(n):
    x = -1 + 2 * (np.arange(n) + 0.5) / n
    return x, np.where(x < 0, np.array(LEFT)[:, None], np.array(RIGHT)[:, None])


def relative(computed, exact):
    return float(np.abs(computed - exact).sum() / np.abs(exact).sum())


def test_the_tube_of_sod_is_near_its_exact_solution():
    x, start = tube(400)
    state = solve_split(Fluid(gamma=1.4), start, (0.0, 0.4), (2 / 400,), [("open", "open")])[-1]
    assert relative(state, euler_riemann(LEFT, RIGHT, 1.4, x / 0.4)) < 4e-3


def test_the_dam_that_breaks_is_near_its_exact_solution():
    x = -5 + 10 * (np.arange(400) + 0.5) / 400
    start = np.stack((np.where(x < 0, 3.0, 1.0), 0 * x))
    state = solve_split(Fluid(gravity=1.0), start, (0.0, 2.0), (10 / 400,), [("open", "open")])[-1]
    assert relative(state[0], shallow_water_riemann((3.0, 0.0), (1.0, 0.0), 1.0, x / 2)[0]) < 2e-3


def test_a_gas_along_the_second_axis_is_the_gas_along_the_first():
    _, start = tube(40)
    wide = np.stack((start[0], start[1], 0 * start[0], start[2]))[..., None].repeat(3, -1)
    sides = [("open", "open"), ("periodic", "periodic")]
    along = solve_split(Fluid(gamma=1.4), wide, (0.0, 0.2), (0.05, 0.05), sides)[-1]
    across = solve_split(Fluid(gamma=1.4), wide[[0, 2, 1, 3]].swapaxes(1, 2), (0.0, 0.2), (0.05, 0.05), sides[::-1])[-1]
    np.testing.assert_allclose(across[[0, 2, 1, 3]].swapaxes(1, 2), along, atol=1e-10)


@pytest.mark.parametrize("side", ["periodic", "wall"])
def test_a_closed_gas_keeps_mass_and_energy(side):
    fluid = Fluid(gamma=1.4)
    start = np.random.default_rng(0).uniform(0.5, 1.5, (4, 12, 12))
    frames = solve_split(fluid, start, (0.0, 0.1, 0.2), (0.1, 0.1), [(side, side)] * 2)
    totals = np.array([fluid.to_conserved(frame)[[0, 3]].sum((1, 2)) for frame in frames])
    np.testing.assert_allclose(totals, totals[:1].repeat(3, 0), rtol=1e-12)


def test_a_start_that_is_not_physical_is_refused():
    _, start = tube(20)
    start[2, 3] = -1.0
    with pytest.raises(SolverError, match="not positive at time 0"), np.errstate(invalid="ignore"):
        solve_split(Fluid(gamma=1.4), start, (0.0, 0.1), (0.1,), [("open", "open")])
