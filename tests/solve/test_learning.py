"""Learning a preconditioner from random residuals."""

import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.solve.cycle import Conductances
from surrogate.solve.learning import count_iterations, learn, left_over, untrained
from surrogate.solve.solve_settings import PreconditionConfig
from surrogate.solvers.black_box_multigrid import FivePoints


def settings(*words):
    return read(PreconditionConfig, compose_tree("precondition", ["data=unused", "out=unused", *words]))


@pytest.fixture(scope="module")
def system(darcy, constants):
    operator, _ = Conductances.of(darcy.problem(constants.double()).system()[0])
    return operator, FivePoints(operator.x, operator.y, operator.diagonal)


@pytest.fixture(scope="module")
def constants(problems):
    return problems.coefficient[:, None].float()


def test_the_loss_is_zero_for_the_exact_direction_of_any_length(system):
    stencil = system[1]
    direction = torch.randn(stencil.diagonal.shape, generator=torch.Generator().manual_seed(0))
    assert float(left_over(stencil, -7 * direction, stencil(direction)).max()) < 1e-10


def test_the_loss_is_what_a_step_of_steepest_descent_leaves(system):
    stencil = system[1]
    residual = torch.randn(stencil.diagonal.shape, generator=torch.Generator().manual_seed(0))
    units = torch.eye(24 * 24).reshape(-1, 1, 24, 24)
    matrix = torch.stack([stencil(unit.expand_as(residual))[0].flatten() for unit in units])
    b = residual[0].flatten()
    expected = (b - matrix @ b * (b @ b) / (b @ matrix @ b)).square().sum() / b.square().sum()
    torch.testing.assert_close(left_over(stencil, residual, residual)[0], expected, rtol=1e-4, atol=0)


def test_training_lowers_what_is_left_over_of_residuals_it_has_not_seen(darcy, constants, system):
    config = settings("steps=40", "width=4", "batch_size=4", "lr=1e-2")
    trained = learn(config, darcy, constants[:4], lambda _: None)
    operator, stencil = system
    residual = torch.randn(stencil.diagonal.shape, generator=torch.Generator().manual_seed(9))
    with torch.no_grad():
        before, after = (
            left_over(stencil, model(operator)(residual), residual).mean() for model in (untrained(config), trained)
        )
    assert float(after) < 0.9 * float(before)


def test_the_same_seed_learns_the_same(darcy, constants):
    config = settings("steps=2", "width=4", "batch_size=2")
    one, other = (learn(config, darcy, constants, lambda _: None).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_even_untrained_it_needs_a_quarter_of_the_steps_of_plain_conjugate_gradients(darcy, constants):
    plain, arrived = count_iterations(darcy, constants, None)
    learned, all_arrived = count_iterations(darcy, constants, untrained(settings()))
    assert arrived == all_arrived == 1
    assert learned <= plain / 4


def test_poisson_has_a_preconditioner_too(poisson):
    equation, inputs, _ = poisson
    learned = learn(settings("steps=2", "width=4", "batch_size=2"), equation, inputs.float(), lambda _: None)
    iterations, arrived = count_iterations(equation, inputs, learned)
    assert arrived == 1
    assert iterations < 15
