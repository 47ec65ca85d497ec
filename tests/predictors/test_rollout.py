"""Laws of a step that is applied to its own output."""

import pytest
import torch

from surrogate.predictors.rollout import roll_out, roll_out_together, unroll
from surrogate.spaces import LEAD_TIME, Boundary, FieldSpec, Grid, Problem

CONSTANT = FieldSpec(name="a", unit="1", role="constant")
STATE = FieldSpec(name="u", unit="1", role="state")


def problem(*inputs):
    grid, boundary = Grid.box((4,), "left"), Boundary.uniform("periodic", 1)
    return Problem.on_grid(inputs=inputs, outputs=(STATE,), grid=grid, boundary=boundary, task="step")


def test_rolling_out_a_linear_step_gives_its_powers():
    inputs = torch.cat([torch.full((2, 1, 4), 3.0), torch.ones(2, 1, 4)], dim=1)
    states = roll_out(lambda fields: fields[:, :1] * fields[:, 1:], problem(CONSTANT, STATE), inputs, 4)
    torch.testing.assert_close(states[:, :, 0, 0], torch.tensor([[3.0, 9.0, 27.0, 81.0]] * 2))


def test_fields_without_constants_roll_out_too():
    states = roll_out(lambda state: state + 1, problem(STATE), torch.zeros(2, 1, 4), 2)
    assert states.shape == (2, 2, 1, 4)
    assert states[:, 1].eq(2).all()


def test_with_two_frames_in_a_recurrence_of_two_terms_is_followed():
    inputs = torch.ones(1, 2, 4)
    states = roll_out(lambda frames: frames.sum(1, keepdim=True), problem(STATE, STATE), inputs, 6)
    assert states[0, :, 0, 0].tolist() == [2, 3, 5, 8, 13, 21]


def test_the_lead_time_stays_while_the_state_goes_on():
    inputs = torch.cat([torch.full((1, 1, 4), 0.5), torch.zeros(1, 1, 4)], dim=1)
    states = roll_out(lambda fields: fields[:, 1:] + fields[:, :1], problem(LEAD_TIME, STATE), inputs, 3)
    assert states[0, :, 0, 0].tolist() == [0.5, 1.0, 1.5]


@pytest.mark.parametrize("together", [1, 2, 3, 7])
def test_steps_made_several_at_once_are_those_made_one_by_one(together):
    """A recurrence of two terms and a constant."""
    of = problem(CONSTANT, STATE, STATE)
    inputs = torch.cat([torch.full((1, 1, 4), 2.0), torch.ones(1, 2, 4)], dim=1)

    def step(fields):
        return fields[:, :1] + fields[:, 1:].sum(1, keepdim=True)

    states = roll_out_together(lambda fields: roll_out(step, of, fields, together), of, inputs, 6)
    assert states.equal(roll_out(step, of, inputs, 6))


@pytest.mark.parametrize(("through", "expected"), [(True, 2 + 8 + 24), (False, 2 + 4 + 8)])
def test_the_gradient_goes_through_all_steps_or_through_the_last_alone(through, expected):
    """Of ``u_j = a^j u_0`` at a = 2, u_0 = 2: sum of j a^(j-1) u_0, or sum of a^(j-1) u_0."""
    factor = torch.tensor(2.0, requires_grad=True)
    states = unroll(lambda state: factor * state, problem(STATE), torch.full((1, 1, 4), 2.0), 3, through)
    assert states[0, :, 0].tolist() == [4, 8, 16]
    states[0, :, 0].sum().backward()
    assert factor.grad.item() == expected
