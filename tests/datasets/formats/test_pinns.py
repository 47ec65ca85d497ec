"""Laws of the reader of reference solutions in one dimension, on those that were published."""

import numpy as np
import pytest
import scipy.io

from surrogate.datasets.formats import pinns
from surrogate.datasets.reading_settings import Reading
from surrogate.datasets.recognition import recognised

PERIODIC = ("AC", "KdV", "NLS")


@pytest.mark.parametrize("name", ["AC", "KS", "KdV", "NLS", "burgers_shock"])
def test_every_value_of_a_published_solution_is_read(reference, name):
    path = reference / "pinns" / f"{name}.mat"
    read = recognised(path)
    assert read.format == "pinns"
    states = read.foreign.read(np.arange(1))[1][0]
    held = scipy.io.loadmat(path)
    values = held["usol" if "usol" in held else "uu"].T
    parts = [values.real, values.imag] if np.iscomplexobj(values) else [values]
    np.testing.assert_array_equal(states, np.stack(parts, axis=1).astype(np.float32))
    assert read.foreign.spec.boundary.periodic == (name in PERIODIC,)
    x = np.ravel(held["x"])
    np.testing.assert_allclose(read.foreign.spec.grid.coordinates()[0], x, atol=1e-12)


def test_a_point_that_is_there_twice_is_left_out_of_a_periodic_axis(reference):
    periodic = Reading(boundary=(("periodic", "periodic"),))
    foreign = pinns.read(reference / "pinns" / "KS.mat", periodic)
    assert foreign.spec.grid.points == (512,)
    assert foreign.spec.grid.placement == ("left",)
    assert "last point" in foreign.notes
