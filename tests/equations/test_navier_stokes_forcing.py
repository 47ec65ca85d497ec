"""Laws of the data of flow from its stirring."""

import numpy as np
import pytest


@pytest.fixture
def inputs(recipe):
    settings = recipe("navier_stokes_forcing").equation
    equation = settings.on((32,), "map")
    return equation.draw(0, "train", range(200))


def test_all_samples_start_alike_and_are_stirred_differently(inputs):
    stirring, start = inputs[:, 0], inputs[:, 1]
    assert np.array_equal(start, np.broadcast_to(start[0], start.shape))
    assert not np.array_equal(stirring[0], stirring[1])


def test_the_stirring_is_made_of_fifty_pairs_of_waves_with_the_published_deviations(inputs):
    waves = np.fft.fft2(inputs[:, 0], norm="forward")
    power = (np.abs(waves) ** 2).mean(0)
    k = np.fft.fftfreq(32, 1 / 32)
    square = np.add.outer(k**2, k**2)
    within = (square > 0) & (square <= 32)
    assert within.sum() == 100
    assert power[~within].max() < 1e-30
    # a cos + b sin, of deviation (|k|^2 + 9)^-2 / (sqrt 2 pi), is two complex waves of a quarter of their variances.
    expected = (square[within] + 9.0) ** -4 / (2 * np.pi**2) / 2
    assert (power[within] / expected).mean() == pytest.approx(1, abs=0.05)
