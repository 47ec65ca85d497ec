"""Laws of the reader of Poseidon's files."""

import h5py
import numpy as np

from surrogate.datasets.formats import poseidon
from surrogate.datasets.source import read_source

from . import imitations


def test_flows_are_periodic_and_steady_problems_vanish_on_the_boundary(tmp_path):
    flow = poseidon.read(imitations.poseidon_velocity(tmp_path).path).spec
    assert flow.boundary.periodic == (True, True)
    assert flow.times == (0.0, 0.05, 0.1, 0.15, 0.2)
    steady = poseidon.read(imitations.poseidon_poisson(tmp_path).path).spec
    assert steady.boundary.sides == (("dirichlet", "dirichlet"),) * 2


def test_the_one_set_whose_axes_are_exchanged_is_turned(tmp_path):
    values = np.random.default_rng(0).normal(size=(2, 3, 2, 4, 4)).astype(np.float32)
    with h5py.File(tmp_path / "NS-SL.nc", "w") as file:
        file["velocity"] = values
    states = poseidon.read(tmp_path / "NS-SL.nc").read(np.arange(2))[1]
    np.testing.assert_array_equal(states, values.swapaxes(3, 4))


def test_the_same_array_under_another_name_is_no_file_of_poseidon(tmp_path):
    path = imitations.poseidon_velocity(tmp_path).path.rename(tmp_path / "mine.nc")
    assert poseidon.recognise(read_source(path)) is None
