"""Laws of minimal residuals."""

import pytest
import torch

from surrogate.errors import SolverError
from surrogate.solvers.gmres import gmres


@pytest.fixture
def system():
    """A system with eigenvalues of both signs, and its right side."""
    generator = torch.Generator().manual_seed(0)
    turn = torch.linalg.qr(torch.randn(12, 12, generator=generator, dtype=torch.float64))[0]
    eigenvalues = torch.linspace(-3, 5, 12, dtype=torch.float64)
    return turn @ torch.diag(eigenvalues) @ turn.mT, torch.randn(12, generator=generator, dtype=torch.float64)


def test_a_system_that_is_not_positive_is_solved(system):
    matrix, right = system
    solution, reached, iterations = gmres(lambda v: matrix @ v, lambda v: v, right, 1e-12, 12)
    torch.testing.assert_close(solution, torch.linalg.solve(matrix, right))
    assert float(reached) < 1e-11
    assert iterations == 12


def test_a_perfect_preconditioner_needs_one_iteration(system):
    matrix, right = system
    assert gmres(lambda v: matrix @ v, lambda v: torch.linalg.solve(matrix, v), right, 1e-12, 12)[2] == 1


def test_too_few_iterations_are_refused_with_the_residual_reached(system):
    matrix, right = system
    with pytest.raises(SolverError, match="after 3 iterations, expected"):
        gmres(lambda v: matrix @ v, lambda v: v, right, 1e-12, 3)


def test_what_is_not_a_number_is_refused(system):
    matrix, right = system
    with pytest.raises(SolverError, match="residual of nan"):
        gmres(lambda v: matrix @ v * torch.nan, lambda v: v, right, 1e-12, 3)
