"""Laws of heat and waves in uneven media, and of the Chebyshev series that moves them."""

import numpy as np
import pytest
import torch

from surrogate.errors import SolverError
from surrogate.solvers.box_modes import solve_heat, solve_wave
from surrogate.solvers.chebyshev import apply_functions
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.varying_media import solve_acoustics, solve_conduction

ODD = 0.02
PERIOD = (2 * np.pi, 2 * np.pi)


def square(n):
    x = 2 * torch.pi * torch.arange(n, dtype=torch.float64) / n
    return torch.meshgrid(x, x, indexing="ij")


def share(s, weight):
    """sin s + weight sin 3 s over sin s: finite everywhere."""
    return 1 + weight * (3 - 4 * torch.sin(s) ** 2)


def standing(n):
    """A mode of a medium whose speed varies: phi(x) phi(y) cos t, phi = sin + ODD sin 3."""
    x, y = square(n)
    speed = (share(x, 9 * ODD) / share(x, ODD) + share(y, 9 * ODD) / share(y, ODD)) ** -0.5
    mode = torch.sin(x) * share(x, ODD) * torch.sin(y) * share(y, ODD)
    return speed[None], mode


def fading(n):
    """A mode of a medium whose conductivity varies: cos x + ODD cos 3 x, fading by exp(-t), in either direction."""
    x, _ = square(n)
    conductivity = share(x, ODD / 3) / share(x, 3 * ODD)
    return conductivity[None], torch.cos(x) + ODD * torch.cos(3 * x)


def wave_error(n, steps=2):
    speed, mode = standing(n)
    start = torch.stack((mode, torch.zeros_like(mode)))[None]
    wave = solve_acoustics(start, speed, PERIOD, Clock(1, 2.0, steps))[0, 1]
    exact = torch.stack((np.cos(2.0) * mode, -np.sin(2.0) * mode))
    return float((wave - exact).abs().max())


def heat_error(n, steps=2):
    conductivity, mode = fading(n)
    heat = solve_conduction(mode[None], conductivity, torch.zeros(1, n, n).double(), PERIOD, Clock(1, 1.0, steps))
    return float((heat[0, 1] - np.exp(-1.0) * mode).abs().max())


@pytest.mark.parametrize("error", [wave_error, heat_error])
def test_modes_of_uneven_media_are_exact(error):
    assert max(error(n) for n in (12, 24, 48)) < 1e-12


def test_the_error_in_space_falls_to_1e_10():
    def end(n):
        x, y = square(n)
        bump = torch.exp(torch.sin(x) + torch.cos(y))[None]
        medium = (1 + 0.2 * torch.sin(x) * torch.cos(y))[None]
        waves = solve_acoustics(torch.stack((bump, 0 * bump), 1), medium, PERIOD, Clock(1, 0.5, 2))[:, 1]
        heat = solve_conduction(bump, medium, bump, PERIOD, Clock(1, 0.1, 2))[:, 1:]
        return torch.cat((waves, heat), 1)[..., :: n // 12, :: n // 12]

    errors = [float((end(n) - end(96)).abs().max()) for n in (24, 48, 72)]
    assert errors[1] < 1e-2 * errors[0]
    assert errors[2] < 1e-10


@pytest.mark.parametrize("error", [wave_error, heat_error])
def test_the_number_of_steps_does_not_matter(error):
    assert error(54, steps=1) < 1e-10
    assert error(54, steps=7) < 1e-10


def test_even_media_give_the_exact_modes():
    start = torch.stack((torch.sin(sum(square(16))), torch.cos(square(16)[0])))[None]
    even = torch.full((1, 16, 16), 0.7, dtype=torch.float64)
    clock = Clock(3, 0.4, 2)
    waves = solve_acoustics(start, even, PERIOD, clock)
    torch.testing.assert_close(waves, solve_wave(start, 0.7, PERIOD, clock), rtol=0, atol=1e-13)
    heat = solve_conduction(start[:, 0], even, torch.zeros_like(even), PERIOD, clock)
    torch.testing.assert_close(heat, solve_heat(start[:, 0], 0.7, PERIOD, clock), rtol=0, atol=1e-13)


def test_the_energy_of_waves_in_an_uneven_medium_stays():
    x, y = square(64)
    speed = (1 + 0.3 * torch.sin(x) * torch.cos(2 * y))[None]
    u = torch.exp(torch.cos(x) + torch.sin(y))[None]
    frames = solve_acoustics(torch.stack((u, torch.zeros_like(u)), 1), speed, PERIOD, Clock(4, 0.5, 2))
    slopes = [torch.fft.irfft2(1j * k * torch.fft.rfft2(frames[:, :, 0])) for k in frequencies(64)]
    energy = ((frames[:, :, 1] / speed) ** 2 + slopes[0] ** 2 + slopes[1] ** 2).mean((2, 3))
    assert float((energy / energy[:, :1] - 1).abs().max()) < 1e-9


def frequencies(n):
    return torch.fft.fftfreq(n, 1 / n)[:, None].double(), torch.arange(n // 2 + 1).double()


def test_heat_without_a_source_stays_and_with_one_grows_by_it():
    conductivity = 1 + 0.5 * torch.cos(square(32)[0])[None]
    start, source = torch.exp(torch.sin(square(32)[1]))[None], 1 + torch.cos(square(32)[0])[None]
    frames = solve_conduction(start, conductivity, source, PERIOD, Clock(4, 0.25, 2))
    expected = start.mean() + torch.arange(5).double() / 4 * source.mean()
    torch.testing.assert_close(frames.mean((2, 3))[0], expected, rtol=1e-14, atol=0)


def test_a_medium_that_is_not_positive_is_refused():
    bad = torch.linspace(-0.1, 1.0, 64, dtype=torch.float64).reshape(1, 8, 8)
    with pytest.raises(SolverError, match=r"the speed falls to -1.0e-01"):
        solve_acoustics(torch.zeros(1, 2, 8, 8).double(), bad, PERIOD, Clock(1, 1.0, 2))


@pytest.mark.parametrize("radius", [1e-3, 1.0, 1e3, 1e6])
def test_the_exponential_of_numbers_is_their_exponential(radius):
    numbers = -radius * torch.linspace(0, 1, 9, dtype=torch.float64)[None, None]
    applied = apply_functions(
        lambda v: numbers * v,
        torch.tensor([radius]).double(),
        lambda z: np.exp(z)[None, None],
        torch.ones(1, 1, 9).double(),
    )
    torch.testing.assert_close(applied, numbers.exp(), rtol=0, atol=1e-12)


def test_samples_of_other_radii_do_not_change_each_other():
    numbers = -torch.rand(3, 1, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    radius = torch.tensor([1.0, 50.0, 3.0]).double()
    vectors = torch.ones(3, 1, 9).double()

    def applied(k):
        return apply_functions(lambda v: numbers[k] * v, radius[k], lambda z: np.exp(z)[None, None], vectors[k])

    assert torch.equal(applied(slice(0, 1))[0], applied(slice(0, 3))[0])
