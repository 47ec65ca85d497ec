"""Laws of the Gray-Scott data."""

import numpy as np
import torch


def test_the_start_is_the_same_heaps_on_every_grid(recipe):
    settings = recipe("gray_scott").equation
    drawn = [settings.on((n,), "step").draw(0, "train", [4]) for n in (32, 64)]
    np.testing.assert_allclose(drawn[1][..., ::2, ::2], drawn[0], atol=1e-6)


def test_the_start_is_food_with_a_few_heaps(recipe):
    settings = recipe("gray_scott").equation
    equation = settings.on((64,), "step")
    a, b = equation.draw(0, "train", range(8)).transpose(1, 0, 2, 3)
    np.testing.assert_allclose(a, 1 - 2 * b, atol=1e-12)
    assert 0.24 < b.max() < 0.26
    assert np.median(b) < 0.01


def test_without_the_second_substance_the_first_returns_to_what_is_fed(recipe):
    settings = recipe("gray_scott", frames=2, horizon=25.0, resolution=4).equation
    equation = settings.on((8,), "step")
    start = torch.stack((torch.full((8, 8), 0.5), torch.zeros(8, 8)))[None].double()
    end = equation.solve(start).states[0, 1, 0]
    exact = torch.full((8, 8), 1 - 0.5 * np.exp(-settings.feed * 25.0), dtype=torch.float64)
    torch.testing.assert_close(end, exact, rtol=0, atol=1e-12)
