"""Laws of what is said of a long roll-out."""

import numpy as np
import pytest

from surrogate.evaluation.rollout.long_run import (
    VALID,
    blow_up_times,
    energy_spectrum,
    long_run,
    spectrum_error,
    valid_times,
)
from surrogate.spaces import Grid

LINE = Grid.box((16,), "left", 2.0)


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_a_prediction_is_valid_until_its_error_passes_a_part_of_the_deviation():
    truth = noise(2, 6, 1, 16)
    wrong = truth.copy()
    wrong[0, 3:] += 1.01 * VALID * truth.std()
    wrong[1] += 0.99 * VALID * truth.std()
    assert valid_times(wrong, truth, 0.5).tolist() == [1.5, 3.0]


def test_validity_does_not_see_the_units_of_the_channels():
    truth, error = noise(3, 8, 2, 16), 0.5 * noise(3, 8, 2, 16)
    units = np.array([1.0, 1000.0], np.float32)[:, None]
    there = valid_times(units * (truth + error), units * truth, 1.0)
    np.testing.assert_array_equal(there, valid_times(truth + error, truth, 1.0))


def test_what_is_not_finite_is_neither_valid_nor_whole():
    truth = noise(1, 4, 1, 16)
    broken = truth.copy()
    broken[0, 2:] = np.nan
    assert valid_times(broken, truth, 1.0).tolist() == [2.0]
    assert blow_up_times(broken, truth, 1.0).tolist() == [3.0]
    assert blow_up_times(truth, truth, 1.0).tolist() == [np.inf]


@pytest.mark.parametrize("points", [(16,), (15,), (8, 9), (4, 5, 6)])
def test_the_shells_hold_the_mean_square_of_a_smooth_field(points):
    """Parseval: the cosine of one cycle along x has a mean square of one half, all in the first shell."""
    x = np.arange(points[0]) / points[0]
    field = np.cos(2 * np.pi * x).reshape(-1, *[1] * (len(points) - 1)) * np.ones(points)
    spectrum = energy_spectrum(field[None, None, None].astype(np.float32), Grid.box(points, "left"))
    np.testing.assert_allclose(spectrum, np.eye(len(spectrum))[1] / 2, atol=1e-7)


def test_a_shift_changes_no_spectrum():
    states = noise(2, 3, 1, 16)
    np.testing.assert_allclose(energy_spectrum(np.roll(states, 5, -1), LINE), energy_spectrum(states, LINE), rtol=1e-5)


def test_a_field_a_tenth_too_large_has_an_energy_a_fifth_too_large():
    states = noise(2, 10, 1, 16)
    figures = long_run(np.sqrt(1.2) * states, states, LINE, (True,), 1.0)
    np.testing.assert_allclose(figures.spectrum_error, 0.2, rtol=1e-5)
    np.testing.assert_allclose(figures.spectrum, 1.2 * figures.true_spectrum, rtol=1e-5)


def test_faint_shells_are_not_compared():
    assert spectrum_error(np.array([1.0, 5.0]), np.array([1.0, 1e-9])) == 0


def test_a_box_with_walls_has_no_spectrum():
    figures = long_run(noise(2, 4, 1, 16), noise(2, 4, 1, 16), LINE, (False,), 1.0)
    assert (figures.wavenumbers.size, figures.spectrum_error.size) == (0, 0)


def test_equal_weights_change_nothing_and_a_point_of_weight_0_does_not_count():
    truth = noise(3, 5, 2, 12).astype(np.float32)
    ours, weights = truth + np.linspace(0, 1, 5, dtype=np.float32)[:, None, None], np.ones((3, 12))
    beyond = np.concatenate([weights, np.zeros((3, 4))], axis=1)
    more = [
        np.pad(fields, [(0, 0)] * 3 + [(0, 4)], constant_values=junk) for fields, junk in ((ours, 1e9), (truth, -7))
    ]
    for measure in (valid_times, blow_up_times):
        expected = measure(ours, truth, 1.0)
        np.testing.assert_array_equal(measure(ours, truth, 1.0, weights), expected)
        np.testing.assert_array_equal(measure(*more, 1.0, beyond), expected)
