"""Laws of forced ordinary differential equations."""

import numpy as np
import torch

from surrogate.solvers.forced import advance, between_nodes, follow


def nodes(count):
    return torch.linspace(0, 1, count, dtype=torch.float64)


def test_the_integral_of_a_cubic_is_exact():
    t = nodes(6)[None]
    integral = follow(lambda s, u: u[:, None], torch.zeros(1, 1).double(), between_nodes(t**3 - t, 2), 0.2)
    torch.testing.assert_close(integral[:, 0], t**4 / 4 - t**2 / 2, rtol=0, atol=1e-14)


def test_halving_the_step_divides_the_error_by_sixteen():
    # s' = -s^2, s(0) = 1: s = 1 / (1 + t).
    t = nodes(5)
    errors = []
    for steps in (2, 4, 8, 16):
        forcing = between_nodes(torch.zeros(1, 5).double(), steps)
        state = follow(lambda s, u: u[:, None] - s**2, torch.ones(1, 1).double(), forcing, 0.25)
        errors.append(float((state[0, 0] - 1 / (1 + t)).norm()))
    assert min(np.log2(np.divide(errors[:-1], errors[1:]))) > 3.8


def test_a_forced_oscillator_converges_to_its_exact_motion_like_the_spline():
    # s'' = -s + sin 2t from rest: s = (2 sin t - sin 2t) / 3; the spline has an error of order four too.
    errors = []
    for count in (9, 17, 33, 65):
        t = nodes(count)
        forcing = between_nodes(torch.sin(2 * t)[None], 1)
        motion = follow(
            lambda s, u: torch.stack((s[:, 1], u - s[:, 0]), dim=1),
            torch.zeros(1, 2).double(),
            forcing,
            1 / (count - 1),
        )
        errors.append(float((motion[0, 0] - (2 * torch.sin(t) - torch.sin(2 * t)) / 3).abs().max()))
    assert min(np.log2(np.divide(errors[:-1], errors[1:]))) > 3.8


def test_advancing_every_node_repeats_the_path():
    forcing = between_nodes(torch.sin(9 * nodes(8))[None], 3)

    def tendency(state, push):
        return push[:, None] - state**3

    path = follow(tendency, torch.full((1, 1), 0.5).double(), forcing, 1 / 7)
    torch.testing.assert_close(advance(tendency, path[:, :, :-1], forcing, 1 / 7), path[:, :, 1:])
