"""Laws of the reader of BENO's files, on those that its authors give as an example."""

import numpy as np
import pytest

from surrogate.datasets.formats import beno
from surrogate.datasets.recognition import recognised
from surrogate.errors import InputError


def test_the_published_example_solves_its_equation_inside(reference):
    read = recognised(reference / "beno")
    assert read.format == "beno"
    constants, states = read.foreign.read(np.arange(10))
    forcing, kind, u = constants[:, 0], constants[:, 1], states[:, 0, 0].astype(np.float64)
    inside = (kind == 0)[:, 1:-1, 1:-1]
    for axis in (1, 2):
        for step in (1, -1):
            inside &= (np.roll(kind, step, axis) == 0)[:, 1:-1, 1:-1]
    around = sum(np.roll(u, step, axis) for axis in (1, 2) for step in (1, -1)) - 4 * u
    laplacian = (around * 32**2)[:, 1:-1, 1:-1][inside]
    wanted = forcing[:, 1:-1, 1:-1][inside]
    # The published values are rounded to six digits, which second differences magnify.
    assert laplacian @ wanted / (wanted @ wanted) == pytest.approx(1, abs=2e-3)
    assert np.linalg.norm(laplacian - wanted) < 0.05 * np.linalg.norm(wanted)
    assert read.foreign.spec.grid.placement == ("cells", "cells")
    assert (u[kind != 0] == 0).all()


def test_other_shapes_are_refused(tmp_path):
    np.save(tmp_path / "RHS_N4_2.npy", np.zeros((2, 15, 4)))
    np.save(tmp_path / "SOL_N4_2.npy", np.zeros((2, 15, 1)))
    with pytest.raises(InputError, match=r"expected \(n, p, 4\)"):
        beno.read(tmp_path)
