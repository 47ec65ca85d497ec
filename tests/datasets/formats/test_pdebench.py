"""Laws of the reader of PDEBench, on files written as it publishes them."""

import h5py
import numpy as np
import pytest

from surrogate.datasets.formats import pdebench
from surrogate.errors import InputError

from . import imitations


def test_the_time_that_is_one_too_long_is_cut_and_the_points_are_centres_of_cells(tmp_path):
    spec = pdebench.read(imitations.pdebench_burgers(tmp_path).path).spec
    np.testing.assert_allclose(spec.times, np.linspace(0, 2, 6)[:5], rtol=1e-6)
    assert spec.grid.placement == ("cells",)
    assert spec.grid.lengths == (1.0,)
    assert spec.boundary.periodic == (True,)
    assert spec.equation == "burgers"


def test_darcy_flow_is_a_map_from_a_permeability_to_a_pressure_that_vanishes_on_the_boundary(tmp_path):
    foreign = pdebench.read(imitations.pdebench_darcy(tmp_path).path)
    assert foreign.spec.task == "map"
    assert foreign.spec.boundary.sides == (("dirichlet", "dirichlet"),) * 2
    assert "beta = 1" in foreign.notes


def test_groups_are_samples_in_their_order_whatever_their_numbers(tmp_path):
    foreign = pdebench.read(imitations.pdebench_groups(tmp_path).path)
    assert foreign.count == 3
    assert foreign.spec.grid.origin == (-1.0, -1.0)
    assert foreign.spec.grid.lengths == (2.0, 2.0)
    assert foreign.spec.times[-1] == 5.0


def test_a_group_of_another_shape_is_refused_by_its_name(tmp_path):
    path = imitations.pdebench_groups(tmp_path).path
    with h5py.File(path, "r+") as file:
        del file["0001/data"]
        file["0001/data"] = np.zeros((4, 8, 6, 1), np.float32)
    with pytest.raises(InputError, match="'/0001/data' is"):
        pdebench.read(path).read(np.arange(3))


def test_frames_that_a_run_did_not_reach_are_left_out(tmp_path):
    foreign = pdebench.read(imitations.pdebench_incompressible(tmp_path).path)
    assert len(foreign.spec.times) == 4
    assert "4 of 5" in foreign.notes
