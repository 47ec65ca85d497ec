"""Laws of conjugate gradients on a batch."""

import pytest
import torch

from surrogate.errors import SolverError
from surrogate.solvers.conjugate_gradient import conjugate_gradient


def diagonal(values):
    return lambda field: values * field


def same(field):
    return field.clone()


def test_as_many_iterations_as_distinct_eigenvalues_suffice():
    values = torch.tensor([[1.0, 1.0, 4.0, 9.0, 9.0]], dtype=torch.float64)
    field, residual, iterations = conjugate_gradient(diagonal(values), same, torch.ones_like(values), 1e-12, 50)
    torch.testing.assert_close(field, 1 / values)
    assert iterations.tolist() == [3]
    assert float(residual) <= 1e-12


def test_a_sample_that_is_done_no_longer_moves():
    values = torch.stack((torch.ones(20), torch.logspace(0, 4, 20))).double()
    right = torch.linspace(1, 2, 20, dtype=torch.float64).expand(2, 20)
    field, _, iterations = conjugate_gradient(diagonal(values), same, right, 1e-8, 200)
    alone, _, _ = conjugate_gradient(diagonal(values[:1]), same, right[:1], 1e-8, 200)
    assert iterations[0] == 1 < iterations[1]
    assert torch.equal(field[0], alone[0])


def test_a_sample_that_does_not_arrive_is_named_with_its_residual():
    values = torch.stack((torch.ones(20), torch.logspace(0, 6, 20))).double()
    with pytest.raises(
        SolverError, match=r"sample 1 of the batch reached a relative residual of \d.*after 4 iterations"
    ):
        conjugate_gradient(diagonal(values), same, torch.ones_like(values), 1e-10, 4)


def test_numbers_that_are_none_are_refused():
    values = torch.full((1, 3), torch.nan, dtype=torch.float64)
    with pytest.raises(SolverError, match="relative residual of nan"):
        conjugate_gradient(diagonal(values), same, torch.ones_like(values), 1e-10, 4)


def test_nothing_put_in_gives_nothing():
    field, residual, iterations = conjugate_gradient(same, same, torch.zeros(1, 3, dtype=torch.float64), 1e-10, 4)
    assert (field.tolist(), residual.tolist(), iterations.tolist()) == ([[0, 0, 0]], [0], [0])
