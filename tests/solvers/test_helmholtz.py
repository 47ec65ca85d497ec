"""Laws of the solver for driven waves."""

import numpy as np
import pytest
import torch

from surrogate.errors import SolverError
from surrogate.solvers.helmholtz import (
    at_nodes,
    helmholtz_residual,
    linear_axis,
    load_of_source,
    load_of_top,
    medium,
    solve_helmholtz,
    spectral_axis,
)

CPU = torch.device("cpu")


def spectral(degree, nodes=21):
    axis = spectral_axis((0.0, 0.3, 0.6, 1.0), degree, nodes, CPU)
    return axis, axis


def smooth_problem(axes):
    """A wave cos(pi x) cos(3 y) in an uneven medium, with the source and the flux that it needs."""
    x, y = axes[0].points[:, None], axes[1].points
    square = 150 + 40 * torch.sin(2 * x + y)
    wave = torch.cos(torch.pi * x) * torch.cos(3 * y)
    source = (torch.pi**2 + 9 - square) * wave
    flux = -3 * torch.cos(torch.pi * axes[0].points) * np.sin(3)
    return square, load_of_source(source, axes) + load_of_top(flux, axes)


def error_of_smooth_wave(axes):
    square, load = smooth_problem(axes)
    modes, residual, _ = solve_helmholtz(square, load, axes, 150.0, 1e-12)
    assert float(residual) <= 1e-12
    wave = at_nodes(modes, axes)
    x = torch.linspace(0, 1, len(wave), dtype=torch.float64)
    exact = torch.cos(torch.pi * x)[:, None] * torch.cos(3 * x)
    return float((wave - exact).norm() / exact.norm())


def test_the_error_falls_exponentially_with_the_degree_to_rounding():
    errors = [error_of_smooth_wave(spectral(degree)) for degree in (4, 6, 8, 12)]
    assert errors[1] < errors[0] / 10
    assert errors[2] < errors[1] / 10
    assert errors[3] < 1e-10


def test_halving_bilinear_elements_quarters_the_error():
    errors = [error_of_smooth_wave((linear_axis(n + 1, CPU), linear_axis(n + 1, CPU))) for n in (16, 32, 64, 128)]
    assert min(np.log2(np.divide(errors[:-1], errors[1:]))) > 1.9


def test_an_even_medium_gives_the_sum_of_its_separated_waves():
    # u = sum_m A_m cos(m pi x) cos(q_m y), q_m^2 = k^2 - (m pi)^2, for the flux 1 + cos(2 pi x).
    k = 7.3
    axes = spectral(16)
    flux = 1 + torch.cos(2 * torch.pi * axes[0].points)
    square = torch.full((len(axes[0].points), len(axes[1].points)), k**2, dtype=torch.float64)
    wave = at_nodes(solve_helmholtz(square, load_of_top(flux, axes), axes, k**2, 1e-13)[0], axes).numpy()
    x = np.linspace(0, 1, 21)
    q = np.sqrt(k**2 - (2 * np.pi) ** 2)
    exact = -np.cos(k * x) / (k * np.sin(k)) - np.cos(2 * np.pi * x)[:, None] * np.cos(q * x) / (q * np.sin(q))
    np.testing.assert_allclose(wave, exact, atol=1e-11)


def test_a_medium_of_cosines_is_known_between_its_nodes():
    axes = spectral(6, nodes=9)
    x = torch.linspace(0, 1, 9, dtype=torch.float64)

    def speed(x, y):
        return 2 + torch.cos(3 * torch.pi * x)[:, None] * torch.cos(8 * torch.pi * y)

    torch.testing.assert_close(medium(speed(x, x), axes), speed(axes[0].points, axes[1].points))


def test_the_residual_of_a_wave_is_small_and_that_of_another_is_not():
    axes = spectral(12, nodes=41)
    square, load = smooth_problem(axes)
    wave = at_nodes(solve_helmholtz(square, load, axes, 150.0, 1e-12)[0], axes)[None]
    assert float(helmholtz_residual(wave, square[None], load, axes)) < 1e-6
    assert float(helmholtz_residual(1.01 * wave, square[None], load, axes)) > 1e-3


def test_bilinear_waves_leave_no_residual():
    axes = (linear_axis(17, CPU), linear_axis(13, CPU))
    square, load = smooth_problem(axes)
    wave = at_nodes(solve_helmholtz(square, load, axes, 150.0, 1e-12)[0], axes)[None]
    assert float(helmholtz_residual(wave, square[None], load, axes)) < 1e-11


def test_a_tolerance_below_rounding_is_refused_with_the_residual_reached():
    axes = spectral(6)
    square, load = smooth_problem(axes)
    with pytest.raises(SolverError, match=r"relative residual of .* expected 1.0e-30"):
        solve_helmholtz(square, load, axes, 150.0, 1e-30)
