"""Laws of waves of one speed."""

import numpy as np
import torch

from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.linear_waves import solve_wave


def profile(x):
    return np.exp(np.sin(2 * np.pi * x / 3)) + np.cos(4 * np.pi * x / 3)


def bend(x):
    phase = 2 * np.pi * x / 3
    return 2 * np.pi / 3 * (np.cos(phase) * np.exp(np.sin(phase)) - 2 * np.sin(2 * phase))


X = 3 * np.arange(64) / 64


def test_a_string_at_rest_swings_as_d_alembert_says():
    still = torch.zeros(1, 64, dtype=torch.float64)
    frames = solve_wave(torch.from_numpy(profile(X))[None], still, 1.7, 3.0, Clock(4, 0.37, 1))[0].numpy()
    for frame in range(5):
        way = 1.7 * 0.37 * frame
        np.testing.assert_allclose(frames[frame, 0], (profile(X - way) + profile(X + way)) / 2, atol=1e-12)
        np.testing.assert_allclose(frames[frame, 1], 1.7 * (bend(X + way) - bend(X - way)) / 2, atol=1e-11)


def test_a_string_pushed_as_a_whole_moves_as_a_whole():
    flat = torch.zeros(1, 8, dtype=torch.float64)
    frames = solve_wave(flat, flat + 2, 1.7, 3.0, Clock(1, 0.5, 1))[0]
    torch.testing.assert_close(frames[1], torch.stack((flat[0] + 1, flat[0] + 2)))


def test_the_energy_of_a_string_stays_to_rounding():
    start, push = (torch.from_numpy(values)[None] for values in (profile(X), bend(X)))
    frames = solve_wave(start, push, 1.7, 3.0, Clock(9, 0.2, 1))[0].numpy()
    strain = np.fft.irfft(2j * np.pi / 3 * np.arange(33) * np.fft.rfft(frames[:, 0]), n=64)
    energy = (frames[:, 1] ** 2 + (1.7 * strain) ** 2).mean(1)
    np.testing.assert_allclose(energy, energy[0], rtol=1e-12)
