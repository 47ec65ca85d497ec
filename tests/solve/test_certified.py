"""A tolerance is met, by an independent check, or nothing is returned."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse.linalg
import torch

from surrogate.errors import InputError, SolverError
from surrogate.solve.certified import certify
from surrogate.solve.check import assemble, checked_residual
from surrogate.solve.preconditioner import Preconditioner
from surrogate.solvers.dirichlet_problem import DirichletProblem

METHODS = ("cg", "multigrid", "guess", "preconditioner", "both")


def solved(problems, method, tolerance=1e-9, preconditioner=None, guess=None):
    given = preconditioner or Preconditioner(4)
    return certify(problems, method, tolerance, 200, guess=guess or (lambda: problems.forcing), preconditioner=given)


def directly(problems, sample):
    values = [value[sample].numpy() for value in problems.values]
    matrix, right = assemble(
        problems.coefficient[sample].numpy(),
        problems.forcing[sample].numpy(),
        values,
        problems.screening,
        problems.spacing,
    )
    return scipy.sparse.linalg.spsolve(matrix.tocsc(), right).reshape(problems.coefficient.shape[1:])


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_what_a_direct_solver_of_scipy_finds(problems, method):
    certified = solved(problems, method)
    assert (certified.residual <= 1e-9).all()
    for sample in (0, 4):
        np.testing.assert_allclose(certified.field[sample].numpy(), directly(problems, sample), rtol=1e-5)


def test_the_matrix_of_the_check_is_the_operator_of_the_solver(problems):
    stencil, right = problems.system()
    field = torch.randn(problems.forcing.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    expected = (right - stencil(field)).flatten(1).norm(dim=1) / right.flatten(1).norm(dim=1)
    np.testing.assert_allclose(checked_residual(problems, field.numpy()), expected.numpy(), rtol=1e-10)


def test_nothing_but_zero_solves_a_system_without_a_right_hand_side(problems):
    empty = replace(problems, forcing=0 * problems.forcing, values=tuple(0 * value for value in problems.values))
    shape = problems.forcing.shape
    assert (checked_residual(empty, np.zeros(shape)) == 0).all()
    assert np.isposinf(checked_residual(empty, np.full(shape, 1e-22))).all()


def test_poisson_with_values_on_its_sides_is_solved_to_the_error_of_its_grid(poisson):
    equation, inputs, label = poisson
    problems = equation.problem(inputs)
    certified = solved(problems, "preconditioner")
    assert float(((certified.field - label).flatten(1).norm(dim=1) / label.flatten(1).norm(dim=1)).max()) < 0.02
    largest = float(label.abs().max())
    np.testing.assert_allclose(certified.field[1].numpy(), directly(problems, 1), rtol=0, atol=1e-6 * largest)


def test_screening_on_a_grid_of_unequal_odd_sides_is_part_of_the_system(problems):
    some = problems.coefficient[:, :23, :17]
    sides = tuple(torch.ones(len(some), n, dtype=torch.float64) for n in (17, 17, 23, 23))
    screened = replace(problems, coefficient=some, forcing=0 * some, values=sides, screening=50.0)
    certified = solved(screened, "preconditioner", guess=lambda: some)
    np.testing.assert_allclose(certified.field[2].numpy(), directly(screened, 2), rtol=1e-5)
    assert not certified.fallback.any()


@pytest.mark.parametrize("value", [torch.nan, 1e30])
def test_a_sabotaged_preconditioner_is_counted_and_the_tolerance_is_met_all_the_same(problems, value):
    broken = Preconditioner(4)
    broken.head.weight.data.fill_(value)
    broken.fine.weight.data.fill_(value)
    certified = solved(problems, "preconditioner", preconditioner=broken)
    assert certified.fallback.all()
    assert (certified.residual <= 1e-9).all()


def test_an_indefinite_preconditioner_is_counted_and_the_tolerance_is_met_all_the_same(problems):
    class Upside(Preconditioner):
        def forward(self, operator):
            cycle = super().forward(operator)
            return lambda residual: -cycle(residual)

    certified = solved(problems, "both", preconditioner=Upside(4))
    assert certified.fallback.all()
    assert (certified.residual <= 1e-9).all()


def test_a_sound_preconditioner_needs_no_fallback_and_a_quarter_of_the_steps_of_plain_conjugate_gradients(problems):
    plain, learned = solved(problems, "cg"), solved(problems, "preconditioner")
    assert not learned.fallback.any()
    assert (4 * learned.iterations <= plain.iterations).all()


def test_a_guess_that_meets_the_tolerance_takes_no_step(problems):
    exact = solved(problems, "multigrid", 1e-11).field
    assert solved(problems, "both", 1e-8, guess=lambda: exact).iterations.sum() == 0


def test_a_tolerance_below_rounding_fails(problems):
    with pytest.raises(SolverError, match="expected"):
        solved(problems, "multigrid", 1e-18)


class Mistaken(DirichletProblem):
    """A problem whose solver is asked for another system than the one it states."""

    def system(self):
        return DirichletProblem.system(replace(self, coefficient=1.001 * self.coefficient))


def test_an_answer_that_the_check_refuses_is_not_returned(problems):
    mistaken = Mistaken(**vars(problems))
    with pytest.raises(SolverError, match="independent check"):
        solved(mistaken, "multigrid")


@pytest.mark.parametrize(("field", "value"), [("coefficient", 0.0), ("coefficient", torch.nan), ("forcing", torch.inf)])
def test_an_input_that_has_no_solution_is_named(problems, field, value):
    bad = getattr(problems, field).clone()
    bad[3, 1, 1] = value
    with pytest.raises(InputError, match=f"sample 3 .*{field}"):
        solved(replace(problems, **{field: bad}), "multigrid")
