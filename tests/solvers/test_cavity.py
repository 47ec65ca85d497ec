"""Laws of the flow in a box with a sliding lid, and of its second method."""

import numpy as np
import pytest
import torch
from scipy.interpolate import RectBivariateSpline

from surrogate.errors import SolverError
from surrogate.solvers.cavity import cavity
from surrogate.solvers.cavity_differences import cavity_by_differences

NODES = np.linspace(0, 1, 41)


def lid(x):
    return np.sin(np.pi * x) ** 3 + 0.3 * (np.sin(2 * np.pi * x) - 0.5 * np.sin(4 * np.pi * x))


def flow(degree, reynolds, speed=lid):
    method = cavity(degree)
    inner = torch.from_numpy(speed((method.nodes[1:-1] + 1) / 2))
    return method.velocity(method.solve(inner, reynolds, 1e-10)[0], (NODES, NODES))


def test_the_error_falls_with_the_degree_as_the_corners_allow():
    exact = flow(32, 100)
    errors = [float((flow(degree, 100) - exact).norm() / exact.norm()) for degree in (12, 16, 20, 24)]
    slope = np.polyfit(np.log([12, 16, 20, 24]), np.log(errors), 1)[0]
    assert slope < -5
    assert errors[-1] < 1e-4


def test_fluid_sticks_to_the_walls_and_goes_with_the_lid():
    u, v = flow(20, 100)
    np.testing.assert_allclose(u[:, -1], lid(NODES), atol=1e-9)
    walls = torch.cat((u[:, 0], u[0, :-1], u[-1, :-1], v[:, 0], v[:, -1], v[0], v[-1]))
    assert float(walls.abs().max()) < 1e-12


def test_as_much_flows_to_the_right_as_to_the_left_of_every_line():
    nodes, weights = np.polynomial.legendre.leggauss(20)
    method = cavity(20)
    q = method.solve(torch.from_numpy(lid((method.nodes[1:-1] + 1) / 2)), 100.0, 1e-10)[0]
    u = method.velocity(q, (NODES, (nodes + 1) / 2))[0]
    assert float((u @ torch.from_numpy(weights)).abs().max()) < 1e-12


def test_a_lid_seen_in_a_mirror_makes_the_mirrored_flow():
    u, v = flow(20, 200)
    mirrored = flow(20, 200, lambda x: -lid(1 - x))
    torch.testing.assert_close(mirrored, torch.stack((-u.flip(0), v.flip(0))), rtol=0, atol=1e-9)


def test_too_few_polynomials_for_the_speed_are_refused():
    with pytest.raises(SolverError, match="lower reynolds"):
        flow(10, 5000)


def test_polynomials_that_fill_the_memory_are_refused():
    with pytest.raises(SolverError, match="memory"):
        cavity(96)


def test_differences_converge_to_the_same_flow_at_second_order():
    fine = flow(24, 100)
    apart = []
    for n in (33, 65):
        nodes = np.linspace(0, 1, n)
        stream = RectBivariateSpline(nodes, nodes, cavity_by_differences(lid(nodes), 100), kx=5, ky=5)
        apart.append(np.linalg.norm(stream(NODES, NODES, dy=1) - fine[0].numpy()) / np.linalg.norm(fine[0]))
    assert apart[1] < 0.02
    assert np.log2(apart[0] / apart[1]) > 1.8


def test_differences_find_the_vortex_under_a_constant_lid():
    # Botella, Peyret (1998), table 8: 0.1189366 at (0.5308, 0.5652), their lid slides the other way.
    vortex = []
    for n in (41, 81):
        speed = np.ones(n)
        speed[[0, -1]] = 0
        vortex.append(np.abs(cavity_by_differences(speed, 1000)).max())
    assert (4 * vortex[1] - vortex[0]) / 3 == pytest.approx(0.1189366, rel=0.01)
