"""Laws of the discretisations of published Darcy data."""

from functools import lru_cache

import numpy as np
import pytest
import torch

from surrogate.solvers.black_box_multigrid import solve_stencil
from surrogate.solvers.darcy import darcy_stencil, solve_darcy
from surrogate.solvers.darcy_papers import fno_pressures, fno_script, pdebench_stencil
from surrogate.solvers.mixed_elements import mixed_elements


def smooth(n):
    x = (torch.arange(n, dtype=torch.float64) + 0.5) / n
    return torch.exp(torch.sin(3 * x)[:, None] * torch.cos(2 * x))[None]


@lru_cache
def truth(n, refine=8):
    a = smooth(n * refine)
    pressure, _, _ = solve_darcy(a, torch.ones_like(a), (1 / n / refine, 1 / n / refine), 1e-10)
    return pressure[0].reshape(n, refine, n, refine).mean((1, 3))


def distance(computed, expected):
    return float((computed - expected).norm() / expected.norm())


def test_the_script_converges_to_the_equation_for_smooth_permeabilities():
    errors = [distance(fno_pressures(smooth(n), 1.0)[0], truth(n)) for n in (16, 32)]
    assert errors[1] < errors[0] / 3.5


def test_the_script_loses_ellipticity_beside_jumps():
    from surrogate.solvers.darcy_papers import _splines

    a = np.where(np.random.default_rng(0).random((32, 32)) < 0.5, 3.0, 12.0)
    assert (_splines(32)[0] @ a @ _splines(32)[0].T).min() < 0


def test_the_script_solves_for_a_constant_as_five_points_do():
    # The centre value of -Laplace u = 1, with the known error of five points.
    pressure = fno_script(np.ones((65, 65)), 2.0)
    assert pressure[32, 32] / 2 == pytest.approx(0.0736713, rel=1e-3)


def test_walls_half_a_cell_outside_widen_the_square():
    # With a = 1 the pressure grows with the square of the width: (n + 1) / n.
    n = 32
    a = torch.ones(1, n, n, dtype=torch.float64)
    right = torch.full_like(a, n**-2.0)
    wide = solve_stencil(pdebench_stencil(a, (1 / n, 1 / n)), right, 1e-12)[0]
    right_size = solve_stencil(darcy_stencil(a, (1 / n, 1 / n)), right, 1e-12)[0]
    assert float(wide.max() / right_size.max()) == pytest.approx(((n + 1) / n) ** 2, rel=2e-3)


def test_mixed_elements_converge_from_above_with_second_order():
    errors = []
    for n in (8, 16, 32):
        pressure = torch.from_numpy(mixed_elements(smooth(n)[0].numpy(), 1.0, (1 / n, 1 / n)))
        errors.append(float((pressure - truth(n)).mean()))
    assert np.log2(np.array(errors[:-1]) / errors[1:]) == pytest.approx([2, 2], abs=0.2)


def test_mixed_elements_are_exact_in_one_row():
    a = np.array([[1.0], [100.0], [3.0]])
    pressure = mixed_elements(a, 1.0, (1.0, 1e6))
    finer = mixed_elements(np.repeat(a, 64, axis=0), 1.0, (1 / 64, 1e6)).reshape(3, 64).mean(1)
    np.testing.assert_allclose(pressure[:, 0], finer, rtol=1e-4)
