"""Laws of fields of two values."""

import numpy as np

from surrogate.samplers import gaussian, two_valued
from surrogate.spaces import Grid

FIELD = gaussian.Settings(name="gaussian", boundary="neumann", sigma=1.0, alpha=2.0, tau=3.0)
LAW = two_valued.Settings(name="two_valued", low=3.0, high=12.0, field=FIELD)
GRID = Grid.box((12, 12), "cells")


def test_the_sign_of_the_field_chooses_the_value():
    field = gaussian.sample(FIELD, GRID, 0, "train", range(3))
    values = two_valued.sample(LAW, GRID, 0, "train", range(3))
    assert set(values[field < 0]) == {3.0}
    assert set(values[field >= 0]) == {12.0}


def test_the_amplitude_of_the_field_does_not_matter():
    louder = LAW.model_copy(update={"field": FIELD.model_copy(update={"sigma": 40.0})})
    np.testing.assert_array_equal(
        two_valued.sample(louder, GRID, 0, "train", range(3)), two_valued.sample(LAW, GRID, 0, "train", range(3))
    )


def test_both_values_are_as_likely():
    # The field and its negative have the same law; a sample is half high on average, give or take its correlation.
    values = two_valued.sample(LAW, GRID, 0, "train", range(200))
    assert abs((values == 12.0).mean() - 0.5) < 0.05
