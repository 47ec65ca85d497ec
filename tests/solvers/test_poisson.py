"""Laws of the Poisson solver by series."""

import numpy as np
import pytest
import torch

from surrogate.solvers.elliptic import Side, solve_diffusion
from surrogate.solvers.poisson import solve_poisson

PI = torch.pi


@pytest.fixture(autouse=True)
def one_thread():
    """The number of threads decides the last bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def centres(n):
    return (torch.arange(n).double() + 0.5) / n


def walls(n, m):
    x, y = centres(n), centres(m)
    return (0 * y, y), (0 * y + 1, y), (x, 0 * x), (x, 0 * x + 1)


def error(solution, forcing, n, m, screening=0.0, waves=16):
    """Return the largest error for an exact solution, given as a function, with the values it has on the sides."""
    x, y = torch.meshgrid(centres(n), centres(m), indexing="ij")
    values = tuple(solution(*wall)[None] for wall in walls(n, m))
    potential, left_out = solve_poisson((forcing(x, y) + 0 * x)[None], values, screening, waves)
    assert float(left_out) < 1e-9
    return float((potential[0] - solution(x, y)).abs().max())


def sample(n=10, m=13, batch=3, screening=0.0, waves=16):
    generator = torch.Generator().manual_seed(1)
    forcing = torch.randn(batch, n, m, generator=generator, dtype=torch.float64)
    values = tuple(torch.randn(batch, p, generator=generator, dtype=torch.float64) for p in (m, m, n, n))
    return forcing, values, solve_poisson(forcing, values, screening, waves)[0]


@pytest.mark.parametrize("screening", [0.0, 30.0])
def test_cosines_with_the_values_they_have_on_the_sides_are_exact(screening):
    def solution(x, y):
        return torch.cos(2 * PI * x) * torch.cos(3 * PI * y) + 0.3 * torch.cos(PI * y) + 0.7

    def forcing(x, y):
        waves = 13 * PI**2 * torch.cos(2 * PI * x) * torch.cos(3 * PI * y) + 0.3 * PI**2 * torch.cos(PI * y)
        return waves + screening * solution(x, y)

    assert error(solution, forcing, 9, 12, screening) < 2e-10


def test_a_forcing_of_one_gives_the_known_value_at_the_centre():
    zero = torch.zeros(1, 15).double()
    potential, _ = solve_poisson(torch.ones(1, 15, 15).double(), (zero,) * 4, 0.0, 16)
    k = np.arange(1, 40, 2)
    # u(1/2, y) for -u'' = 1 between two walls, less what the other two take away.
    series = 1 / 8 - 4 / np.pi**3 * np.sum((-1) ** ((k - 1) // 2) / (k**3 * np.cosh(np.pi * k / 2)))
    assert float(potential[0, 7, 7]) == pytest.approx(series, abs=1e-11)


@pytest.mark.parametrize("screening", [0.0, 40.0])
@pytest.mark.parametrize("side", range(4))
def test_a_side_that_disagrees_with_the_others_in_its_corners_is_exact_too(side, screening):
    x, y = torch.meshgrid(centres(12), centres(10), indexing="ij")
    away, along = ((x, y), (1 - x, y), (y, x), (1 - y, x))[side]
    series = torch.zeros_like(x)
    for k in range(1, 400, 2):
        rate = np.sqrt((np.pi * k) ** 2 + screening)
        fading = (torch.exp(-rate * away) - torch.exp(-rate * (2 - away))) / (1 - np.exp(-2 * rate))
        series += 4 / (PI * k) * torch.sin(PI * k * along) * fading
    values = [torch.zeros(1, p).double() for p in (10, 10, 12, 12)]
    values[side] += 1
    potential, _ = solve_poisson(torch.zeros(1, 12, 10).double(), tuple(values), screening, 20)
    torch.testing.assert_close(potential[0], series, rtol=0, atol=1e-11)


def test_finite_volumes_come_nearer_with_the_square_of_their_width():
    distances = []
    for n in (16, 32, 64, 128):
        x, y = torch.meshgrid(centres(n), centres(n), indexing="ij")
        forcing = (10 * torch.cos(PI * x) * torch.cos(2 * PI * y) + 3)[None]
        west, south = torch.cos(PI * centres(n))[None], torch.cos(2 * PI * centres(n))[None]
        values, sides = (west, 0 * west - 1, south, 0.5 - south / 2), (Side("dirichlet"),) * 4
        series, _ = solve_poisson(forcing, values, 5.0, 16)
        volumes, _, _ = solve_diffusion(
            torch.ones_like(forcing), forcing, values, sides, (1 / n, 1 / n), screening=5.0, tolerance=1e-11
        )
        inside = slice(n // 4, -n // 4)  # the corners of these sides do not agree
        distances.append(float((series - volumes)[0, inside, inside].abs().max()))
    assert min(np.log2(distances[:-1]) - np.log2(distances[1:])) > 1.8


def test_reversing_and_exchanging_axes_does_so_to_the_solution():
    forcing, (west, east, south, north), potential = sample()
    reversed_x, _ = solve_poisson(forcing.flip(1), (east, west, south.flip(1), north.flip(1)), 0.0, 16)
    exchanged, _ = solve_poisson(forcing.mT.contiguous(), (south, north, west, east), 0.0, 16)
    scale = float(potential.abs().max())
    torch.testing.assert_close(reversed_x.flip(1), potential, rtol=0, atol=1e-12 * scale)
    torch.testing.assert_close(exchanged.mT, potential, rtol=0, atol=1e-11 * scale)


def test_solutions_add_up():
    forcing, values, potential = sample()
    alone, _ = solve_poisson(forcing, tuple(0 * value for value in values), 0.0, 16)
    harmonic, _ = solve_poisson(0 * forcing, values, 0.0, 16)
    torch.testing.assert_close(alone + harmonic, potential, rtol=0, atol=1e-12)


def test_what_is_left_out_is_less_than_its_bound():
    forcing, values, exact = sample(waves=24)
    for waves in (4, 8, 12):
        potential, left_out = solve_poisson(forcing, values, 0.0, waves)
        error = torch.linalg.vector_norm(potential - exact, dim=(1, 2)) / torch.linalg.vector_norm(exact, dim=(1, 2))
        assert bool((error < left_out).all())


def test_a_sample_is_the_same_alone_and_in_a_batch():
    forcing, values, potential = sample()
    alone, _ = solve_poisson(forcing[1:2], tuple(value[1:2] for value in values), 0.0, 16)
    assert torch.equal(alone[0], potential[1])
