"""Laws of the Darcy solver."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg
import torch

from surrogate.solvers.darcy import darcy_residual, darcy_stencil, solve_darcy


def rough(n, m, batch=1, low=2.0):
    generator = torch.Generator().manual_seed(1)
    coarse = torch.rand(batch, 4, 4, generator=generator, dtype=torch.float64)
    smooth = torch.nn.functional.interpolate(coarse[:, None], (n, m), mode="bilinear")[:, 0]
    return torch.where(smooth < 0.5, low, 12.0).double()


def solve(permeability, forcing=None, tolerance=1e-11):
    n, m = permeability.shape[1:]
    forcing = torch.ones_like(permeability) if forcing is None else forcing
    return solve_darcy(permeability, forcing, (1 / n, 1 / m), tolerance)


def test_flow_through_layers_is_exact():
    # One row of cells, its walls along x so far away that nothing leaves through them.
    a = torch.tensor([1.0, 1e6, 3.0, 1e-3, 7.0], dtype=torch.float64).reshape(1, 5, 1)
    forcing = torch.tensor([1.0, 0.0, -2.0, 5.0, 0.5], dtype=torch.float64).reshape(1, 5, 1)
    pressure, _, _ = solve_darcy(a, forcing, (0.2, 1e9), 1e-12)
    # What flows through the faces, up to a constant that makes the pressures at both walls equal.
    gained = np.concatenate(([0.0], np.cumsum(0.2 * forcing.flatten().numpy())))
    half = 0.1 / a.flatten().numpy()
    resistance = np.concatenate((half[:1], half[:-1] + half[1:], half[-1:]))
    flux = gained - (gained * resistance).sum() / resistance.sum()
    np.testing.assert_allclose(pressure.flatten().numpy(), -np.cumsum(flux * resistance)[:-1], rtol=1e-9)


def error_against_the_exact_solution(n):
    x = ((torch.arange(n) + 0.5) / n).double()[:, None].expand(n, n)
    y, pi = x.T, torch.pi
    exact = torch.sin(pi * x) * torch.sin(2 * pi * y)
    a = torch.exp(x * y)
    gradient_x = pi * torch.cos(pi * x) * torch.sin(2 * pi * y)
    gradient_y = 2 * pi * torch.sin(pi * x) * torch.cos(2 * pi * y)
    forcing = a * (5 * pi**2 * exact - y * gradient_x - x * gradient_y)
    pressure, _, _ = solve(a[None], forcing[None])
    return float((pressure[0] - exact).norm() / exact.norm())


def test_halving_the_cells_quarters_the_error():
    errors = np.array([error_against_the_exact_solution(n) for n in (16, 32, 64, 128)])
    np.testing.assert_allclose(np.log2(errors[:-1] / errors[1:]), 2, atol=0.1)


def test_the_centre_of_a_homogeneous_square_has_the_known_pressure():
    # 0.07367135: the double sine series of -Laplace u = 1 at the centre.
    values = [float(solve(torch.ones(1, n, n, dtype=torch.float64))[0][0, n // 2, n // 2]) for n in (33, 99)]
    assert values[1] + (values[1] - values[0]) / 8 == pytest.approx(0.0736713, abs=1e-7)


@pytest.mark.parametrize(("n", "m"), [(16, 16), (13, 18), (5, 32)])
def test_a_sparse_direct_solver_agrees(n, m):
    a = rough(n, m)[0].numpy()
    weight_x, weight_y = (1 / m) / (1 / n), (1 / n) / (1 / m)

    def difference(values, weight):
        faces = np.concatenate(([2 * values[0]], 2 / (1 / values[1:] + 1 / values[:-1]), [2 * values[-1]])) * weight
        return scipy.sparse.diags_array((faces[:-1] + faces[1:], -faces[1:-1], -faces[1:-1]), offsets=(0, -1, 1))

    rows = scipy.sparse.block_diag([difference(a[i], weight_y) for i in range(n)], format="csr")
    columns = scipy.sparse.block_diag([difference(a[:, j], weight_x) for j in range(m)], format="csr")
    turn = np.arange(n * m).reshape(m, n).T.ravel()
    matrix = (rows + columns[turn][:, turn]).tocsc()
    direct = scipy.sparse.linalg.spsolve(matrix, np.full(n * m, 1 / (n * m))).reshape(n, m)
    pressure, _, _ = solve(torch.from_numpy(a)[None])
    np.testing.assert_allclose(pressure[0].numpy(), direct, rtol=1e-8)


def test_what_is_put_in_leaves_through_the_walls():
    a = rough(24, 17)
    pressure, _, _ = solve(a)
    stencil = darcy_stencil(a, (1 / 24, 1 / 17))
    through_x = (stencil.x[:, [0, -1]] * pressure[:, [0, -1]]).sum()
    through_y = (stencil.y[:, :, [0, -1]] * pressure[:, :, [0, -1]]).sum()
    assert float(through_x + through_y) == pytest.approx(1, abs=1e-9)


def test_the_pressure_is_positive_and_below_that_of_the_lower_permeability():
    a = rough(32, 32, batch=3)
    pressure, _, _ = solve(a)
    bound, _, _ = solve(torch.full_like(a[:1], 2.0))
    assert float(pressure.min()) > 0
    assert float(pressure.max()) < float(bound.max())


def test_scaling_permeability_and_forcing_together_changes_nothing():
    a = rough(16, 16)
    pressure, _, _ = solve(a)
    assert torch.equal(solve(4 * a, 4 * torch.ones_like(a))[0], pressure)
    torch.testing.assert_close(solve(3 * a)[0], pressure / 3, rtol=1e-9, atol=0)


@pytest.mark.parametrize("axis", [1, 2])
def test_a_mirrored_permeability_has_the_mirrored_pressure(axis):
    a = rough(24, 31)
    torch.testing.assert_close(solve(a.flip(axis))[0].flip(axis), solve(a)[0], rtol=1e-9, atol=0)


def test_exchanging_the_axes_exchanges_the_axes_of_the_pressure():
    a = rough(20, 15)
    torch.testing.assert_close(solve(a.mT.contiguous())[0].mT, solve(a)[0], rtol=1e-9, atol=0)


def jumping(kind, n, jump):
    """A field of 1 and ``jump``: squares of a chessboard, single cells of one, inclusions, or a coin for every cell."""
    i = torch.arange(n)
    coin = torch.rand(n, n, generator=torch.Generator().manual_seed(n), dtype=torch.float64)
    board, fine = (i[:, None] * 8 // n + i * 8 // n) % 2 == 0, (i[:, None] + i) % 2 == 0
    spots = ((i * 6 % n < n // 2)[:, None]) & (i * 6 % n < n // 2)
    chosen = {"squares": board, "cells": fine, "inclusions": spots, "coins": coin < 0.5}[kind]
    return torch.where(chosen, jump, 1.0)[None].double()


@pytest.mark.parametrize("low", [2.0, 3.0])
def test_the_iterations_hardly_depend_on_the_grid(low):
    counts = [int(solve(rough(n, n, low=low), tolerance=1e-10)[2].max()) for n in (16, 31, 64, 85, 128, 257)]
    assert max(counts) <= 13
    assert max(counts) - min(counts) <= 3


@pytest.mark.parametrize("kind", ["squares", "cells", "inclusions", "coins"])
@pytest.mark.parametrize("jump", [1e-6, 1e3, 1e6])
@pytest.mark.parametrize("n", [32, 63])
def test_jumps_by_a_million_leave_nothing_but_rounding(kind, jump, n):
    a = jumping(kind, n, jump)
    pressure, reached, _ = solve(a, tolerance=1e-10)
    # A change of the pressure in its last digit changes the residual by this much.
    rounding = (darcy_stencil(a, (1 / n, 1 / n)).diagonal * pressure).norm() * n * 2.2e-16
    assert float(reached) <= max(2e-10, 10 * float(rounding))
    assert float(pressure.min()) > 0


@pytest.mark.parametrize(("kind", "most"), [("squares", 25), ("cells", 13), ("inclusions", 25)])
def test_the_iterations_hardly_depend_on_the_jump(kind, most):
    counts = [int(solve(jumping(kind, n, 1e6), tolerance=1e-10)[2]) for n in (32, 64, 128)]
    assert max(counts) <= most


def test_what_the_iteration_cannot_solve_is_solved_directly_and_the_rest_does_not_wait():
    easy, hard = rough(64, 64, batch=3), jumping("coins", 64, 1e6)
    _, _, iterations = solve(torch.cat((easy, hard)), tolerance=1e-10)
    assert iterations[:3].max() < 15
    assert iterations[3] == 100


def test_a_sample_is_the_same_alone_and_in_a_batch():
    a = torch.cat((rough(21, 21, batch=3), jumping("squares", 21, 1e3), jumping("coins", 21, 1e6)))
    pressure, residual, iterations = solve(a)
    for i in range(5):
        alone = solve(a[i : i + 1])
        assert torch.equal(alone[0][0], pressure[i])
        assert (float(alone[1]), int(alone[2])) == (float(residual[i]), int(iterations[i]))


def test_the_residual_of_a_solution_is_small_and_of_nothing_is_one():
    a = rough(17, 20)
    forcing, spacing = torch.ones_like(a), (1 / 17, 1 / 20)
    assert float(darcy_residual(a, solve(a)[0], forcing, spacing)) < 1e-11
    assert float(darcy_residual(a, torch.zeros_like(a), forcing, spacing)) == pytest.approx(1)


def test_for_a_homogeneous_square_the_residual_is_the_energy_error():
    a = torch.ones(1, 12, 15, dtype=torch.float64)
    spacing = (1 / 12, 1 / 15)
    stencil, exact = darcy_stencil(a, spacing), solve(a)[0]
    wrong = exact + 0.01 * torch.randn(1, 12, 15, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    error = wrong - exact
    energy = torch.sqrt((error * stencil(error)).sum() / (exact * stencil(exact)).sum())
    assert float(darcy_residual(a, wrong, torch.ones_like(a), spacing)) == pytest.approx(float(energy), rel=1e-8)


def test_the_residual_is_differentiable_in_both_fields():
    a = rough(4, 5).requires_grad_()
    u = torch.rand(1, 4, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda a, u: darcy_residual(a, u, torch.ones_like(u), (0.25, 0.2)), (a, u))


def test_a_permeability_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match="must be positive, its minimum is 0"):
        solve(torch.zeros(1, 8, 8, dtype=torch.float64))


def test_a_permeability_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="must be positive"):
        solve(torch.full((1, 8, 8), torch.nan, dtype=torch.float64))
