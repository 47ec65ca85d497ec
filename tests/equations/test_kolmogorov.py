"""Laws of the Kolmogorov flow data."""

import numpy as np
import torch


def test_the_sine_of_shear_that_friction_balances_stays(recipe):
    config = recipe("kolmogorov", horizon=1.0, frames=2, resolution=32, reynolds=10.0)
    equation = config.equation.on((32,), "step")
    laminar = -10 / 4 * torch.cos(4 * torch.from_numpy(equation.grid.coordinates()[1])).expand(1, 1, 32, 32)
    states = equation.solve(laminar).states
    torch.testing.assert_close(states[:, 1], laminar, rtol=0, atol=1e-12)


def test_a_start_is_the_same_flow_on_any_grid(recipe):
    settings = recipe("kolmogorov", spin_up=0.5).equation
    coarse, fine = (settings.on((n,), "step").draw(0, "train", [3]) for n in (64, 128))
    np.testing.assert_allclose(fine[..., ::2, ::2], coarse, atol=1e-12)


def test_a_longer_spin_up_starts_later_on_the_same_path(recipe):
    short, long = (recipe("kolmogorov", spin_up=time).equation.on((64,), "step") for time in (0.5, 1.0))
    start, later = (torch.from_numpy(each.draw(0, "train", [0])) for each in (short, long))
    states = short.model_copy(update={"horizon": 0.5, "frames": 5}).solve(start).states
    assert float((states[:, -1] - later).norm()) < 0.01 * float(later.norm())
