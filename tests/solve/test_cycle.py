"""Laws of the V-cycle whose parts are given as fields."""

import pytest
import torch

from surrogate.solve.cycle import Conductances, series_and_parallel
from surrogate.solve.preconditioner import Preconditioner
from surrogate.solvers.darcy import darcy_stencil


def stencil(points, contrast=1.0):
    """The stencil of a random coefficient, in float64."""
    generator = torch.Generator().manual_seed(0)
    coefficient = torch.exp(contrast * torch.randn(2, *points, generator=generator, dtype=torch.float64))
    return darcy_stencil(coefficient, (1 / points[0], 1 / points[1]))


def at_random(seed=0):
    """A preconditioner in float64 whose network says anything at all."""
    generator = torch.Generator().manual_seed(seed)
    model = Preconditioner(4).double()
    for weight in model.parameters():
        weight.data = torch.randn(weight.shape, generator=generator, dtype=torch.float64)
    return model.requires_grad_(False)


def cycle_of(points, model):
    made = stencil(points)
    sink = 0.1 * torch.ones_like(made.diagonal)
    return model(Conductances(made.x, made.y, sink))


def as_matrix(cycle, points):
    """The cycle of the first sample as a matrix."""
    units = torch.eye(points[0] * points[1], dtype=torch.float64).reshape(-1, 1, *points)
    columns = [cycle(unit.expand(2, -1, -1)) for unit in units]
    return torch.stack([column[0].flatten() for column in columns], dim=1)


@pytest.mark.parametrize("points", [(16, 16), (11, 18)])
def test_whatever_the_network_says_the_cycle_is_symmetric_and_positive_definite(points):
    matrix = as_matrix(cycle_of(points, at_random()), points)
    assert float((matrix - matrix.T).abs().max()) < 1e-12 * float(matrix.abs().max())
    assert float(torch.linalg.eigvalsh(matrix).min()) > 0


def test_the_cycle_is_linear_in_the_residual():
    cycle = cycle_of((16, 16), at_random())
    one, other = torch.randn(2, 2, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(cycle(2 * one - 3 * other), 2 * cycle(one) - 3 * cycle(other), rtol=1e-10, atol=1e-12)


def test_scaling_the_coefficient_scales_the_cycle_down():
    made, model = stencil((16, 16)), at_random()
    sink = torch.zeros_like(made.diagonal)
    once = model(Conductances(made.x, made.y, sink))
    thousand = model(Conductances(1000 * made.x, 1000 * made.y, sink))
    right = torch.ones(2, 16, 16, dtype=torch.float64)
    torch.testing.assert_close(1000 * thousand(right), once(right))


def test_the_coarser_operator_of_a_constant_coefficient_is_that_of_the_coarser_grid():
    def conductances(n):
        made = darcy_stencil(torch.full((1, n, n), 3.0, dtype=torch.float64), (1 / n, 1 / n))
        return Conductances(made.x, made.y, torch.zeros_like(made.diagonal))

    coarse, expected = series_and_parallel(conductances(12)), conductances(6)
    torch.testing.assert_close(coarse.x, expected.x)
    torch.testing.assert_close(coarse.y, expected.y)


def test_before_training_it_is_a_multigrid_cycle_whose_error_shrinks_on_any_grid_alike():
    factors = []
    for n in (16, 64):
        made = stencil((n, n), 0.5)
        cycle = (
            Preconditioner(4)
            .double()
            .requires_grad_(False)(Conductances(made.x, made.y, torch.zeros_like(made.diagonal)))
        )
        error = torch.randn(2, n, n, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
        for _ in range(12):
            before = float((error * made(error)).sum())
            error = error - cycle(made(error))
            after = float((error * made(error)).sum())
        factors.append((after / before) ** 0.5)
    assert max(factors) < 0.35
