import numpy as np
import pytest

from surrogate.evaluation.baselines.pod_ridge import choose, pod_ridge


def linear(random, count, noise):
    """Return pairs whose outputs follow the inputs by one matrix, but for noise."""
    matrix = np.random.default_rng(7).standard_normal((12, 10))
    inputs = random.standard_normal((count, 2, 5)).astype(np.float32)
    outputs = inputs.reshape(count, 10) @ matrix.T + 3 + noise * random.standard_normal((count, 12))
    return inputs, outputs.reshape(count, 1, 12).astype(np.float32)


def test_a_linear_map_is_learned_from_pairs_without_noise():
    random = np.random.default_rng(0)
    train, test = linear(random, 60, 0.0), linear(random, 20, 0.0)
    np.testing.assert_allclose(pod_ridge(test[0], *train), test[1], atol=1e-4)


def test_the_unit_of_a_channel_does_not_matter():
    random = np.random.default_rng(1)
    (inputs, outputs), (queries, _) = linear(random, 40, 0.3), linear(random, 9, 0.3)
    unit = np.array([1e3, 1e-3], np.float32)[:, None]
    np.testing.assert_allclose(
        pod_ridge(queries * unit, inputs * unit, outputs), pod_ridge(queries, inputs, outputs), atol=1e-3
    )


def brute_force_error(fitted, held, modes, ridge):
    """Return the squared error of ridge regression on the leading modes, by the normal equations."""
    (x, y), (queries, truth) = fitted, held
    _, values, directions = np.linalg.svd(x, full_matrices=False)
    known, new = x @ directions[:modes].T, queries @ directions[:modes].T
    weight = ridge * np.square(values[:modes]).mean()
    return np.square(truth - new @ np.linalg.solve(known.T @ known + weight * np.eye(modes), known.T @ y)).sum()


def test_modes_and_ridge_minimise_the_error_on_the_samples_held_out():
    random = np.random.default_rng(2)
    x, noise = random.standard_normal((40, 12)), random.standard_normal((40, 3))
    y = noise + x[:, :3]
    fitted, held = (x[:30], y[:30]), (x[30:], y[30:])
    choice = choose(fitted, held)
    assert choice.score == pytest.approx(brute_force_error(fitted, held, choice.modes, choice.ridge), rel=1e-10)
    for modes in (4, 8, 12):
        for ridge in (1e-12, 1e-3, 0.1, 1.0, 10.0):
            assert choice.score <= brute_force_error(fitted, held, modes, ridge) * (1 + 1e-9)


def test_noise_asks_for_a_ridge_and_pays_for_it_on_unseen_pairs():
    random = np.random.default_rng(3)
    inputs = random.standard_normal((40, 1, 36)).astype(np.float32)
    weights = np.random.default_rng(8).standard_normal(36)
    outputs = (inputs[:, 0] @ weights)[:, None, None].astype(np.float32) + 6 * random.standard_normal((40, 1, 1))
    queries = random.standard_normal((400, 1, 36)).astype(np.float32)
    truth = (queries[:, 0] @ weights)[:, None, None]
    centred = (inputs - inputs.mean(0)).reshape(40, -1).astype(np.float64)
    least_squares = np.linalg.lstsq(centred, (outputs - outputs.mean(0)).reshape(40, 1), rcond=None)[0]
    plain = (queries - inputs.mean(0)).reshape(400, -1) @ least_squares + outputs.mean()
    ours = pod_ridge(queries, inputs, outputs.astype(np.float32))
    assert np.square(ours - truth).mean() < 0.7 * np.square(plain[:, :, None] - truth).mean()
