"""Laws of tridiagonal systems."""

import pytest
import torch

from surrogate.solvers.tridiagonal import solve_tridiagonal


def system(size, batch=3):
    generator = torch.Generator().manual_seed(size)
    diagonal = 2 + torch.rand(batch, size, generator=generator, dtype=torch.float64)
    neighbours = -torch.rand(1, size - 1, generator=generator, dtype=torch.float64)
    return diagonal, neighbours, torch.randn(batch, size, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("size", [2, 3, 16, 37])
def test_a_dense_solver_agrees(size):
    diagonal, neighbours, right = system(size)
    beside = torch.diag(neighbours[0], 1) + torch.diag(neighbours[0], -1)
    exact = torch.linalg.solve(torch.diag_embed(diagonal) + beside, right)
    torch.testing.assert_close(solve_tridiagonal(diagonal, neighbours, right), exact, rtol=1e-12, atol=1e-13)


def test_the_solution_is_differentiable():
    tensors = [tensor.requires_grad_() for tensor in system(5, batch=2)]
    assert torch.autograd.gradcheck(solve_tridiagonal, tensors)


def test_a_system_is_the_same_alone_and_in_a_batch():
    diagonal, neighbours, right = system(37)
    together = solve_tridiagonal(diagonal, neighbours, right)
    assert torch.equal(solve_tridiagonal(diagonal[1:2], neighbours, right[1:2])[0], together[1])
