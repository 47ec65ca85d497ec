"""Laws of the data of driven waves."""

import numpy as np
import pytest
import torch

from surrogate.errors import SettingsError


def separated(k, nodes, waves=4000):
    """The wave in an even medium: a sum over m of cos(m pi x) times a wave, or a decay, along y."""
    m = np.arange(waves)
    # Amplitudes of the flux, one where |x - 1/2| <= 0.15.
    flux = np.where(m == 0, 0.3, 4 * np.sin(0.15 * np.pi * m) * np.cos(np.pi * m / 2) / (np.pi * np.maximum(m, 1)))
    q = np.sqrt((m * np.pi) ** 2 - k**2 + 0j)
    # cosh(q y) / (q sinh q), without overflow.
    along = (np.exp(-q * (1 - nodes[:, None])) + np.exp(-q * (1 + nodes[:, None]))) / (q * (1 - np.exp(-2 * q)))
    return np.cos(np.pi * np.outer(nodes, m)) @ (along.real * flux).T


@pytest.fixture
def problem(recipe):
    """Return the settings, the specification on 65 x 65 nodes, and two wave speeds."""

    def of(**equation):
        settings = recipe("helmholtz", **equation).equation
        specification = settings.specification((65,), "map")
        return settings, specification, torch.from_numpy(settings.bound(specification).draw(0, "train", [0, 1]))

    return of


def test_an_even_medium_gives_the_sum_of_its_separated_waves(problem):
    settings, specification, speed = problem()
    even = torch.full_like(speed[:1], 1000 / 49.3)
    wave = settings.bound(specification).solve(even).states[0, 0, 0, :, :-1].numpy()
    # The sum converges slowly on the driven side itself, so that is left out.
    exact = separated(49.3, np.linspace(0, 1, 65))[:, :-1]
    assert np.linalg.norm(wave - exact) < 2e-7 * np.linalg.norm(exact)


def test_a_mirrored_medium_gives_the_mirrored_wave(problem):
    settings, specification, speed = problem()
    wave, mirrored = (settings.bound(specification).solve(c).states for c in (speed, speed.flip(2)))
    torch.testing.assert_close(mirrored.flip(3), wave, rtol=0, atol=1e-8 * float(wave.abs().max()))


def test_the_published_discretisation_is_another_map(problem):
    settings, specification, speed = problem()
    matched = problem(match="dehoop")[0]
    wave, published = (each.bound(specification).solve(speed).states for each in (settings, matched))
    assert float((published - wave).norm()) > 0.5 * float(wave.norm())


def test_bilinear_elements_assembled_otherwise_give_the_same_wave(problem):
    settings, specification, speed = problem(match="dehoop")
    wave = settings.bound(specification).solve(speed).states.numpy()
    np.testing.assert_allclose(
        settings.bound(specification).reference(speed.numpy()), wave, atol=1e-9 * np.abs(wave).max()
    )


def test_refining_a_matched_discretisation_leaves_it_what_it_is(problem):
    settings, specification, speed = problem(match="dehoop")
    finer = settings.bound(specification).refined(2, 2)
    wave, again = (each.bound(specification).solve(speed[:1]).states for each in (settings, finer))
    assert torch.equal(again, wave)


def test_a_steady_wave_has_no_steps(recipe):
    with pytest.raises(SettingsError, match="helmholtz is steady, expected 'map', got 'step'"):
        recipe("helmholtz").equation.specification((65,), "step")
