"""Laws of the solver in boxes."""

import numpy as np
import pytest
import torch

from surrogate.errors import SolverError
from surrogate.solvers.mixed_elements import mixed_elements
from surrogate.solvers.multigrid_3d import (
    box_cycle,
    box_residual,
    box_stencil,
    hierarchy,
    interpolate,
    restrict,
    solve_box,
)

SIZES = [(4, 4, 4), (3, 5, 6), (7, 2, 5)]


def rough(*points, batch=1, jump=4.0):
    generator = torch.Generator().manual_seed(int(np.prod(points)))
    return torch.where(torch.rand(batch, *points, generator=generator, dtype=torch.float64) < 0.5, 1.0, jump).double()


def noise(*shape, seed=7):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def solve(a, forcing=None, tolerance=1e-11):
    forcing = torch.ones_like(a) if forcing is None else forcing
    return solve_box(a, forcing, tuple(1 / n for n in a.shape[1:]), tolerance)


def product(a, b):
    return float((a * b).sum())


@pytest.mark.parametrize("points", SIZES)
def test_the_stencil_and_the_cycle_are_symmetric_and_positive(points):
    levels, u, v = hierarchy(box_stencil(rough(*points), (0.1, 0.2, 0.1))), noise(1, *points), noise(1, *points, seed=8)
    for act in (levels[0], lambda field: box_cycle(levels, field)):
        assert product(act(u), v) == pytest.approx(product(u, act(v)), rel=1e-10)
        assert product(act(u), u) > 0


@pytest.mark.parametrize("points", SIZES)
def test_restriction_is_the_transpose_of_interpolation(points):
    coarse, fine = noise(1, *((n + 1) // 2 for n in points)), noise(1, *points, seed=8)
    assert product(interpolate(coarse, points), fine) == pytest.approx(product(coarse, restrict(fine)), rel=1e-12)


def test_halving_the_cells_quarters_the_error():
    errors = []
    for n in (4, 8, 16, 32):
        line = (torch.arange(n, dtype=torch.float64) + 0.5) / n
        x, y, z = torch.meshgrid(line, line, line, indexing="ij")
        waves = [torch.sin(torch.pi * axis) for axis in (x, y, z)]
        exact, a = waves[0] * waves[1] * waves[2], torch.exp(x)
        forcing = a * (3 * torch.pi**2 * exact - torch.pi * torch.cos(torch.pi * x) * waves[1] * waves[2])
        errors.append(float((solve(a[None], forcing[None])[0][0] - exact).norm() / exact.norm()))
    np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / errors[1:]), 2, atol=0.1)


def test_the_centre_of_a_homogeneous_cube_has_the_known_pressure():
    # 0.05621: the triple sine series of -Laplace u = 1 at the centre.
    assert float(solve(torch.ones(1, 33, 33, 33, dtype=torch.float64))[0].max()) == pytest.approx(0.05621, abs=1e-4)


def test_what_is_put_in_leaves_through_the_walls():
    a = rough(6, 7, 8)
    pressure = solve(a)[0]
    through = sum(
        float(
            (
                face.index_select(axis, torch.tensor([0, n])) * pressure.index_select(axis, torch.tensor([0, n - 1]))
            ).sum()
        )
        for axis, (face, n) in enumerate(zip(box_stencil(a, (1 / 6, 1 / 7, 1 / 8)).faces, (6, 7, 8), strict=True), 1)
    )
    assert through == pytest.approx(1, abs=1e-9)


def test_mirroring_and_exchanging_axes_do_so_to_the_pressure():
    a = rough(6, 7, 8)
    pressure = solve(a)[0]
    torch.testing.assert_close(solve(a.flip(2))[0].flip(2), pressure, rtol=1e-9, atol=0)
    torch.testing.assert_close(
        solve(a.permute(0, 3, 1, 2).contiguous())[0].permute(0, 2, 3, 1), pressure, rtol=1e-9, atol=0
    )


def test_the_iterations_hardly_depend_on_the_grid():
    counts = []
    for n in (8, 15, 32):
        line = torch.arange(n) / n
        a = torch.where(((line[:, None, None] - line[:, None]).abs() + line) < 0.6, 12.0, 3.0)[None].double()
        counts.append(int(solve(a, tolerance=1e-10)[2]))
    assert max(counts) <= 14


def test_a_sample_is_the_same_alone_and_in_a_batch():
    a = rough(6, 7, 5, batch=3)
    pressure = solve(a)[0]
    for i in range(3):
        assert torch.equal(solve(a[i : i + 1])[0][0], pressure[i])


def test_the_residual_is_that_of_the_solution_and_differentiable():
    a, spacing = rough(4, 3, 5), (1 / 4, 1 / 3, 1 / 5)
    assert float(box_residual(a, solve(a)[0], torch.ones_like(a), spacing)) < 1e-10
    assert float(box_residual(a, torch.zeros_like(a), torch.ones_like(a), spacing)) == pytest.approx(1)
    u = noise(1, 4, 3, 5).requires_grad_()
    assert torch.autograd.gradcheck(lambda u: box_residual(a, u, torch.ones_like(a), spacing), (u,))


def test_mixed_elements_agree_in_three_dimensions():
    a = torch.exp(torch.linspace(0, 1, 12, dtype=torch.float64)).reshape(1, 12, 1, 1).expand(1, 12, 12, 12).contiguous()
    pressure = mixed_elements(a[0].numpy(), 1.0, (1 / 12,) * 3)
    assert np.linalg.norm(pressure - solve(a)[0][0].numpy()) < 0.04 * np.linalg.norm(pressure)


def test_jumps_that_the_cycle_cannot_follow_are_refused_with_the_residual_reached():
    with pytest.raises(SolverError, match="relative residual"):
        solve(rough(12, 12, 12, jump=1e9))
