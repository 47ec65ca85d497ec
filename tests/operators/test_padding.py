"""Ghost values and the stencils that read them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from surrogate.operators.padding import convolve, interpolate, pad, padding_rules, uniform_rules
from surrogate.spaces import Boundary, Grid


def rules_of(condition, placement, dimensions=1):
    grid = Grid.box((8,) * dimensions, placement)
    return padding_rules(grid, Boundary.uniform(condition, dimensions))


@pytest.mark.parametrize(
    ("condition", "placement", "function"),
    [
        ("neumann", "nodes", lambda x: np.cos(3 * np.pi * x)),
        ("neumann", "cells", lambda x: np.cos(3 * np.pi * x)),
        ("periodic", "left", lambda x: np.sin(2 * np.pi * x) + np.cos(6 * np.pi * x)),
    ],
)
def test_ghost_values_continue_a_function_that_satisfies_the_boundary_condition(condition, placement, function):
    grid = Grid.box((9,), placement)
    (x,), (h,) = grid.coordinates(), grid.spacing
    beyond = np.concatenate([[x[0] - h], x, [x[-1] + h]])
    field = torch.from_numpy(function(x))[None, None]
    padded = pad(field, [(1, 1)], rules_of(condition, placement))
    torch.testing.assert_close(padded[0, 0], torch.from_numpy(function(beyond)))


def test_ghost_values_of_a_dirichlet_side_are_zero():
    padded = pad(torch.ones(1, 1, 4), [(1, 2)], rules_of("dirichlet", "nodes"))
    assert padded[0, 0].tolist() == [0, 1, 1, 1, 1, 0, 0]


def test_only_the_side_with_a_node_on_it_is_reflected_where_the_right_end_is_absent():
    assert rules_of("neumann", "left") == (("reflect", "replicate"),)


@pytest.mark.parametrize("condition", ["robin", "open"])
@pytest.mark.parametrize("placement", ["cells", "nodes", "left"])
def test_a_side_of_mixed_or_no_condition_is_continued_like_one_without_flux(condition, placement):
    assert rules_of(condition, placement) == rules_of("neumann", placement)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize(("rule", "mode"), [("circular", "circular"), ("reflect", "reflect"), ("zeros", "constant")])
def test_one_rule_on_every_side_agrees_with_torch(rule, mode, dimensions):
    field = torch.randn(2, 3, *(5, 6, 7)[:dimensions])
    ours = pad(field, [(2, 1)] * dimensions, uniform_rules(rule, dimensions))
    assert torch.equal(ours, F.pad(field, (2, 1) * dimensions, mode=mode))


def test_every_side_follows_its_own_rule_and_corners_follow_both():
    x, y = torch.randn(5), torch.randn(6)
    rules = (("zeros", "reflect"), ("circular", "circular"))
    widths = [(1, 2), (2, 1)]
    padded = pad((x[:, None] * y)[None, None], widths, rules)
    along_x = pad(x[None, None], widths[:1], rules[:1])[0, 0]
    along_y = pad(y[None, None], widths[1:], rules[1:])[0, 0]
    torch.testing.assert_close(padded[0, 0], along_x[:, None] * along_y)


def test_padding_keeps_the_channels_last_layout():
    field = torch.randn(2, 4, 6, 6).contiguous(memory_format=torch.channels_last)
    for rule in ("zeros", "reflect", "replicate", "circular"):
        assert pad(field, [(1, 1)] * 2, uniform_rules(rule, 2)).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("channels", [(1, 3), (3, 1), (3, 2)])
@pytest.mark.parametrize("rule", ["zeros", "reflect"])
def test_whatever_their_layout_fields_come_out_channels_last(channels, rule):
    """Their sum then is one pass over memory, and the next convolution copies nothing."""
    before, after = channels
    rules = uniform_rules(rule, 2)
    field = torch.randn(2, before, 6, 8)
    for result in (
        convolve(field, torch.randn(after, before, 3, 3), None, 1, rules),
        convolve(field, torch.randn(after, before, 1, 1), torch.randn(after), 1, None),
        interpolate(field, torch.randn(before, after, 4, 4), (12, 16), rules, offset=1),
    ):
        assert result.movedim(1, -1).is_contiguous()


@pytest.mark.parametrize("points", [(7,), (5, 6), (3, 4, 5)])
def test_a_stencil_of_one_point_is_a_convolution_with_its_gradients(points):
    ones = (1,) * len(points)
    tensors = torch.randn(2, 3, *points), torch.randn(4, 3, *ones), torch.randn(4)
    field, weight, bias = (tensor.double().requires_grad_() for tensor in tensors)
    torch_one = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}[len(points)](field, weight, bias)
    ours = convolve(field, weight, bias, 1, None)
    torch.testing.assert_close(ours, torch_one, rtol=0, atol=1e-12)
    slope = torch.randn_like(ours)
    wanted = torch.autograd.grad(torch_one, (field, weight, bias), slope)
    gradients = torch.autograd.grad(ours, (field, weight, bias), slope)
    torch.testing.assert_close(gradients, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize(("rule", "n"), [("reflect", 2), ("circular", 3)])
def test_an_axis_too_short_for_its_rule_is_refused(rule, n):
    with pytest.raises(ValueError, match=f"axis of {n} points"):
        pad(torch.ones(1, 1, n), [(2, 2)], uniform_rules(rule, 1))


def test_a_convolution_with_zeros_is_one_with_zero_ghosts():
    field, weight = torch.randn(2, 3, 7, 6), torch.randn(4, 3, 3, 3)
    padded = F.conv2d(F.pad(field, (1, 1, 1, 1)), weight, stride=2)
    torch.testing.assert_close(convolve(field, weight, None, 2, uniform_rules("zeros", 2)), padded)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("rule", ["zeros", "circular", "replicate"])
def test_interpolation_is_the_transpose_of_restriction_away_from_the_boundary(rule, dimensions):
    fine, coarse = (12,) * dimensions, (6,) * dimensions
    weight = torch.randn(2, 3, *(3,) * dimensions, dtype=torch.float64)
    rules = uniform_rules(rule, dimensions)
    inside = (slice(None), slice(None), *(slice(4, 8),) * dimensions)
    field = torch.zeros(1, 3, *fine, dtype=torch.float64)
    field[inside] = torch.randn(field[inside].shape, dtype=torch.float64)
    other = torch.randn(1, 2, *coarse, dtype=torch.float64)
    down = convolve(field, weight, None, 2, rules)
    up = interpolate(other, weight, fine, rules, offset=1)
    torch.testing.assert_close((down * other).sum(), (field * up).sum())


@pytest.mark.parametrize(("condition", "placement"), [("periodic", "left"), ("neumann", "cells"), ("neumann", "nodes")])
@pytest.mark.parametrize("n", [15, 16])
def test_interpolation_carries_a_constant_to_every_fine_point(condition, placement, n):
    weight = torch.tensor([0.5, 1, 0.5])[None, None]
    coarse = torch.full((1, 1, 8), 3.0)
    fine = interpolate(coarse, weight, (n,), rules_of(condition, placement), offset=1)
    assert fine.tolist() == [[[3.0] * n]]


@pytest.mark.parametrize("rule", ["zeros", "circular", "replicate"])
@pytest.mark.parametrize("offset", [0, 1])
def test_stencils_of_3_and_4_points_mean_the_same_on_grids_of_either_parity(rule, offset):
    coarse = torch.randn(1, 1, 8)
    three, four = torch.tensor([[[0.5, 1, 0.5]]]), torch.tensor([[[0.5, 1, 0.5, 0]]])
    for n in (17 - 2 * offset, 18 - 2 * offset):
        rules = uniform_rules(rule, 1)
        a, b = (interpolate(coarse, weight, (n,), rules, offset) for weight in (three, four))
        assert a.shape[2] == n
        torch.testing.assert_close(a, b)


def test_a_fine_grid_out_of_reach_of_the_coarse_one_is_refused():
    with pytest.raises(ValueError, match="cannot be interpolated"):
        interpolate(torch.ones(1, 1, 4), torch.ones(1, 1, 3), (12,), uniform_rules("zeros", 1), offset=1)
