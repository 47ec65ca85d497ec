"""Laws of truncated Karhunen-Loeve series."""

import numpy as np
import pytest

from surrogate.samplers import karhunen_loeve
from surrogate.spaces import Grid


def settings(boundary, terms=40):
    return karhunen_loeve.Settings(name="karhunen_loeve", boundary=boundary, sigma=1.5, alpha=2.0, tau=3.0, terms=terms)


def draw(boundary, points, count=1, length=1.0, terms=40):
    grid = Grid.box(points, "nodes", length)
    return karhunen_loeve.sample(settings(boundary, terms), grid, 0, "train", range(count))


@pytest.mark.parametrize("boundary", ["neumann", "dirichlet"])
def test_a_sample_on_a_finer_grid_is_the_same_function(boundary):
    np.testing.assert_allclose(draw(boundary, (31, 31))[0, ::3, ::3], draw(boundary, (11, 11))[0], atol=1e-13)


@pytest.mark.parametrize(("boundary", "wave"), [("neumann", np.cos), ("dirichlet", np.sin)])
@pytest.mark.parametrize("length", [1.0, 2.0])
def test_the_variance_of_a_coefficient_is_the_eigenvalue_of_the_covariance(boundary, wave, length):
    count, x = 2000, np.linspace(0, 1, 65)
    mode = np.sqrt(2 / length) * wave(2 * np.pi * x)
    coefficients = np.trapezoid(draw(boundary, (65,), count, length) * mode, x * length)
    expected = 1.5**2 * ((2 * np.pi / length) ** 2 + 9) ** -2.0
    assert coefficients.var() == pytest.approx(expected, rel=4 * np.sqrt(2 / count))


def test_sines_vanish_on_the_boundary_and_cosines_have_no_mean():
    assert np.abs(draw("dirichlet", (9, 9))[0][[0, -1]]).max() < 1e-13
    values = draw("neumann", (65, 65))[0]
    assert abs(np.trapezoid(np.trapezoid(values, axis=0), axis=0)) < 1e-10


def test_the_terms_are_those_of_least_length():
    assert karhunen_loeve._smallest(5, 2, 0).tolist() == [[0, 1], [1, 0], [1, 1], [0, 2], [2, 0]]
    hundred = karhunen_loeve._smallest(100, 2, 0)
    square = (hundred**2).sum(1)
    shorter = sum(0 < i * i + j * j < square.max() for i in range(20) for j in range(20))
    assert len(np.unique(hundred, axis=0)) == 100
    assert (square < square.max()).sum() == shorter


def test_a_sample_does_not_depend_on_the_others():
    grid = Grid.box((8, 8), "nodes")
    law = settings("neumann")
    together = karhunen_loeve.sample(law, grid, 5, "test", [4, 9, 2])
    np.testing.assert_array_equal(karhunen_loeve.sample(law, grid, 5, "test", [2])[0], together[2])
