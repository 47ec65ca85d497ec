"""Laws of the reader of PDEArena's files."""

import h5py
import numpy as np
import pytest

from surrogate.datasets.formats import pdearena
from surrogate.errors import InputError

from . import imitations


def test_the_box_is_as_many_cells_as_there_are_points(tmp_path):
    spec = pdearena.read(imitations.pdearena_flow(tmp_path).path).spec
    assert spec.grid.lengths == (32.0, 24.0)
    assert spec.grid.placement == ("cells", "cells")
    assert spec.times[0] == 18.0


def test_what_a_trajectory_has_of_its_own_goes_in_as_a_number(tmp_path):
    spec = pdearena.read(imitations.pdearena_line(tmp_path).path).spec
    assert [field.role for field in spec.constants] == ["uniform"] * 3
    assert spec.boundary.periodic == (True,)


def test_a_file_of_another_resolution_is_refused_by_its_name(tmp_path):
    folder = imitations.pdearena_flow(tmp_path).path
    with h5py.File(folder / "NavierStokes2D_test_9_0.5_1.h5", "w") as file:
        for name in ("u", "vx", "vy"):
            file[f"test/{name}"] = np.zeros((1, 4, 4, 4))
    with pytest.raises(InputError, match=r"NavierStokes2D_test_9_0\.5_1\.h5: 'test' has other arrays"):
        pdearena.read(folder)
