import numpy as np

from surrogate.evaluation.rollout.rollout_error import errors_after_steps
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem


def test_errors_after_steps_are_relative_to_the_truth_of_that_step():
    field = (FieldSpec(name="u", unit="m", role="state"),)
    problem = Problem.on_grid(
        inputs=field, outputs=field, grid=Grid.box((4,), "left"), boundary=Boundary.uniform("periodic", 1), task="step"
    )
    truth = np.stack([np.full((1, 1, 4), scale, np.float32) for scale in (1, 10, 100)], axis=1)
    np.testing.assert_allclose(errors_after_steps(truth + 1, truth, problem), [[1, 0.1, 0.01]])
