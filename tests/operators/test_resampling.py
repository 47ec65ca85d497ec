"""Fields on other grids: what is kept, what is exact, and at which order."""

import math

import pytest
import torch

from surrogate.operators.resampling import double, doubled, halved, interleaved, resample
from surrogate.spaces import Grid

CLOSED, OPEN = (True,), (False,)


def sampled(function, grid):
    """Return the means over cells, or the values at points, of ``function``: the integral's rule is exact enough."""
    x, h = torch.from_numpy(grid.coordinates()[0]), grid.spacing[0]
    if grid.placement[0] != "cells":
        return function(x)[None, None]
    places = [x + h / 2 * node for node in (-math.sqrt(0.6), 0.0, math.sqrt(0.6))]
    return sum(weight * function(at) for weight, at in zip((5 / 18, 8 / 18, 5 / 18), places, strict=True))[None, None]


@pytest.mark.parametrize(("old", "new"), [(12, 6), (12, 24), (12, 8), (8, 12), (7, 15)])
def test_means_over_cells_keep_the_integral(old, new):
    field = torch.randn(2, 3, old, dtype=torch.float64)
    other = resample(field, Grid.box((new,), "cells"), OPEN)
    torch.testing.assert_close(other.mean(-1), field.mean(-1))


def test_cells_cut_finer_and_averaged_back_are_the_same():
    field = torch.randn(2, 3, 12, 8, dtype=torch.float64)
    fine = resample(field, Grid.box((36, 24), "cells"), (False, False))
    torch.testing.assert_close(resample(fine, Grid.box((12, 8), "cells"), (False, False)), field)


@pytest.mark.parametrize(("where", "closed"), [("nodes", OPEN), ("left", OPEN), ("left", CLOSED)])
def test_shared_points_keep_their_values(where, closed):
    grid = Grid.box((9,), where)
    field = torch.randn(2, 3, 9)
    fine = resample(field, grid.resized(doubled((9,), (where,))), closed)
    torch.testing.assert_close(fine[..., ::2], field)
    torch.testing.assert_close(resample(fine, grid, closed), field)


def test_lines_between_points_are_exact_up_to_both_ends():
    grid = Grid.box((9,), "left")
    torch.testing.assert_close(
        resample(sampled(lambda x: 2 * x - 1, grid), grid.resized((24,)), OPEN),
        sampled(lambda x: 2 * x - 1, grid.resized((24,))),
    )


@pytest.mark.parametrize("where", ["cells", "nodes", "left"])
def test_halving_the_spacing_is_exact_for_parabolas(where):
    grid = Grid.box((8,), where)
    fine = grid.resized(doubled((8,), (where,)))
    refined = double(sampled(lambda x: 3 * x**2 - x + 2, grid), grid, OPEN)
    torch.testing.assert_close(refined, sampled(lambda x: 3 * x**2 - x + 2, fine))


@pytest.mark.parametrize("where", ["cells", "left"])
def test_halving_the_spacing_has_order_four_on_a_circle(where):
    def wave(x):
        return torch.sin(2 * torch.pi * x)

    errors = []
    for n in (16, 32):
        grid = Grid.box((n,), where)
        errors.append((double(sampled(wave, grid), grid, CLOSED) - sampled(wave, grid.resized((2 * n,)))).abs().max())
    assert math.log2(errors[0] / errors[1]) > 3.8


def test_the_halves_of_a_cell_have_its_mean():
    field = torch.randn(2, 3, 8, 6, dtype=torch.float64)
    fine = double(field, Grid.box((8, 6), "cells"), (False, True))
    torch.testing.assert_close(resample(fine, Grid.box((8, 6), "cells"), (False, True)), field)


@pytest.mark.parametrize(
    ("where", "n", "half"), [("cells", 64, 32), ("cells", 101, 50), ("nodes", 65, 33), ("nodes", 64, 32)]
)
def test_half_a_grid_doubled_is_at_most_the_grid(where, n, half):
    assert halved((n,), (where,)) == (half,)
    assert n - 1 <= doubled((half,), (where,))[0] <= n


def test_interleaved_fields_hold_every_cell_once_and_their_mean_is_that_of_the_cells():
    field = torch.arange(48.0).reshape(1, 1, 8, 6)
    parts = interleaved(field, ("cells", "cells"))
    assert [part.shape for part in parts] == [(1, 1, 4, 3)] * 4
    assert torch.cat(parts).unique().numel() == 48
    torch.testing.assert_close(torch.stack(parts).mean(0), resample(field, Grid.box((4, 3), "cells"), (False, False)))


@pytest.mark.parametrize("where", ["nodes", "left"])
def test_of_nodes_those_shared_are_the_only_choice(where):
    fine = Grid.box(doubled((5,), (where,)), where)
    field = torch.randn(1, 1, *fine.points)
    (part,) = interleaved(field, fine.placement)
    torch.testing.assert_close(part, resample(field, fine.resized((5,)), OPEN))
