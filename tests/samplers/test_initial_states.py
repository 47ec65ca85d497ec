"""Laws of the starts of flows with shocks."""

import numpy as np
import pytest

from surrogate.errors import SettingsError
from surrogate.samplers import disc, quadrants, riemann_states, shear_layer, shock_and_waves
from surrogate.spaces import Grid

LINE, PLANE = Grid.box((32,), "cells", 2.0, -1.0), Grid.box((16, 24), "cells", 2.0, -1.0)
LAWS = [
    (
        riemann_states,
        LINE,
        {"faces": ((0.2, 0.8),), "states": (((1.0, 2.0), (0.0, 0.0)), ((3.0, 4.0), (-1.0, 1.0)))},
    ),
    (
        quadrants,
        PLANE,
        {"density": (0.5, 1.5), "velocity": (-1.0, 1.0), "pressure": (0.2, 2.0), "corner": (0.3, 0.7)},
    ),
    (disc, PLANE, {"inside": (2.0, 2.0), "outside": (1.0, 1.0), "radius": (0.3, 0.7)}),
]


def drawn(law, grid, words, indices=(0, 1, 2)):
    name = law.__name__.split(".")[-1]
    return law.sample(law.Settings(name=name, **words), grid, 7, "train", list(indices))


@pytest.mark.parametrize(("law", "grid", "words"), LAWS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_finer_grid_shows_the_same_function(law, grid, words):
    coarse = drawn(law, grid, words)
    fine = drawn(law, grid.resized(tuple(2 * n for n in grid.points)), words)
    for axis in range(fine.ndim - len(grid.points), fine.ndim):
        fine = (fine.take(range(0, fine.shape[axis], 2), axis) + fine.take(range(1, fine.shape[axis], 2), axis)) / 2
    np.testing.assert_allclose(coarse, fine, atol=5e-2 if law is disc else 1e-12)


@pytest.mark.parametrize(("law", "grid", "words"), LAWS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_sample_depends_on_its_index_alone(law, grid, words):
    together, alone = drawn(law, grid, words), drawn(law, grid, words, [1])
    np.testing.assert_array_equal(together[1], alone[0])
    assert not np.array_equal(together[0], together[1])


def test_states_stay_within_their_intervals():
    density, velocity = np.moveaxis(drawn(*LAWS[0], range(20)), 1, 0)
    assert density.min() >= 1.0
    assert density.max() <= 4.0
    assert np.abs(velocity).max() <= 1.0


def test_a_disc_has_its_area():
    words = {"inside": (1.0, 1.0), "outside": (0.0, 0.0), "radius": (0.5, 0.5)}
    covered = drawn(disc, Grid.box((40, 40), "cells", 2.0, -1.0), words, [0])
    assert covered.mean() * 4 == pytest.approx(np.pi / 4, rel=1e-3)


def test_a_shock_of_mach_three_is_that_of_the_paper():
    words = {
        "gamma": 1.4,
        "mach": (3.0, 3.0),
        "face": (0.1, 0.1),
        "amplitude": (0.2, 0.2),
        "wavenumber": (5.0, 5.0),
        "phase": (0.0, 0.0),
    }
    fields = drawn(shock_and_waves, Grid.box((2000,), "cells", 10.0, -5.0), words, [0])[0]
    np.testing.assert_allclose(fields[:, 0], [3.857143, 2.629369, 10.33333], rtol=1e-6)
    x = -5 + 10 * (np.arange(2000) + 0.5) / 2000
    np.testing.assert_allclose(fields[0, 300:], 1 + 0.2 * np.sin(5 * x[300:]), atol=1e-4)
    np.testing.assert_allclose(fields[1:, 300:], np.array([[0.0], [1.0]]).repeat(1700, 1))


def test_a_band_moves_against_the_rest():
    words = {
        "density": (2.0, 2.0),
        "speed": (0.5, 0.5),
        "pressure": (1.0, 1.0),
        "thickness": 0.02,
        "swell": (0.05, 0.1),
        "waves": 3,
    }
    density, along, across, pressure = drawn(shear_layer, Grid.box((32, 64), "cells"), words, [0])[0]
    np.testing.assert_allclose([density[0, 32], along[0, 32]], [2.0, 0.5], atol=1e-6)
    np.testing.assert_allclose([density[0, 0], along[0, 0]], [1.0, -0.5], atol=1e-6)
    np.testing.assert_allclose(across.mean(0), 0, atol=1e-12)
    assert np.ptp(pressure) == 0


@pytest.mark.parametrize(("law", "grid", "words"), LAWS, ids=lambda value: getattr(value, "__name__", ""))
def test_another_number_of_axes_is_refused(law, grid, words):
    with pytest.raises(SettingsError, match=r"expected (one axis|two axes)"):
        drawn(law, PLANE if grid is LINE else LINE, words)


def test_an_interval_upside_down_is_refused():
    with pytest.raises(ValueError, match="low <= high"):
        disc.Settings(name="disc", inside=(2.0, 1.0), outside=(1.0, 1.0), radius=(0.3, 0.7))
