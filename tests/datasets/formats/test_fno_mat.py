"""Laws of the reader of FNO's .mat files."""

import numpy as np
import pytest
import scipy.io

from surrogate.datasets.formats import fno_mat
from surrogate.datasets.reading_settings import Reading
from surrogate.datasets.recognition import recognised
from surrogate.errors import InputError

from . import imitations


def test_both_versions_of_a_file_are_the_same_data(tmp_path):
    random = np.random.default_rng(0)
    arrays = {name: random.normal(size=(5, 9, 7)) for name in ("coeff", "sol")}
    scipy.io.savemat(tmp_path / "five.mat", arrays)
    imitations.save_mat73(tmp_path / "seven.mat", arrays)
    five, seven = (fno_mat.read(tmp_path / name).read(np.arange(5)) for name in ("five.mat", "seven.mat"))
    for one, other in zip(five, seven, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_points_of_darcy_flow_are_nodes_with_both_ends(tmp_path):
    spec = fno_mat.read(imitations.fno_darcy(tmp_path).path).spec
    assert spec.grid.points == (9, 7)
    assert spec.grid.placement == ("nodes", "nodes")
    assert spec.equation == "darcy"


def test_smoothed_coefficients_are_read_where_they_are_named(tmp_path):
    foreign = fno_mat.read(imitations.fno_darcy(tmp_path).path, Reading(inputs=("permeability", "Kcoeff")))
    assert [field.name for field in foreign.spec.constants] == ["permeability", "Kcoeff"]


def test_starts_and_ends_are_two_frames_of_one_map(tmp_path):
    spec = fno_mat.read(imitations.fno_burgers(tmp_path).path).spec
    assert (spec.times, spec.task) == ((0.0, 1.0), "map")


def test_other_arrays_are_not_taken_for_these(tmp_path):
    scipy.io.savemat(tmp_path / "other.mat", {"a": np.zeros((3, 4)), "u": np.zeros((3, 4))})
    with pytest.raises(InputError, match="expected coeff and sol"):
        fno_mat.read(tmp_path / "other.mat")
    with pytest.raises(InputError, match=r"other\.mat"):
        recognised(tmp_path / "other.mat", "pdebench")
