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
    """Return the equation on 65 x 65 nodes, and two wave speeds."""

    def of(**changes):
        bound = recipe("helmholtz", **changes).equation.on((65,), "map")
        return bound, torch.from_numpy(bound.draw(0, "train", [0, 1]))

    return of


def test_an_even_medium_gives_the_sum_of_its_separated_waves(problem):
    equation, speed = problem()
    even = torch.full_like(speed[:1], 1000 / 49.3)
    wave = equation.solve(even).states[0, 0, 0, :, :-1].numpy()
    # The sum converges slowly on the driven side itself, so that is left out.
    exact = separated(49.3, np.linspace(0, 1, 65))[:, :-1]
    assert np.linalg.norm(wave - exact) < 2e-7 * np.linalg.norm(exact)


def test_a_mirrored_medium_gives_the_mirrored_wave(problem):
    equation, speed = problem()
    wave, mirrored = (equation.solve(c).states for c in (speed, speed.flip(2)))
    torch.testing.assert_close(mirrored.flip(3), wave, rtol=0, atol=1e-8 * float(wave.abs().max()))


def test_the_published_discretisation_is_another_map(problem):
    equation, speed = problem()
    matched = problem(match="dehoop")[0]
    wave, published = (each.solve(speed).states for each in (equation, matched))
    assert float((published - wave).norm()) > 0.5 * float(wave.norm())


def test_bilinear_elements_assembled_otherwise_give_the_same_wave(problem):
    equation, speed = problem(match="dehoop")
    wave = equation.solve(speed).states.numpy()
    np.testing.assert_allclose(equation.reference(speed.numpy()), wave, atol=1e-9 * np.abs(wave).max())


def test_refining_a_matched_discretisation_leaves_it_what_it_is(problem):
    equation, speed = problem(match="dehoop")
    finer = equation.refined(2, 2)
    wave, again = (each.solve(speed[:1]).states for each in (equation, finer))
    assert torch.equal(again, wave)


def test_a_steady_wave_has_no_steps(recipe):
    with pytest.raises(SettingsError, match="helmholtz is steady, expected 'map', got 'step'"):
        recipe("helmholtz").equation.specification((65,), "step")
