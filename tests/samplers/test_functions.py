"""Laws of the samplers that draw a function first and look at it on a grid then."""

import numpy as np
import pytest
from pydantic import ValidationError

from surrogate.registry import SAMPLERS
from surrogate.spaces import Grid

LAWS = {
    "fourier_series": {"terms": 3, "highest": 4, "amplitude": 0.5},
    "gaussian_bumps": {"bumps": 3, "low": -1.0, "high": 2.0, "narrowest": 0.05, "widest": 0.2},
    "karhunen_loeve": {"boundary": "neumann", "sigma": 1.0, "alpha": 2.0, "tau": 3.0, "terms": 20},
    "piecewise_constant": {"pieces": 6, "low": -1.0, "high": 3.0},
    "squared_exponential": {"length": 0.2, "deviation": 1.5},
}


def draw(name, grid, indices=(0,), **changes):
    settings = SAMPLERS.read({"name": name} | LAWS[name] | changes)
    return SAMPLERS.module(name).sample(settings, grid, 5, "test", indices)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("name", sorted(LAWS))
def test_a_sample_on_a_finer_grid_is_the_same_function(name, dimensions):
    coarse, fine = (Grid.box((n,) * dimensions, "nodes", 2.0, -1.0) for n in (7, 13))
    every = (0, *[slice(None, None, 2)] * dimensions)
    np.testing.assert_allclose(draw(name, fine)[every], draw(name, coarse)[0], atol=1e-13)


@pytest.mark.parametrize("name", sorted(LAWS))
def test_a_sample_does_not_depend_on_the_others(name):
    grid = Grid.box((9, 5), "cells")
    np.testing.assert_array_equal(draw(name, grid, [4, 9, 2])[2], draw(name, grid, [2])[0])


@pytest.mark.parametrize("length", [1.0, 3.0])
def test_the_covariance_of_smooth_fields_is_a_gaussian(length):
    # The series' own covariance: exact, not sampled.
    from surrogate.samplers.squared_exponential import _basis

    x = np.linspace(0, length, 40)
    basis = _basis(x, length, 0.2)
    np.testing.assert_allclose(basis.T @ basis, np.exp(-((x[:, None] - x) ** 2) / (2 * 0.2**2)), atol=1e-14)


def test_smooth_fields_have_the_deviation_that_is_set():
    values = draw("squared_exponential", Grid.box((3, 3), "nodes"), range(3000))
    np.testing.assert_allclose(values.var(0), 1.5**2, rtol=4 * np.sqrt(2 / 3000))


@pytest.mark.parametrize("points", [(3,), (3, 3)])
def test_sine_waves_have_the_variance_of_their_amplitudes(points):
    values = draw("fourier_series", Grid.box(points, "left"), range(4000))
    np.testing.assert_allclose(values.var(0), 3 * 0.5**2 / 6, rtol=0.12)


def test_sine_waves_are_periodic_and_have_no_mean_and_no_higher_waves():
    values = draw("fourier_series", Grid.box((32, 32), "left"), range(5))
    spectrum = np.abs(np.fft.fft2(values, norm="forward"))
    spectrum[np.ix_(range(5), range(-4, 5), range(-4, 5))] = 0
    assert spectrum.max() < 1e-14
    np.testing.assert_allclose(values.mean((1, 2)), 0, atol=1e-14)


def test_pieces_have_as_many_values_as_are_set_within_their_bounds():
    values = draw("piecewise_constant", Grid.box((200, 200), "cells"))[0]
    assert len(np.unique(values)) == 6
    assert values.min() >= -1
    assert values.max() <= 3


def test_a_single_bump_falls_off_with_its_width():
    values = draw("gaussian_bumps", Grid.box((2001,), "nodes"), bumps=1, low=1.0, high=1.0, narrowest=0.1, widest=0.1)
    x = np.linspace(0, 1, 2001)
    np.testing.assert_allclose(values[0], np.exp(-((x - x[values[0].argmax()]) ** 2) / 0.02), atol=5e-3)


def test_bounds_in_the_wrong_order_are_refused():
    grid = Grid.box((4,), "cells")
    with pytest.raises(ValidationError, match="low must be below high"):
        draw("piecewise_constant", grid, low=3.0, high=1.0)
    with pytest.raises(ValidationError, match="nor narrowest widest"):
        draw("gaussian_bumps", grid, narrowest=0.3)
