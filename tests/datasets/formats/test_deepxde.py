"""Laws of the reader of DeepXDE's operator data."""

import numpy as np
import pytest

from surrogate.datasets.formats import deepxde
from surrogate.errors import InputError
from surrogate.spaces import Cloud

from . import imitations


def test_sensors_that_are_the_points_make_a_grid_and_others_a_cloud(tmp_path):
    grid = deepxde.read(imitations.deepxde_aligned(tmp_path).path).spec
    assert grid.grid.placement == ("nodes",)
    cloud = deepxde.read(imitations.deepxde_plane(tmp_path).path).spec
    assert cloud.domain == Cloud(capacity=7, dimensions=2)


def test_rows_of_one_input_are_one_sample(tmp_path):
    foreign = deepxde.read(imitations.deepxde_unaligned(tmp_path).path)
    assert foreign.count == 2
    assert foreign.spec.domain == Cloud(capacity=2, dimensions=1)


def test_an_array_of_objects_is_refused_with_the_way_out(tmp_path):
    objects = np.empty(2, object)
    objects[:] = [np.zeros((3, 4)), np.zeros((5, 1))]
    np.savez(tmp_path / "x.npz", X=objects, y=np.zeros((3, 5)))
    with pytest.raises(InputError, match=r"Python objects.*branch=X\[0\]"):
        deepxde.read(tmp_path / "x.npz")


def test_shapes_that_do_not_fit_are_refused(tmp_path):
    np.savez(tmp_path / "x.npz", X0=np.zeros((3, 4)), X1=np.zeros((5, 1)), y=np.zeros((3, 6)))
    with pytest.raises(InputError, match=r"X0, X1, y are \(\(3, 4\), \(5, 1\), \(3, 6\)\)"):
        deepxde.read(tmp_path / "x.npz")
