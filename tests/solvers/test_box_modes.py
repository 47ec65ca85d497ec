"""Laws of heat and waves that are exact in every mode."""

import numpy as np
import pytest
import torch

from surrogate.solvers.box_modes import solve_heat, solve_wave
from surrogate.solvers.etdrk4 import Clock


def waves(n, m):
    x = 2 * torch.pi * torch.arange(n, dtype=torch.float64)[:, None] / n
    y = 2 * torch.pi * torch.arange(m, dtype=torch.float64) / m
    return x, y


def random(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_a_mode_of_heat_fades_by_its_exponential():
    x, y = waves(16, 12)
    start = torch.sin(2 * x - 3 * y)[None]
    frames = solve_heat(start, 0.1, (1.0, 2.0), Clock(3, 0.05, 1))
    rate = 0.1 * 4 * np.pi**2 * (4 + 9 / 4)
    for frame in range(4):
        torch.testing.assert_close(frames[:, frame], np.exp(-rate * 0.05 * frame) * start, rtol=0, atol=1e-14)


def test_heat_stays_between_its_extremes_and_keeps_its_mean():
    x, y = waves(64, 64)
    start = torch.exp(torch.sin(x) + torch.cos(2 * y))[None]
    frames = solve_heat(start, 0.01, (1.0, 1.0), Clock(5, 0.3, 1))
    assert float(frames.max()) <= float(start.max()) + 1e-13
    assert float(frames.min()) >= float(start.min()) - 1e-13
    torch.testing.assert_close(frames.mean((2, 3)), start.mean((1, 2))[:, None].expand(1, 6), rtol=0, atol=1e-14)


def test_a_wave_in_one_direction_splits_as_d_alembert_says():
    x, _ = waves(48, 4)
    start = torch.stack(((torch.exp(torch.sin(x)) + 0 * _), torch.zeros(48, 4, dtype=torch.float64)))[None]
    frames = solve_wave(start, 2.0, (1.0, 1.0), Clock(4, 1 / 16, 1))  # six points further, each time
    for frame in range(5):
        moved = (start[0, 0].roll(6 * frame, 0) + start[0, 0].roll(-6 * frame, 0)) / 2
        torch.testing.assert_close(frames[0, frame, 0], moved, rtol=0, atol=1e-13)


def test_a_push_without_waves_moves_everything_steadily():
    start = torch.stack((torch.zeros(8, 8), torch.ones(8, 8)))[None].double()
    frames = solve_wave(start, 1.0, (1.0, 1.0), Clock(2, 0.7, 1))
    torch.testing.assert_close(frames[0, 2], torch.stack((torch.full((8, 8), 1.4), torch.ones(8, 8))).double())


def test_waves_run_backwards_return_to_their_start():
    start = random(1, 2, 15, 15)
    there = solve_wave(start, 1.3, (1.0, 1.0), Clock(1, 2.0, 1))[:, 1]
    back = solve_wave(there * torch.tensor([1.0, -1.0]).reshape(2, 1, 1), 1.3, (1.0, 1.0), Clock(1, 2.0, 1))[:, 1]
    torch.testing.assert_close(back[:, 0], start[:, 0], rtol=0, atol=1e-11)


@pytest.mark.parametrize("points", [(16, 16), (12, 12, 12)])
def test_one_sample_alone_has_the_bits_it_has_among_others(points):
    start = random(3, *points)
    lengths = (1.0,) * len(points)
    together = solve_heat(start, 0.01, lengths, Clock(2, 0.1, 1))
    assert torch.equal(solve_heat(start[1:2].clone(), 0.01, lengths, Clock(2, 0.1, 1))[0], together[1])
