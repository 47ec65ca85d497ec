"""Laws of data sets made of arrays: what was given is what is read, whole and in its place."""

import numpy as np
import pytest
import torch

import surrogate as sg
from surrogate.errors import InputError, SettingsError, UsageError

from .conftest import arrays


def test_every_array_is_read_back_as_it_was_given(tmp_path):
    a, u = arrays()
    k = np.arange(12.0)
    data = sg.from_arrays(a=a, k=k, u=torch.from_numpy(u), lengths=(1, 2), split=(1, 0, 0), seed=3, out=tmp_path / "d")
    held = data.arrays("train")
    order = np.argsort(held["k"][:, 0, 0])
    np.testing.assert_array_equal(held["a"][order], a)
    np.testing.assert_array_equal(held["u"][order], u)
    assert data.spec.grid.lengths == (1.0, 2.0)
    assert [field.role for field in data.spec.fields] == ["constant", "uniform", "state"]


def test_a_split_that_is_none_is_refused_with_the_nearest(data):
    for read in (data.arrays, data.pairs):
        with pytest.raises(UsageError, match="did you mean 'test'"):
            read("tset")


def test_a_target_may_be_any_of_the_arrays_and_exchanged_names_make_an_inverse_problem(tmp_path):
    a, u = arrays()
    data = sg.from_arrays(a=a, u=u, target="a", lengths=1, out=tmp_path / "d")
    assert [field.name for field in data.spec.states] == ["a"]


def test_trajectories_keep_their_times_and_are_learned_step_by_step(tmp_path):
    u = np.random.default_rng(0).standard_normal((6, 4, 16)).astype(np.float32)
    data = sg.from_arrays(u=u, lengths=1, boundary="periodic", times=[0, 0.1, 0.2, 0.3], split=(1, 0, 0), out=tmp_path)
    assert (data.spec.task, data.spec.times, data.spec.grid.placement) == ("step", (0.0, 0.1, 0.2, 0.3), ("left",))
    assert sorted(data.arrays()["u"].ravel()) == sorted(u.ravel())


def test_the_same_arrays_are_the_same_data_set_and_others_are_refused_its_folder(tmp_path):
    a, u = arrays()
    first = sg.from_arrays(a=a, u=u, lengths=1, out=tmp_path / "d")
    assert sg.from_arrays(a=a, u=u, lengths=1, out=str(tmp_path / "d")).dataset.hash == first.dataset.hash
    with pytest.raises(SettingsError, match="sha256"):
        sg.from_arrays(a=a, u=2 * u, lengths=1, out=tmp_path / "d")


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"a": np.zeros((12, 16, 15))}, InputError, r"a: an array of shape \(12, 16, 15\)"),
        ({"a": np.full((12, 16, 16), np.nan)}, InputError, "NaN"),
        ({"a": np.full((12, 16, 16), "x")}, InputError, "not real numbers"),
        ({"target": "uu"}, SettingsError, "did you mean 'u'"),
        ({"lengths": (1, 1, 1)}, SettingsError, "one for each of 2 space axes"),
        ({"lengths": -1}, SettingsError, "positive length"),
        ({"boundary": "periodical"}, SettingsError, "periodic"),
        ({"units": {"b": "m"}}, SettingsError, "there is no array 'b'"),
        ({"split": (0.5, 0.1, 0.1)}, SettingsError, "sums to 0.7"),
    ],
)
def test_what_does_not_fit_is_an_exception_that_says_what(changed, error, says, tmp_path):
    a, u = arrays()
    with pytest.raises(error, match=says):
        sg.from_arrays(**({"a": a, "u": u, "lengths": 1, "out": tmp_path / "d"} | changed))
