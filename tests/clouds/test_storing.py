"""Laws of a data set on clouds, as it is stored."""

import h5py
import numpy as np
import pytest
from pydantic import ValidationError

from surrogate.datasets.dataset import describe, open_dataset
from surrogate.datasets.reader import Reader
from surrogate.datasets.statistics import Moments
from surrogate.errors import SettingsError
from surrogate.spaces import Cloud, DataSpec, spaces_of


def test_what_is_read_is_what_was_written(cloud):
    again = open_dataset(cloud.path)
    constants, states = again.read("valid")
    assert (constants.shape, states.shape) == ((8, 4, 24), (8, 1, 1, 24))
    samples = np.array([5, 2])
    some, frames = Reader(again, "valid").read(samples, np.zeros((2, 1), np.int64))
    np.testing.assert_array_equal(some, constants[samples])
    np.testing.assert_array_equal(frames, states[samples])


def test_its_spaces_lie_on_a_cloud_and_hold_no_coordinates(cloud):
    assert {name: [field.name for field in space.fields] for name, space in spaces_of(cloud.spec).items()} == {
        "source": ["source"],
        "answer": ["answer"],
    }
    assert all(space.domain == Cloud(capacity=24, dimensions=2) for space in spaces_of(cloud.spec).values())


def test_what_needs_a_grid_is_refused(cloud):
    with pytest.raises(SettingsError, match="needs a grid"):
        _ = cloud.spec.grid


def test_its_parts_say_that_they_are_of_the_second_schema(cloud):
    for path in cloud.path.glob("data/*/*.hdf5"):
        with h5py.File(path) as file:
            assert file.attrs["surrogate_schema"] == 2


@pytest.mark.filterwarnings("default")
def test_the_loader_of_the_well_reads_it(cloud):
    well = pytest.importorskip("the_well.data")
    theirs = well.WellDataset(path=str(cloud.path), well_split_name="test", n_steps_input=0, n_steps_output=1)
    constants, states = cloud.read("test")
    for sample, constant, state in zip(theirs, constants, states, strict=True):
        np.testing.assert_array_equal(sample["constant_fields"], np.moveaxis(constant, 0, -1))
        np.testing.assert_array_equal(sample["output_fields"], np.moveaxis(state, 1, -1))


@pytest.mark.parametrize("order", [(0, 2, 1, 3, 4), (0, 1, 3, 2, 4), (0, 1, 3, 4)])
def test_the_coordinates_and_the_weight_are_the_first_of_its_fields(cloud, order):
    held = cloud.spec
    fields = tuple(held.fields[place] for place in order)
    with pytest.raises(ValidationError, match="expected coordinate, coordinate, weight"):
        DataSpec(equation="", grid=held.domain, boundary=held.boundary, fields=fields, times=(0.0,), task="map")


def test_its_statistics_are_those_of_the_points_by_their_weights():
    values, weights = np.array([1.0, 3.0, 99.0]), np.array([3.0, 1.0, 0.0])
    weighted, plain = Moments(), Moments()
    weighted.add(values, weights)
    plain.add(np.array([1.0, 1.0, 1.0, 3.0]))
    assert (weighted.mean, weighted.std) == pytest.approx((plain.mean, plain.std))


def test_it_is_described_without_a_grid(cloud):
    assert describe(cloud)["points"] == [24]
    assert "at most 24 points of 2 coordinates" in (cloud.path / "README.md").read_text()
