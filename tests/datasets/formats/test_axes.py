"""Laws of the grid that published coordinates stand for."""

import numpy as np
import pytest

from surrogate.datasets.formats._axes import axis_of
from surrogate.errors import InputError
from surrogate.spaces import axis_coordinates

BOXES = [(0.0, 1.0), (-1.0, 2.0), (-2.5, 5.0), (0.0, 2 * np.pi), (0.0, 0.128), (0.0, 6.5e6), (10.0, 30.0)]


@pytest.mark.parametrize(("origin", "length"), BOXES)
@pytest.mark.parametrize("points", [16, 101, 256, 1024])
@pytest.mark.parametrize(
    ("placement", "periodic"), [("cells", True), ("cells", False), ("nodes", False), ("left", True)]
)
def test_rounded_coordinates_give_back_the_axis_they_were_made_of(origin, length, points, placement, periodic):
    coordinates = axis_coordinates(points, length, placement, origin).astype(np.float32)
    axis = axis_of("x", coordinates, periodic, "a file")
    assert (axis.points, axis.placement) == (points, placement)
    assert axis.length == pytest.approx(length, rel=1e-5)
    assert axis.origin == pytest.approx(origin, abs=1e-5 * length)


@pytest.mark.parametrize("places", [[0, 1, 3], [2, 1, 0], [0, 0, 0], [0], [0, np.nan, 2]])
def test_points_that_are_not_equally_spaced_and_growing_are_refused(places):
    with pytest.raises(InputError, match=r"a file: .*axis x"):
        axis_of("x", np.array(places, float), False, "a file")
