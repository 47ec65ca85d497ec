"""Laws of diffusion with a source and a reaction on a line."""

import numpy as np
import torch

from surrogate.solvers.driven_diffusion import react, rod
from surrogate.solvers.etdrk4 import Clock

CPU = torch.device("cpu")


def sine(nodes):
    return torch.sin(torch.pi * torch.linspace(0, 1, nodes, dtype=torch.float64))[None]


def square(rate):
    return lambda s: rate * s.square()


def test_a_sine_grows_to_its_steady_state():
    source = sine(65)
    frames = react(torch.zeros_like(source), source, 0.3, square(0.0), rod(65, 4, CPU), Clock(4, 0.2, 1))[0]
    rate = 0.3 * torch.pi**2
    times = 0.2 * torch.arange(5, dtype=torch.float64)
    exact = ((1 - torch.exp(-rate * times)) / rate)[:, None] * source
    # What is left is the spline through a sine.
    torch.testing.assert_close(frames, exact, rtol=0, atol=1e-7)


def test_more_nodes_bring_the_spline_to_the_sine_at_order_four():
    errors = []
    for nodes in (9, 17, 33, 65):
        source = sine(nodes)
        frames = react(torch.zeros_like(source), source, 0.3, square(0.0), rod(nodes, 4, CPU), Clock(1, 0.5, 1))[0, 1]
        rate = 0.3 * np.pi**2
        errors.append(float((frames - (1 - np.exp(-rate / 2)) / rate * source[0]).abs().max()))
    assert min(np.log2(np.divide(errors[:-1], errors[1:]))) > 3.8


def test_a_steady_state_with_reaction_stays():
    # s = x (1 - x): 0.1 s_xx + 0.5 s^2 + u = 0 for u = 0.2 - 0.5 s^2.
    x = torch.linspace(0, 1, 129, dtype=torch.float64)
    state = (x * (1 - x))[None]
    frames = react(state, 0.2 - 0.5 * state**2, 0.1, square(0.5), rod(129, 4, CPU), Clock(3, 0.3, 20))[0]
    torch.testing.assert_close(frames, state.expand(4, -1), rtol=0, atol=1e-9)


def test_halving_the_step_divides_the_error_by_sixteen():
    start = sine(17)
    length = rod(17, 4, CPU)

    def end(steps):
        return react(start, start, 0.05, square(1.0), length, Clock(1, 0.4, steps))[0, 1]

    exact = end(256)
    errors = [float((end(steps) - exact).norm()) for steps in (8, 16, 32, 64)]
    assert min(np.log2(np.divide(errors[:-1], errors[1:]))) > 3.8


def test_both_ends_stay_at_zero():
    source = torch.ones(1, 9, dtype=torch.float64)
    frames = react(torch.zeros_like(source), source, 0.1, square(1.0), rod(9, 3, CPU), Clock(2, 0.1, 2))[0]
    assert not frames[:, [0, -1]].any()
