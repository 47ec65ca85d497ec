"""Laws of data sets made of points: samples keep their own points, and what is filled up has no weight."""

import numpy as np
import pytest

import surrogate as sg
from surrogate.errors import InputError, SettingsError

COUNTS = (5, 9, 7, 9)


def ragged(seed=0):
    """Return points, weights and two fields of samples that have different numbers of points."""
    random = np.random.default_rng(seed)
    places = [random.random((count, 2)) for count in COUNTS]
    weights = [random.random(count) + 0.1 for count in COUNTS]
    a = [random.standard_normal(count) for count in COUNTS]
    return places, weights, a, [x[:, 0] + value for x, value in zip(places, a, strict=True)]


def test_samples_of_different_numbers_of_points_are_filled_up_with_weight_0(tmp_path):
    places, weights, a, u = ragged()
    data = sg.from_points(coordinates=places, weights=weights, a=a, u=u, split=(1, 0, 0), out=tmp_path / "d")
    held = data.arrays("train")
    assert (data.spec.domain.capacity, data.spec.domain.dimensions) == (9, 2)
    for row in range(len(COUNTS)):
        (sample,) = (k for k in range(len(COUNTS)) if np.isclose(held["a"][row, 0], a[k][0]))
        count = COUNTS[sample]
        for name, values in {"x": places[sample][:, 0], "weight": weights[sample], "u": u[sample]}.items():
            np.testing.assert_allclose(held[name][row, :count], values, rtol=1e-6)
        assert not held["weight"][row, count:].any()


def test_without_weights_the_points_of_a_sample_weigh_1_together(tmp_path):
    places, _, a, u = ragged()
    data = sg.from_points(coordinates=places, a=a, u=u, split=(1, 0, 0), out=tmp_path / "d")
    np.testing.assert_allclose(data.arrays()["weight"].sum(1), 1, rtol=1e-6)


def test_points_that_all_samples_share_are_given_once(tmp_path):
    places, nu, u = np.random.default_rng(0).random((6, 3)), np.arange(4.0), np.ones((4, 6))
    data = sg.from_points(coordinates=places, nu=nu, u=u, split=(1, 0, 0), out=tmp_path / "d")
    np.testing.assert_allclose(data.arrays()["z"], np.broadcast_to(places[:, 2], (4, 6)), rtol=1e-6)
    assert [field.role for field in data.spec.fields[4:]] == ["uniform", "state"]


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"coordinates": np.zeros((4, 5, 2))}, InputError, r"coordinates: an array of shape \(4, 5, 2\)"),
        ({"weights": -np.ones((4, 6))}, InputError, "none below 0"),
        ({"weights": np.ones((4, 5))}, InputError, r"weights: an array of shape \(4, 5\)"),
        ({"a": np.zeros((4, 7))}, InputError, r"a: an array of shape \(4, 7\)"),
        ({"coordinates": np.zeros((4, 6, 4))}, SettingsError, "dimensions"),
    ],
)
def test_what_does_not_fit_is_an_exception_that_says_what(changed, error, says, tmp_path):
    given = {"coordinates": np.zeros((4, 6, 2)), "a": np.zeros((4, 6)), "u": np.ones((4, 6))}
    with pytest.raises(error, match=says):
        sg.from_points(**given | changed, out=tmp_path / "d")
