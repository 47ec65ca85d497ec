"""Laws of the nonlinear Poisson solver."""

import pytest
import torch

from surrogate.solvers.nonlinear_poisson import flux_potential, from_flux_potential, solve_nonlinear_poisson
from surrogate.solvers.poisson import solve_poisson

PI = torch.pi


def centres(n):
    return (torch.arange(n).double() + 0.5) / n


@pytest.mark.parametrize("strength", [1e-3, 0.1, 7.0])
def test_the_flux_potential_determines_the_solution(strength):
    u = torch.linspace(-20, 20, 401).double()
    torch.testing.assert_close(from_flux_potential(flux_potential(u, strength), strength), u, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("strength", [0.1, 2.0])
def test_a_manufactured_solution_is_exact(strength):
    def solution(x, y):
        return torch.cos(PI * x) * torch.cos(2 * PI * y) + 0.4

    n, m = 12, 16
    x, y = torch.meshgrid(centres(n), centres(m), indexing="ij")
    u = solution(x, y)
    slope = (PI * torch.sin(PI * x) * torch.cos(2 * PI * y)) ** 2
    slope += (2 * PI * torch.cos(PI * x) * torch.sin(2 * PI * y)) ** 2
    forcing = -5 * PI**2 * (1 + strength * u**2) * (u - 0.4) + 2 * strength * u * slope
    along_x, along_y = centres(n), centres(m)
    walls = ((0 * along_y, along_y), (0 * along_y + 1, along_y), (along_x, 0 * along_x), (along_x, 0 * along_x + 1))
    values = tuple(solution(*wall)[None] for wall in walls)
    potential, left_out = solve_nonlinear_poisson(forcing[None], values, strength, 16)
    assert float(left_out) < 1e-9
    torch.testing.assert_close(potential[0], u, rtol=0, atol=1e-9)


def test_a_weak_nonlinearity_is_the_poisson_equation():
    generator = torch.Generator().manual_seed(3)
    forcing, *values = (torch.randn(1, *s, generator=generator).double() for s in ((8, 8), (8,), (8,), (8,), (8,)))
    solution, _ = solve_nonlinear_poisson(forcing, tuple(values), 1e-9, 12)
    linear, _ = solve_poisson(-forcing, tuple(values), 0.0, 16)
    torch.testing.assert_close(solution, linear, rtol=0, atol=1e-8)
