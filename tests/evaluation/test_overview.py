import numpy as np
import pytest

from surrogate.evaluation.overview import overview
from surrogate.spaces import Boundary, Grid


def noise(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def test_the_maps_are_means_over_the_pairs_at_each_point():
    prediction, truth = noise(0, 5, 2, 6, 4), noise(1, 5, 2, 6, 4)
    result = overview(prediction, truth, Grid.box((6, 4), "cells"), Boundary.uniform("dirichlet", 2))
    errors = [prediction[k].astype(np.float64) - truth[k] for k in range(5)]
    assert result.absolute == pytest.approx(sum(abs(error) for error in errors) / 5)
    assert result.bias == pytest.approx(sum(errors) / 5)


@pytest.mark.parametrize(
    ("placement", "condition", "mode", "length"),
    [("left", "periodic", 2, 1.0), ("cells", "neumann", 3, 2.0), ("nodes", "neumann", 3, 2.0)],
)
def test_a_wave_has_its_energy_in_its_own_shell(placement, condition, mode, length):
    grid = Grid.box((24,), placement)
    wave = np.cos(2 * np.pi * mode * grid.coordinates()[0] / length)[None, None].astype(np.float32)
    result = overview(0 * wave, wave, grid, Boundary.uniform(condition, 1))
    assert result.length == length
    assert result.spectra["truth"][0, mode] == pytest.approx(0.5, rel=1e-5)
    assert result.spectra["truth"][0].sum() == pytest.approx(0.5, rel=1e-5)
    assert result.spectra["error"] == pytest.approx(result.spectra["truth"])
    assert not result.spectra["prediction"].any()


def test_every_channel_has_its_own_spectrum():
    truth = noise(2, 3, 2, 8, 8)
    result = overview(truth + np.array([0, 1], np.float32)[:, None, None], truth, *periodic())
    assert result.spectra["error"][0] == pytest.approx(0)
    assert result.spectra["error"][1] == pytest.approx([1, 0, 0, 0, 0], abs=1e-6)


def periodic():
    return Grid.box((8, 8), "left"), Boundary.uniform("periodic", 2)
