"""Laws of the multigrid cycle and its parts."""

import pytest
import torch

from surrogate.solvers.darcy import darcy_stencil
from surrogate.solvers.multigrid import Stencil, hierarchy, interpolate, restrict, v_cycle

SIZES = [(8, 8), (7, 9), (13, 6), (1, 5)]


def rough(n, m, batch=1):
    generator = torch.Generator().manual_seed(n * m)
    return torch.where(torch.rand(batch, n, m, generator=generator, dtype=torch.float64) < 0.5, 2.0, 12.0).double()


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(7), dtype=torch.float64)


def product(a, b):
    return float((a * b).sum())


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_the_stencil_is_symmetric(n, m):
    stencil, u, v = darcy_stencil(rough(n, m), (0.1, 0.2)), noise(1, n, m), noise(2, n, m)[1:]
    assert product(stencil(u), v) == pytest.approx(product(u, stencil(v)), rel=1e-12)


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_restriction_is_the_transpose_of_interpolation(n, m):
    coarse, fine = noise(1, (n + 1) // 2, (m + 1) // 2), noise(2, n, m)[1:]
    assert product(interpolate(coarse, (n, m)), fine) == pytest.approx(product(coarse, restrict(fine)), rel=1e-12)


def test_interpolation_keeps_what_is_linear_and_zero_at_the_wall():
    coarse = (2.0 * torch.arange(4) + 1).double().reshape(1, 4, 1).expand(1, 4, 4)
    fine = interpolate(coarse, (8, 8))[0, :-1, 4]
    torch.testing.assert_close(fine, torch.arange(7).double() + 0.5)


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_the_cycle_is_symmetric_and_positive(n, m):
    levels, u, v = hierarchy(darcy_stencil(rough(n, m), (0.1, 0.1))), noise(1, n, m), noise(2, n, m)[1:]
    assert product(v_cycle(levels, u), v) == pytest.approx(product(u, v_cycle(levels, v)), rel=1e-10)
    assert product(v_cycle(levels, u), u) > 0


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_the_hierarchy_ends_at_one_cell(n, m):
    assert hierarchy(darcy_stencil(rough(n, m), (1.0, 1.0)))[-1].diagonal.shape == (1, 1, 1)


def test_coarsening_is_exact_for_layers():
    # A constant flux through layers: the pressure falls by 1 / a per length, and no cell gains or loses anything.
    a = rough(8, 1).expand(1, 8, 8)
    to_the_middle = torch.cumsum(1 / a, 1) - 1 / (2 * a)
    of_pairs = (to_the_middle[:, ::2, ::2] + to_the_middle[:, 1::2, ::2]) / 2
    stencil = darcy_stencil(a, (1.0, 1.0))
    for level, pressure in ((stencil, to_the_middle), (stencil.coarser(), of_pairs)):
        torch.testing.assert_close(level(pressure)[:, 1:-1, 1:-1], torch.zeros_like(pressure[:, 1:-1, 1:-1]))


@pytest.mark.parametrize("n", [31, 32, 33, 64, 127])
def test_one_cycle_leaves_little_of_any_error(n):
    levels = hierarchy(darcy_stencil(torch.ones(1, n, n, dtype=torch.float64), (1 / n, 1 / n)))
    error, factor = noise(1, n, n), 1.0
    for _ in range(8):
        reduced = error - v_cycle(levels, levels[0](error))
        factor = float(reduced.norm() / error.norm())
        error = reduced
    assert factor < 0.2


def test_a_batch_is_a_row_of_single_systems():
    a, right = rough(9, 12, batch=3), noise(3, 9, 12)
    together = v_cycle(hierarchy(darcy_stencil(a, (0.1, 0.1))), right)
    for i in range(3):
        alone = v_cycle(hierarchy(darcy_stencil(a[i : i + 1], (0.1, 0.1))), right[i : i + 1])
        assert torch.equal(alone[0], together[i])


def test_from_faces_sums_the_faces_of_a_cell():
    stencil = Stencil.from_faces(torch.tensor([[[1.0], [2.0]]]), torch.tensor([[[4.0, 8.0]]]))
    assert stencil.diagonal.tolist() == [[[15.0]]]
