"""What we write for others is, read as a file of others, the data set that was written."""

import numpy as np
import pytest

import surrogate as sg
from surrogate.datasets.conversion import convert
from surrogate.datasets.reading_settings import Reading

SHAPE = (6, 8, 5)


def random(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


@pytest.fixture(scope="module")
def moving(tmp_path_factory):
    """A field in time on a box of two kinds of axes, with a constant and a number."""
    return sg.from_arrays(
        slope=random(*SHAPE),
        rate=random(6),
        height=random(6, 4, *SHAPE[1:]),
        times=[0, 0.5, 1, 1.5],
        lengths=(1, 2),
        boundary=["periodic", ("dirichlet", "neumann")],
        units={"height": "m"},
        out=tmp_path_factory.mktemp("moving") / "moving",
    )


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """A field on points that differ from sample to sample."""
    where = np.abs(random(6, 9, 2))
    given = {"coordinates": where, "weights": np.abs(random(6, 9)) + 0.1, "a": random(6, 9), "u": 2 * random(6, 9)}
    return sg.from_points(**given, out=tmp_path_factory.mktemp("cloud") / "cloud")


@pytest.mark.parametrize(("format", "inside"), [("well", ""), ("netcdf", "train.nc"), ("zarr", "train.zarr")])
def test_a_grid_comes_back_with_its_box_boundary_times_units_and_values(moving, tmp_path, format, inside):
    moving.export(format, tmp_path / "out")
    back = convert(tmp_path / "out" / inside, None, (1.0, 0.0, 0.0), 0, tmp_path / "back")
    own, spec = moving.dataset.spec, back.spec
    assert (spec.grid, spec.boundary, spec.times) == (own.grid, own.boundary, own.times)
    assert {field.name: (field.role, field.unit) for field in spec.fields} == {
        field.name: (field.role, field.unit) for field in own.fields
    }
    np.testing.assert_array_equal(in_order(back), in_order(moving.dataset))


def test_points_come_back_with_their_weights(cloud, tmp_path):
    cloud.export("vtu", tmp_path / "out")
    back = convert(tmp_path / "out", None, (1.0, 0.0, 0.0), 0, tmp_path / "back", reading=Reading(outputs=("u",)))
    assert back.counts == cloud.dataset.counts
    for one, other in zip(back.read("train"), cloud.dataset.read("train"), strict=True):
        np.testing.assert_array_equal(one, other)


def in_order(dataset):
    """Return all numbers of the samples for training, field by field, sorted by the first of them."""
    constants, states = dataset.read("train")
    named = {field.name: constants[:, place] for place, field in enumerate(dataset.spec.constants)}
    named |= {field.name: states[:, :, place] for place, field in enumerate(dataset.spec.states)}
    flat = np.concatenate([named[name].reshape(len(states), -1) for name in sorted(named)], axis=1)
    return flat[np.argsort(flat[:, 0])]
