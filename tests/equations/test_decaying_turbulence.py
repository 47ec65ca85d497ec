"""Laws of the decaying turbulence data."""

import numpy as np
import pytest
import torch


def test_the_energy_of_the_start_is_the_one_set_on_the_mean(recipe):
    settings = recipe("decaying_turbulence", resolution=256).equation
    equation = settings.on((64,), "step")
    start = equation.draw(0, "train", range(60))[:, 0]
    k = np.fft.fftfreq(64, 1 / 64)
    square = np.add.outer(k**2, k**2)
    power = np.abs(np.fft.fft2(start, norm="forward")) ** 2
    energy = (power[:, square > 0] / square[square > 0] / 2).sum(1).mean()
    assert energy == pytest.approx(0.5, rel=0.05)


def test_a_start_on_more_points_is_the_same_flow_and_higher_waves(recipe):
    settings = recipe("decaying_turbulence", resolution=256).equation
    coarse, fine = (settings.on((n,), "step").draw(0, "train", [3]) for n in (32, 64))
    low = np.fft.rfft2(fine, norm="forward")[..., :16]
    np.testing.assert_allclose(low[..., :16, :], np.fft.rfft2(coarse, norm="forward")[..., :16, :16], atol=1e-12)


def test_enstrophy_only_decays(recipe, solved):
    config = recipe("decaying_turbulence", viscosity=0.05, horizon=1.0, frames=3, resolution=64, tolerance=0.1)
    equation = config.equation.on((64,), "step")
    enstrophy = solved(equation, 0, "train", [0, 1])[1].states.square().mean((2, 3, 4))
    assert bool((torch.diff(enstrophy, dim=1) < 0).all())
