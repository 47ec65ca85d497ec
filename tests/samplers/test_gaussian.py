"""Laws of Gaussian random fields."""

import numpy as np
import pytest

from surrogate.errors import SettingsError
from surrogate.samplers import gaussian
from surrogate.spaces import Grid

COSINES = gaussian.Settings(name="gaussian", boundary="neumann", sigma=1.5, alpha=2.0, tau=3.0)
SINES = gaussian.Settings(name="gaussian", boundary="dirichlet", sigma=1.5, alpha=2.0, tau=3.0)
WAVES = gaussian.Settings(name="gaussian", boundary="periodic", sigma=1.5, alpha=2.0, tau=3.0)

COSINES_BEFORE = [0.06365785295585313, 0.053468526025184746, 0.04186222798748114, -0.14134860473126498]
WAVES_BEFORE = [0.026201941615046097, 0.0073888422068001045, -0.01519778469175855, -0.03938474047382289]


def draw(settings, points, count=1, length=1.0):
    grid = Grid.box(points, "cells" if settings.boundary == "neumann" else "left", length)
    return gaussian.sample(settings, grid, 0, "train", range(count)), grid


def amplitudes_along_x(fields, grid, wave):
    """Return the L2 products with the orthonormal function ``wave``, a function of x, over the box."""
    x = grid.coordinates()[0].reshape(-1, *[1] * (len(grid.points) - 1))
    size = grid.lengths[0] ** (len(grid.points) / 2)
    return (fields * wave(x / grid.lengths[0]) / size).mean(tuple(range(1, fields.ndim))) * size**2


@pytest.mark.parametrize("length", [1.0, 2.0])
@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize(
    ("settings", "points", "unit", "wave"),
    [
        (COSINES, (8, 8), np.pi, np.cos),
        (WAVES, (32,), 2 * np.pi, np.cos),
        (WAVES, (32,), 2 * np.pi, np.sin),
        (WAVES, (9, 8), 2 * np.pi, np.sin),
    ],
)
def test_the_variance_of_a_coefficient_is_the_eigenvalue_of_the_covariance(settings, points, unit, wave, k, length):
    count = 2000
    fields, grid = draw(settings, points, count, length)
    coefficients = amplitudes_along_x(fields, grid, lambda x: np.sqrt(2) * wave(unit * k * x))
    expected = 1.5**2 * ((unit * k / length) ** 2 + 9) ** -2.0
    # The sample variance of normal numbers has a relative deviation of sqrt(2 / count); four of them are allowed.
    assert coefficients.var() == pytest.approx(expected, rel=4 * np.sqrt(2 / count))
    assert abs(coefficients.mean()) < 4 * np.sqrt(expected / count)


def test_cosine_and_sine_of_one_wave_are_uncorrelated():
    fields, grid = draw(WAVES, (16,), 2000)
    a, b = (amplitudes_along_x(fields, grid, lambda x, f=f: f(2 * np.pi * x)) for f in (np.cos, np.sin))
    assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(2000)


@pytest.mark.parametrize(("settings", "points"), [(COSINES, (8, 8)), (WAVES, (16,)), (WAVES, (9, 12))])
def test_a_sample_has_no_mean(settings, points):
    fields, _ = draw(settings, points, 3)
    np.testing.assert_allclose(fields.reshape(3, -1).mean(1), 0, atol=1e-15)


def test_a_periodic_sample_has_no_nyquist_wave():
    fields, _ = draw(WAVES, (16, 8))
    spectrum = np.abs(np.fft.fftn(fields[0]))
    assert spectrum[8].max() < 1e-13
    assert spectrum[:, 4].max() < 1e-13


@pytest.mark.parametrize(("coarse", "fine"), [((8, 8), (24, 24)), ((8, 5), (24, 15)), ((7, 9), (21, 27))])
def test_a_finer_neumann_grid_adds_only_higher_waves(coarse, fine):
    from scipy.fft import dctn

    a, b = (dctn(draw(COSINES, points)[0][0], type=2, norm="forward") for points in (coarse, fine))
    np.testing.assert_allclose(b[: coarse[0], : coarse[1]], a, atol=1e-15)
    assert np.abs(b[coarse[0] :]).max() > 1e-6


@pytest.mark.parametrize(("coarse", "fine"), [((16,), (64,)), ((8, 8), (32, 32)), ((9, 6), (18, 24))])
def test_a_finer_periodic_grid_adds_only_higher_waves(coarse, fine):
    a, b = (np.fft.fftn(draw(WAVES, points)[0][0], norm="forward") for points in (coarse, fine))
    kept = np.ix_(*(np.arange(-((n - 1) // 2), (n + 1) // 2) for n in coarse))
    np.testing.assert_allclose(b[kept], a[kept], atol=1e-15)
    assert np.abs(b).sum() > 1.01 * np.abs(a).sum()


@pytest.mark.parametrize("placement", ["nodes", "cells"])
@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("length", [1.0, 2.0])
def test_the_variance_of_a_sine_is_the_eigenvalue_of_the_covariance(placement, k, length):
    count, grid = 2000, Grid.box((17,), placement, length)
    fields = gaussian.sample(SINES, grid, 0, "train", range(count))
    wave = np.sqrt(2 / length) * np.sin(np.pi * k * grid.coordinates()[0] / length)
    coefficients = (fields * wave).sum(1) * grid.spacing[0]
    expected = 1.5**2 * ((np.pi * k / length) ** 2 + 9) ** -2.0
    assert coefficients.var() == pytest.approx(expected, rel=4 * np.sqrt(2 / count))


@pytest.mark.parametrize(("coarse", "fine"), [((9,), (33,)), ((9, 7), (17, 25))])
def test_a_finer_dirichlet_grid_adds_only_higher_waves(coarse, fine):
    from scipy.fft import dstn

    inner = tuple([slice(1, -1)] * len(coarse))
    a, b = (
        dstn(gaussian.sample(SINES, Grid.box(points, "nodes"), 0, "train", [0])[0][inner], type=1, norm="forward")
        for points in (coarse, fine)
    )
    np.testing.assert_allclose(b[tuple(slice(n) for n in a.shape)], a, atol=1e-15)
    assert np.abs(b).sum() > 1.01 * np.abs(a).sum()


def test_sines_are_the_same_function_on_nodes_and_on_cells():
    # Nine nodes and eight cells hold the same seven waves; a finer sine series tells the values between.
    nodes, cells = (
        gaussian.sample(SINES, Grid.box((n, n), placement), 0, "train", [0])[0]
        for n, placement in ((9, "nodes"), (8, "cells"))
    )
    x, y = np.arange(1, 8) / 8, (np.arange(8) + 0.5) / 8
    wave = np.sin(np.pi * np.outer(y, np.arange(1, 8))) @ np.linalg.inv(np.sin(np.pi * np.outer(x, np.arange(1, 8))))
    np.testing.assert_allclose(wave @ nodes[1:-1, 1:-1] @ wave.T, cells, atol=1e-13)
    assert not nodes[0].any()
    assert not nodes[:, -1].any()


def test_what_was_drawn_before_is_drawn_again():
    # Recorded before sines were added: a data set must not change with a release.
    cells, left = Grid.box((5, 4), "cells"), Grid.box((8,), "left")
    drawn = (gaussian.sample(COSINES, cells, 1, "test", [7])[0, 2], gaussian.sample(WAVES, left, 1, "test", [7])[0, :4])
    np.testing.assert_allclose(drawn, (COSINES_BEFORE, WAVES_BEFORE), rtol=1e-13)


def test_a_sample_does_not_depend_on_the_others():
    grid = Grid.box((8, 8), "cells")
    together = gaussian.sample(COSINES, grid, 5, "test", [4, 9, 2])
    np.testing.assert_array_equal(gaussian.sample(COSINES, grid, 5, "test", [2])[0], together[2])


def test_three_dimensions_are_no_exception():
    fields, _ = draw(WAVES, (8, 6, 4), 200)
    k = np.meshgrid(np.arange(-3, 4), np.arange(-2, 3), np.arange(-1, 2), indexing="ij")
    square = (2 * np.pi) ** 2 * sum(axis**2 for axis in k)
    expected = np.where(square > 0, 1.5**2 * (square + 9.0) ** -2.0, 0).sum()
    assert fields.var() == pytest.approx(expected, rel=0.15)


def test_a_grid_of_another_placement_is_refused():
    with pytest.raises(SettingsError, match="boundary 'periodic' is drawn on 'left'"):
        gaussian.sample(WAVES, Grid.box((8,), "cells"), 0, "train", [0])
