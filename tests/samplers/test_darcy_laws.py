"""Laws of the permeabilities that Darcy data are drawn from."""

import numpy as np
import pytest

from surrogate.errors import SettingsError
from surrogate.samplers import gaussian, log_normal, multiscale_trigonometric, thresholded_bumps
from surrogate.spaces import Grid

GAUSSIAN = gaussian.Settings(name="gaussian", boundary="neumann", sigma=3.0, alpha=2.0, tau=3.0)
BUMPS = thresholded_bumps.Settings(name="thresholded_bumps", low=0.1, high=1.0, bumps=5, widest=0.5)
WAVES = multiscale_trigonometric.Settings(name="multiscale_trigonometric", scales=6)


def test_the_logarithm_of_a_log_normal_field_is_the_gaussian_one():
    grid = Grid.box((8, 9), "cells")
    drawn = log_normal.sample(log_normal.Settings(name="log_normal", field=GAUSSIAN), grid, 3, "test", [4])
    np.testing.assert_allclose(np.log(drawn), gaussian.sample(GAUSSIAN, grid, 3, "test", [4]))


@pytest.mark.parametrize(("law", "settings"), [(thresholded_bumps, BUMPS), (multiscale_trigonometric, WAVES)])
def test_a_finer_grid_sees_the_same_function(law, settings):
    coarse, fine = (law.sample(settings, Grid.box((n, n), "cells"), 0, "train", range(3)) for n in (8, 24))
    np.testing.assert_allclose(fine[:, 1::3, 1::3], coarse)


def test_a_sample_does_not_depend_on_the_others():
    grid = Grid.box((8, 8), "cells")
    together = thresholded_bumps.sample(BUMPS, grid, 5, "test", [4, 9, 2])
    np.testing.assert_array_equal(thresholded_bumps.sample(BUMPS, grid, 5, "test", [2])[0], together[2])


@pytest.mark.parametrize("lengths", [(1.0, 1.0), (2.0, 0.5)])
def test_the_threshold_is_the_mean_of_the_sum_of_bumps(lengths):
    random = np.random.default_rng(0)
    distance = sum((length * (random.random(400_000) - random.random(400_000))) ** 2 for length in lengths)
    sampled = 5 * np.exp(-distance / (0.5 * (1 - random.random(400_000)))).mean()
    assert thresholded_bumps.mean_of_bumps(BUMPS, lengths) == pytest.approx(sampled, rel=0.01)


def test_bumps_are_cut_to_two_values():
    drawn = thresholded_bumps.sample(BUMPS, Grid.box((16, 16), "cells"), 0, "train", range(50))
    assert set(np.unique(drawn)) == {0.1, 1.0}
    assert 0.3 < (drawn == 1.0).mean() < 0.7


def test_the_waves_stay_between_their_bounds():
    drawn = multiscale_trigonometric.sample(WAVES, Grid.box((64, 64), "cells"), 0, "train", range(2))
    assert drawn.min() > 0.25**6
    assert drawn.max() < 2.25**6


def test_waves_in_three_dimensions_are_refused():
    with pytest.raises(SettingsError, match="drawn on two axes"):
        multiscale_trigonometric.sample(WAVES, Grid.box((4, 4, 4), "cells"), 0, "train", [0])
