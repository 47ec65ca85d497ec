"""Laws of flexible conjugate gradients."""

import numpy as np
import pytest
import torch

from surrogate.solve.krylov import flexible_conjugate_gradient
from surrogate.solvers.black_box_multigrid import FivePoints
from surrogate.solvers.darcy import darcy_stencil


@pytest.fixture
def system():
    generator = torch.Generator().manual_seed(0)
    coefficient = torch.exp(torch.randn(3, 12, 12, generator=generator, dtype=torch.float64))
    right = torch.randn(3, 12, 12, generator=generator, dtype=torch.float64)
    return darcy_stencil(coefficient, (1 / 12, 1 / 12)), right


def relative(stencil: FivePoints, right, field):
    return ((right - stencil(field)).flatten(1).norm(dim=1) / right.flatten(1).norm(dim=1)).numpy()


def jacobi(stencil):
    return lambda residual: residual / stencil.diagonal


def test_every_sample_arrives(system):
    stencil, right = system
    iterated = flexible_conjugate_gradient(stencil, jacobi(stencil), right, None, 1e-10, 500)
    assert iterated.arrived.all()
    assert relative(stencil, right, iterated.field).max() <= 1e-10


def test_a_sample_does_not_depend_on_those_beside_it(system):
    stencil, right = system
    together = flexible_conjugate_gradient(stencil, jacobi(stencil), right, None, 1e-6, 500)
    alone = FivePoints(*(part[1:2] for part in (stencil.x, stencil.y, stencil.diagonal)))
    single = flexible_conjugate_gradient(alone, jacobi(alone), right[1:2], None, 1e-6, 500)
    assert int(single.iterations[0]) == int(together.iterations[1])
    torch.testing.assert_close(single.field[0], together.field[1], rtol=1e-12, atol=0)


def test_a_guess_that_is_good_enough_is_returned_as_it_is(system):
    stencil, right = system
    exact = flexible_conjugate_gradient(stencil, jacobi(stencil), right, None, 1e-12, 500).field
    iterated = flexible_conjugate_gradient(stencil, jacobi(stencil), right, exact, 1e-8, 500)
    assert iterated.iterations.sum() == 0
    assert torch.equal(iterated.field, exact)


def test_a_guess_that_is_not_finite_costs_its_own_sample_no_more_than_no_guess(system):
    stencil, right = system
    guess = torch.zeros_like(right)
    guess[0, 3, 4] = torch.nan
    iterated = flexible_conjugate_gradient(stencil, jacobi(stencil), right, guess, 1e-8, 500)
    assert iterated.arrived.all()


@pytest.mark.parametrize("sabotage", [torch.nan, torch.inf, -1.0, 0.0])
def test_a_broken_preconditioner_stops_its_own_sample_alone(system, sabotage):
    stencil, right = system
    factor = torch.tensor([1.0, sabotage, 1.0], dtype=torch.float64)[:, None, None]
    iterated = flexible_conjugate_gradient(stencil, lambda r: factor * r / stencil.diagonal, right, None, 1e-8, 500)
    assert iterated.arrived.tolist() == [True, False, True]
    assert torch.isfinite(iterated.field).all()


def test_a_preconditioner_that_changes_from_step_to_step_costs_steps_and_not_the_convergence(system):
    stencil, right = system
    generator = torch.Generator().manual_seed(3)

    def noisy(residual):
        return residual / stencil.diagonal * (1 + 0.2 * torch.rand(residual.shape, generator=generator).double())

    iterated = flexible_conjugate_gradient(stencil, noisy, right, None, 1e-10, 500)
    assert iterated.arrived.all()


def test_no_more_steps_are_taken_than_allowed(system):
    stencil, right = system
    iterated = flexible_conjugate_gradient(stencil, jacobi(stencil), right, None, 1e-10, 5)
    np.testing.assert_array_equal(iterated.iterations.numpy(), 5)
    assert not iterated.arrived.any()
