import numpy as np
import pytest

from surrogate.evaluation.baselines.untrained import nearest_training_sample, persistence, training_mean


@pytest.fixture
def known():
    random = np.random.default_rng(0)
    return (random.standard_normal((40, 2, 6, 5)).astype(np.float32) for _ in range(2))


def test_the_training_samples_are_nearest_to_themselves(known):
    inputs, outputs = known
    np.testing.assert_array_equal(nearest_training_sample(inputs, inputs, outputs), outputs)


def test_samples_that_nearly_agree_are_told_apart(known):
    inputs, outputs = known
    crowd = 1000 + 1e-2 * inputs
    np.testing.assert_array_equal(nearest_training_sample(crowd, crowd, outputs), outputs)


def test_the_nearest_sample_is_that_of_a_search_through_all(known):
    inputs, outputs = known
    queries = np.random.default_rng(1).standard_normal((300, 2, 6, 5)).astype(np.float32)
    spread = inputs.std(axis=(0, 2, 3), keepdims=True)
    distance = np.square((queries[:, None] - inputs[None]) / spread[0]).sum(axis=(2, 3, 4))
    np.testing.assert_array_equal(nearest_training_sample(queries, inputs, outputs), outputs[distance.argmin(axis=1)])


def test_the_unit_of_a_channel_does_not_choose_the_nearest(known):
    inputs, outputs = known
    queries = np.random.default_rng(1).standard_normal((20, 2, 6, 5)).astype(np.float32)
    scale = np.array([1e4, 1e-4], np.float32)[:, None, None]
    np.testing.assert_array_equal(
        nearest_training_sample(scale * queries, scale * inputs, outputs),
        nearest_training_sample(queries, inputs, outputs),
    )


def test_a_constant_channel_does_not_break_the_search(known):
    inputs, outputs = known
    inputs[:, 1] = 3
    np.testing.assert_array_equal(nearest_training_sample(inputs, inputs, outputs), outputs)


def test_no_constant_prediction_has_a_smaller_square_error_than_the_mean(known):
    _, outputs = known
    mean = training_mean(outputs, len(outputs))
    error = np.square(outputs - mean).sum()
    for shift in (1e-2, -1e-2):
        assert np.square(outputs - (mean + shift)).sum() > error


def test_persistence_is_the_state_among_the_inputs(known):
    inputs, _ = known
    np.testing.assert_array_equal(persistence(inputs, 1), inputs[:, 1:])
