"""Laws of the solver of fields that spread and react."""

import numpy as np
import pytest
import torch

from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.reacting_fields import laplacian_symbol, solve_reacting


def box(*points):
    axes = (2 * torch.pi * torch.arange(n, dtype=torch.float64) / n for n in points)
    return torch.meshgrid(*axes, indexing="ij")


def bistable(u):
    return u * (1 - u) * (u - 0.25)


def test_the_eigenvalues_are_minus_the_squares_of_the_waves():
    x, y, z = box(8, 6, 10)
    wave = torch.sin(2 * x - y + 3 * z)
    symbol = laplacian_symbol((8, 6, 10), (2 * np.pi, np.pi, 4 * np.pi))
    bent = torch.fft.irfftn(symbol * torch.fft.rfftn(wave), s=(8, 6, 10))
    torch.testing.assert_close(bent, -(4 + 4 + 9 / 4) * wave, rtol=0, atol=1e-12)


def test_a_field_without_waves_follows_its_ordinary_equation():
    start = torch.full((1, 1, 6, 6), 0.1, dtype=torch.float64)
    frames = solve_reacting(start, (1.0, 1.0), Clock(2, 2.0, 40), lambda laplace: 1 + laplace, lambda u: -(u**2))
    exact = 1 / (1 + 9 * np.exp(-4.0))
    torch.testing.assert_close(frames[0, 2], torch.full((1, 6, 6), exact, dtype=torch.float64), rtol=0, atol=1e-7)


def manufactured_error(n):
    """How far the steady state exp(sin x cos y) is from staying, on ``n`` points, with the source that holds it."""
    x, y = box(n, n)
    inner = torch.sin(x) * torch.cos(y)
    slopes = (torch.cos(x) * torch.cos(y)) ** 2 + (torch.sin(x) * torch.sin(y)) ** 2
    state = torch.exp(inner)
    source = state**3 - 0.1 * state * (slopes - 2 * inner)
    frames = solve_reacting(
        state[None, None], (2 * np.pi,) * 2, Clock(1, 0.5, 100), lambda laplace: 0.1 * laplace, lambda u: source - u**3
    )
    return float((frames[0, 1, 0] - state).abs().max())


def test_the_error_in_space_falls_faster_than_any_power_to_1e_10():
    errors = [manufactured_error(n) for n in (12, 24, 36, 54)]
    assert errors[1] < 1e-2 * errors[0]
    assert errors[2] < 1e-2 * errors[1]
    assert errors[3] < 1e-10


def front(x, time):
    """The front of u_t = u_xx + u (1 - u) (u - 1/4), moving at 1 / sqrt(8)."""
    return 1 / (1 + torch.exp((x - time / np.sqrt(8)) / np.sqrt(2)))


def test_a_front_between_walls_moves_as_the_exact_one():
    # Mirrored at walls so far away that the front is flat there.
    length, n = 80.0, 400
    x = length * (torch.arange(n, dtype=torch.float64) + 0.5) / n - length / 2
    start = front(x, 0.0)
    frames = solve_reacting(
        torch.cat((start, start.flip(0)))[None, None],
        (2 * length,),
        Clock(1, 4.0, 400),
        lambda laplace: laplace,
        bistable,
    )
    assert float((frames[0, 1, 0, :n] - front(x, 4.0)).abs().max()) < 1e-10


def front_error(steps):
    length, n = 80.0, 400
    x = length * (torch.arange(n, dtype=torch.float64) + 0.5) / n - length / 2
    wide = torch.cat((front(x, 0.0), front(x, 0.0).flip(0)))[None, None]
    frames = solve_reacting(wide, (2 * length,), Clock(1, 4.0, steps), lambda laplace: laplace, bistable)
    return float((frames[0, 1, 0, :n] - front(x, 4.0)).norm())


def test_halving_the_step_divides_the_error_by_sixteen():
    errors = [front_error(steps) for steps in (8, 16, 32, 64)]
    assert (np.log2(np.divide(errors[:-1], errors[1:])) > 3.8).all()


def test_a_conserved_field_keeps_its_mean_to_the_last_bit():
    start = torch.randn(2, 1, 16, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64) / 4
    frames = solve_reacting(
        start,
        (1.0, 1.0),
        Clock(3, 1e-4, 20),
        lambda laplace: laplace * (1 - 0.01 * laplace),
        lambda u: u**3 - 2 * u,
        lambda laplace: laplace,
    )
    torch.testing.assert_close(frames.mean((2, 3, 4)), start.mean((1, 2, 3))[:, None].expand(2, 4), rtol=0, atol=1e-15)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_the_last_axes_are_space_whatever_their_number(dimensions):
    points = (12,) * dimensions
    wave = torch.cos(sum(box(*points)))
    frames = solve_reacting(
        wave[None, None], (2 * np.pi,) * dimensions, Clock(1, 1.0, 1), lambda laplace: laplace, torch.zeros_like
    )
    torch.testing.assert_close(frames[0, 1, 0], np.exp(-dimensions) * wave, rtol=0, atol=1e-13)
