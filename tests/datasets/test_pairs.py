"""Laws of the pairs that are learned from."""

import numpy as np
import pytest

from surrogate.datasets.pairs import pairs
from surrogate.errors import SettingsError


def test_steps_chain_so_that_an_output_is_the_next_input(spec, part):
    inputs, outputs = pairs(spec, "step", part.constants, part.states)
    steps = len(spec.times) - 1
    inputs, outputs = (each.reshape(7, steps, *each.shape[1:]) for each in (inputs, outputs))
    np.testing.assert_array_equal(inputs[:, 1:, -2:], outputs[:, :-1])
    np.testing.assert_array_equal(inputs[:, 0, -2:], part.states[:, 0])
    np.testing.assert_array_equal(outputs[:, -1], part.states[:, -1])


def test_every_step_is_given_the_constants_of_its_sample(spec, part):
    inputs, _ = pairs(spec, "step", part.constants, part.states)
    np.testing.assert_array_equal(inputs[:, :2], np.repeat(part.constants, len(spec.times) - 1, axis=0))


def test_the_map_goes_from_the_constants_and_the_first_time_to_the_last(spec, part):
    inputs, outputs = pairs(spec, "map", part.constants, part.states)
    np.testing.assert_array_equal(inputs, np.concatenate([part.constants, part.states[:, 0]], axis=1))
    np.testing.assert_array_equal(outputs, part.states[:, -1])


def test_a_steady_map_goes_from_the_constants_alone(spec, part):
    steady = spec.model_copy(update={"times": (0.0,)})
    inputs, outputs = pairs(steady, "map", part.constants, part.states[:, :1])
    np.testing.assert_array_equal(inputs, part.constants)
    np.testing.assert_array_equal(outputs, part.states[:, 0])


@pytest.mark.parametrize("task", ["map", "step"])
@pytest.mark.parametrize("times", [2, 4])
def test_channels_are_those_of_the_problem(spec, part, task, times):
    spec = spec.model_copy(update={"times": spec.times[:times]})
    inputs, outputs = pairs(spec, task, part.constants, part.states[:, :times])
    problem = spec.problem(task)
    assert (inputs.shape[1], outputs.shape[1]) == (len(problem.inputs), len(problem.outputs))
    assert inputs.dtype == outputs.dtype == np.float32


def test_a_step_of_a_steady_solution_is_refused(spec, part):
    with pytest.raises(SettingsError, match="expected 'map'"):
        pairs(spec, "step", part.constants, part.states[:, :1])
