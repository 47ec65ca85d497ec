"""Laws of substances that a flow carries."""

import numpy as np
import torch

from surrogate.solvers.advection_diffusion import solve_advection_diffusion
from surrogate.solvers.etdrk4 import Clock

PERIOD = (2 * np.pi, 2 * np.pi)


def square(n):
    x = 2 * torch.pi * torch.arange(n, dtype=torch.float64) / n
    return torch.meshgrid(x, x, indexing="ij")


def cells(n):
    """A flow around cells without divergence."""
    x, y = square(n)
    return torch.stack((-torch.sin(x) * torch.sin(y), -torch.cos(x) * torch.cos(y)))[None]


def bumps(n):
    x, y = square(n)
    return torch.exp(torch.sin(x) + torch.cos(y))[None]


def test_an_even_flow_carries_a_mode_along_while_it_fades():
    x, y = square(24)
    flow = torch.stack((torch.full_like(x, 0.5), torch.full_like(x, -0.3)))[None]
    frames = solve_advection_diffusion(torch.sin(2 * x + y)[None], flow, 0.05, PERIOD, Clock(1, 1.0, 200))
    exact = np.exp(-0.05 * 5) * torch.sin(2 * (x - 0.5) + y + 0.3)
    assert float((frames[0, 1] - exact).abs().max()) < 1e-10


def test_halving_the_step_divides_the_error_by_sixteen():
    ends = [
        solve_advection_diffusion(bumps(24), cells(24), 0.02, PERIOD, Clock(1, 2.0, n))[0, 1]
        for n in (16, 32, 64, 128, 512)
    ]
    errors = [float((end - ends[-1]).norm()) for end in ends[:-1]]
    assert (np.log2(np.divide(errors[:-1], errors[1:])) > 3.8).all()


def test_the_error_in_space_falls_to_1e_10():
    def end(n):
        state = solve_advection_diffusion(bumps(n), cells(n), 0.1, PERIOD, Clock(1, 1.0, 50))[0, 1]
        return state[:: n // 12, :: n // 12]

    errors = [float((end(n) - end(96)).abs().max()) for n in (24, 48, 72)]
    assert errors[1] < 1e-2 * errors[0]
    assert errors[2] < 1e-10


def test_the_mass_stays_to_the_last_bit():
    frames = solve_advection_diffusion(bumps(24), cells(24), 0.01, PERIOD, Clock(4, 0.5, 20))
    assert float((frames.mean((2, 3)) / frames[:, :1].mean((2, 3)) - 1).abs().max()) < 1e-14


def test_a_flow_the_other_way_undoes_what_it_did():
    there = solve_advection_diffusion(bumps(48), cells(48), 0.0, PERIOD, Clock(1, 0.5, 100))[:, 1]
    back = solve_advection_diffusion(there, -cells(48), 0.0, PERIOD, Clock(1, 0.5, 100))[:, 1]
    assert float((back - bumps(48)).abs().max()) < 1e-6
