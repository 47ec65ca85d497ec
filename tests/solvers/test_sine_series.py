"""Laws of the sine series."""

import numpy as np
import pytest
import torch

from surrogate.solvers.multigrid_3d import solve_box
from surrogate.solvers.sine_series import poisson_of_cells, series_error, series_residual

FORCING = torch.randn(2, 6, 5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
LENGTHS = (1.0, 2.0, 0.5)


def test_one_axis_gives_the_exact_parabola():
    # -u'' = 1: u = x (1 - x) / 2, whose mean over a cell of width h is that of its centre less h^2 / 24.
    n = 10
    potential = poisson_of_cells(torch.ones(1, n, dtype=torch.float64), (1.0,), 2000)[0].numpy()
    x = (np.arange(n) + 0.5) / n
    np.testing.assert_allclose(potential, x * (1 - x) / 2 - 1 / (24 * n**2), rtol=1e-8)


def test_the_highest_wave_of_a_grid_is_a_wave_like_the_others():
    # Two cells, +1 and -1: u = +-x (1/2 - x) / 2 on each half, with mean 1 / 48.
    potential = poisson_of_cells(torch.tensor([[1.0, -1.0]], dtype=torch.float64), (1.0,), 2000)[0]
    np.testing.assert_allclose(potential.numpy(), [1 / 48, -1 / 48], rtol=1e-8)


def test_finite_volumes_converge_to_it():
    errors = []
    expected = poisson_of_cells(FORCING[:1], LENGTHS, 16)
    for refine in (2, 4):
        fine = FORCING[:1]
        for axis in (1, 2, 3):
            fine = fine.repeat_interleave(refine, dim=axis)
        spacing = tuple(length / n for length, n in zip(LENGTHS, fine.shape[1:], strict=True))
        volumes = solve_box(torch.ones_like(fine), fine, spacing, 1e-10)[0]
        means = volumes.reshape(1, 6, refine, 5, refine, 4, refine).mean((2, 4, 6))
        errors.append(float((means - expected).norm() / expected.norm()))
    assert errors[1] < errors[0] / 3
    assert errors[1] < 0.12


def test_twice_the_waves_leave_a_quarter_of_the_error_or_less():
    errors = [float(series_error(FORCING[:1], LENGTHS, waves)) for waves in (4, 8, 16)]
    assert errors[1] < errors[0] / 4
    assert errors[2] < errors[1] / 4


def test_a_sample_is_the_same_alone_and_in_a_batch():
    both = poisson_of_cells(FORCING, LENGTHS, 4)
    assert torch.equal(poisson_of_cells(FORCING[1:], LENGTHS, 4)[0], both[1])


def test_the_residual_of_the_solution_is_rounding_and_that_of_nothing_one():
    potential = poisson_of_cells(FORCING, LENGTHS, 4)
    assert float(series_residual(FORCING, potential, LENGTHS, 4).max()) < 1e-13
    assert series_residual(FORCING, 0 * potential, LENGTHS, 4).tolist() == pytest.approx([1, 1])
