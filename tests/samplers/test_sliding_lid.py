"""Laws of the speeds of a sliding lid."""

import numpy as np
import pytest

from surrogate.errors import SettingsError
from surrogate.samplers import sliding_lid
from surrogate.spaces import Grid

LAW = sliding_lid.Settings(name="sliding_lid", terms=4, variation=0.2)


def speeds(n):
    return sliding_lid.sample(LAW, Grid.box((n,), "nodes"), 0, "train", range(5))


def test_a_lid_is_the_same_on_any_grid():
    np.testing.assert_allclose(speeds(65)[:, ::2], speeds(33), atol=1e-14)


def test_a_lid_rests_at_both_ends_without_a_slope():
    fine = speeds(4001)
    assert np.all(fine[:, [0, -1]] == 0)
    assert np.abs(fine[:, [1, -2]]).max() < 1e-7


def test_too_few_nodes_for_the_waves_are_refused():
    with pytest.raises(SettingsError, match="nodes"):
        speeds(7)
