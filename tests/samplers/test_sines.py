"""Laws of the sums of sines."""

import numpy as np
import pytest

from surrogate.errors import SettingsError
from surrogate.samplers import sines
from surrogate.spaces import Grid


def law(between=None):
    return sines.Settings(name="sines", terms=3, highest=4, amplitude=0.5, between=between)


def test_a_finer_grid_shows_the_same_functions():
    coarse, fine = (sines.sample(law(), Grid.box((n,), "left", 3.0, -1.0), 0, "train", range(5)) for n in (32, 64))
    np.testing.assert_allclose(coarse, fine[:, ::2], atol=1e-14)


def test_no_wave_is_shorter_or_higher_than_the_settings_say():
    fields = sines.sample(law(), Grid.box((64,), "left"), 0, "train", range(200))
    spectrum = np.abs(np.fft.rfft(fields, norm="forward"))
    assert spectrum[:, [0, *range(5, 33)]].max() < 1e-14
    assert (spectrum[:, 1:5].max(0) > 0.1).all()
    assert 1.0 < np.abs(fields).max() < 1.5


def test_the_values_lie_between_the_two_given_ones():
    fields = sines.sample(law((0.2, 0.9)), Grid.box((64,), "left"), 0, "train", range(200))
    assert 0.2 <= fields.min() < 0.35
    assert 0.75 < fields.max() <= 0.9


def test_a_grid_too_coarse_for_the_shortest_wave_is_refused():
    with pytest.raises(SettingsError, match="waves of 4 periods"):
        sines.sample(law(), Grid.box((8,), "left"), 0, "train", [0])
