import numpy as np
import torch

from surrogate.evaluation.rollout import errors_after_steps, roll_out
from surrogate.fields import Boundary, FieldSpec, Grid, Problem


def test_rolling_out_a_linear_step_gives_its_powers():
    constants, state = torch.full((2, 1, 4), 3.0), torch.ones(2, 1, 4)
    states = roll_out(lambda fields: fields[:, :1] * fields[:, 1:], constants, state, 4)
    torch.testing.assert_close(states[:, :, 0, 0], torch.tensor([[3.0, 9.0, 27.0, 81.0]] * 2))


def test_fields_without_constants_roll_out_too():
    states = roll_out(lambda state: state + 1, torch.empty(2, 0, 4), torch.zeros(2, 3, 4), 2)
    assert states.shape == (2, 2, 3, 4)
    assert states[:, 1].eq(2).all()


def test_errors_after_steps_are_relative_to_the_truth_of_that_step():
    field = (FieldSpec(name="u", unit="m", role="state"),)
    problem = Problem(
        inputs=field, outputs=field, grid=Grid.box((4,), "left"), boundary=Boundary.uniform("periodic", 1), task="step"
    )
    truth = np.stack([np.full((1, 1, 4), scale, np.float32) for scale in (1, 10, 100)], axis=1)
    np.testing.assert_allclose(errors_after_steps(truth + 1, truth, problem), [[1, 0.1, 0.01]])
