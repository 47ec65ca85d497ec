"""The learned V-cycle: a linear operator, and with classical stencils a multigrid solver."""

import pytest
import torch

from surrogate.operators.padding import convolve, uniform_rules
from surrogate.operators.v_cycle import CycleShape, VCycle, level_points

GRIDS = [(37,), (16, 16), (13, 22), (8, 9, 6)]


def cycle(pre=(1, 1, 2), post=(0, 1, 0), restrict="data", coarse_init="restrict", transfers="padded"):
    return CycleShape(pre, post, restrict, coarse_init, transfers)


def operator(points, rule="zeros", channels=(2, 3), shape=None):
    return VCycle(*channels, points, uniform_rules(rule, len(points)), shape or cycle()).double()


@pytest.mark.parametrize("points", GRIDS)
@pytest.mark.parametrize("rule", ["zeros", "circular", "reflect", "replicate"])
@pytest.mark.parametrize("restrict", ["data", "residual"])
@pytest.mark.parametrize("coarse_init", ["restrict", "zero"])
def test_the_cycle_is_linear_in_its_input(points, rule, restrict, coarse_init):
    solve = operator(points, rule, shape=cycle((1, 2), (1, 0), restrict, coarse_init))
    a, b = torch.randn(2, 3, 2, *points, dtype=torch.float64)
    torch.testing.assert_close(solve(2 * a - 3 * b), 2 * solve(a) - 3 * solve(b))


@pytest.mark.parametrize("rule", ["zeros", "circular", "reflect", "replicate"])
@pytest.mark.parametrize("points", [(9,), (6, 5)])
def test_gradients_of_field_and_stencils_are_those_of_differences(points, rule):
    solve = operator(points, rule, channels=(1, 2), shape=cycle((1, 2), (1, 0), "residual"))
    field = torch.randn(1, 1, *points, dtype=torch.float64, requires_grad=True)
    names, stencils = zip(*solve.named_parameters(), strict=True)

    def applied(field, *stencils):
        return torch.func.functional_call(solve, dict(zip(names, stencils, strict=True)), (field,))

    assert torch.autograd.gradcheck(applied, (field, *stencils), fast_mode=True)


@pytest.mark.slow
def test_the_compiled_cycle_is_the_same_map():
    solve = operator((13, 22))
    field = torch.randn(2, 2, 13, 22, dtype=torch.float64)
    compiled = torch.compile(solve, backend="aot_eager")
    torch.testing.assert_close(compiled(field), solve(field), rtol=0, atol=1e-12)


@pytest.mark.parametrize("transfers", ["padded", "unpadded"])
@pytest.mark.parametrize("points", GRIDS)
def test_any_grid_comes_back_in_its_size(points, transfers):
    solve = operator(points, shape=cycle((1, 1), (0, 0), transfers=transfers))
    assert solve(torch.ones(1, 2, *points, dtype=torch.float64)).shape == (1, 3, *points)


@pytest.mark.parametrize("points", [(24,), (16, 24)])
def test_a_periodic_cycle_commutes_with_shifts_by_a_coarsest_cell(points):
    solve = operator(points, "circular")
    field = torch.randn(2, 2, *points, dtype=torch.float64)
    axes = tuple(range(2, field.ndim))
    shifts = (4, 8)[: len(points)]
    torch.testing.assert_close(solve(field.roll(shifts, axes)), solve(field).roll(shifts, axes))


@pytest.mark.parametrize("corner", [0, -1])
def test_every_point_reaches_the_whole_grid(corner):
    solve = operator((32, 32), channels=(1, 1), shape=cycle((1, 1, 1, 2), (0, 0, 0, 0)))
    impulse = torch.zeros(1, 1, 32, 32, dtype=torch.float64)
    impulse[0, 0, corner, corner] = 1
    assert (solve(impulse) != 0).all()


@pytest.mark.parametrize(
    ("n", "transfers", "sizes", "kernels"),
    [
        (211, "padded", (211, 106, 53, 27, 14, 7), (3, 4, 3, 3, 4)),
        (101, "unpadded", (101, 50, 24, 11, 5), (3, 4, 4, 3)),
        (64, "padded", (64, 32, 16, 8, 4), (4, 4, 4, 4)),
    ],
)
def test_interpolation_stencils_follow_the_parity_of_the_fine_grid(n, transfers, sizes, kernels):
    """Sizes and stencils are those of the published networks for 211 and 101 points."""
    shape = cycle((1,) * len(sizes), (0,) * len(sizes), transfers=transfers)
    solve = operator((n, n), channels=(1, 1), shape=shape)
    assert level_points((n, n), solve.rules, shape) == tuple((size, size) for size in sizes)
    assert [tuple(t.interpolation.weight.shape[2:]) for t in solve.transfers] == [(k, k) for k in kernels]


def test_each_axis_has_its_own_parity():
    assert operator((13, 22)).transfers[0].interpolation.weight.shape[2:] == (3, 4)


@pytest.mark.parametrize(("channels_in", "channels_out"), [(1, 24), (24, 24), (3, 5)])
def test_the_parameters_are_counted_by_the_closed_form(channels_in, channels_out):
    f, u, levels, steps = channels_in, channels_out, 5, 8
    solve = operator((64, 64), channels=(f, u), shape=cycle((1, 1, 1, 1, 2), (0, 0, 1, 1, 0)))
    expected = 9 * u * f * (2 * steps - 1) + (levels - 1) * (9 * u**2 + 9 * f**2 + 16 * u**2)
    assert sum(p.numel() for p in solve.parameters()) == expected


@pytest.mark.parametrize("points", [(17, 16), (32, 32), (33, 31)])
def test_a_cycle_made_for_one_grid_acts_on_others(points):
    solve = operator((16, 16), "circular")
    assert solve(torch.ones(1, 2, *points, dtype=torch.float64)).shape == (1, 3, *points)


def test_a_grid_too_coarse_for_the_levels_is_refused():
    with pytest.raises(ValueError, match="too coarse for 3 levels"):
        operator((16, 16), "reflect")(torch.ones(1, 2, 4, 16, dtype=torch.float64))


@pytest.mark.parametrize(("pre", "post"), [((1, 1), (0,)), ((1, 0), (0, 0)), ((), ())])
def test_a_cycle_without_smoothing_or_of_two_lengths_is_refused(pre, post):
    with pytest.raises(ValueError, match="smoothing"):
        cycle(pre, post)


def solver(n, rule, transfers):
    """Return the V-cycle for the five-point Laplacian on n x n points, and the stencil of that Laplacian.

    V(2,2) with damped Jacobi 4/5; on the coarsest grid, 4 x 4 periodic or 3 x 3 interior nodes, 20 sweeps.
    """
    levels = n.bit_length() - (2 if rule == "circular" else 1)
    h = 1 / (n if rule == "circular" else n + 1)
    pre, post = (2,) * (levels - 1) + (20,), (2,) * (levels - 1) + (0,)
    solve = operator((n, n), rule, (1, 1), CycleShape(pre, post, "residual", "zero", transfers))
    laplacian = torch.tensor([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], dtype=torch.float64)
    here = torch.zeros(3, 3, dtype=torch.float64)
    here[1, 1] = 1
    weighting = torch.tensor([1, 2, 1], dtype=torch.float64) / 4
    linear = torch.tensor([0.5, 1, 0.5, 0][: 4 if n % 2 == 0 else 3], dtype=torch.float64)
    with torch.no_grad():
        for depth in range(levels):
            spacing = h * 2**depth
            for step in (*solve.before[depth], *solve.after[depth]):
                step.smoother.weight.copy_(4 / 5 * spacing**2 / 4 * here)
                if step.operator is not None:
                    step.operator.weight.copy_(laplacian / spacing**2)
        for depth, transfer in enumerate(solve.transfers):
            transfer.operator.weight.copy_(laplacian / (h * 2**depth) ** 2)
            transfer.restrict_data.weight.copy_(weighting[:, None] * weighting)
            transfer.interpolation.weight.copy_(linear[:, None] * linear)
    return solve, laplacian[None, None] / h**2


def error_ratio(n, rule, transfers):
    """Return the geometric mean of the ratios of successive errors over cycles 3 to 12, the solution being zero."""
    solve, laplacian = solver(n, rule, transfers)
    error = torch.randn(1, 1, n, n, dtype=torch.float64)
    if rule == "circular":
        error -= error.mean()
    lengths = []
    with torch.no_grad():
        for _ in range(12):
            error = error + solve(-convolve(error, laplacian, None, 1, solve.rules))
            lengths.append(torch.linalg.vector_norm(error))
    return float(lengths[11] / lengths[1]) ** (1 / 10)


@pytest.mark.parametrize(
    ("rule", "transfers", "sizes"),
    [("circular", "padded", (32, 64, 128, 256)), ("zeros", "unpadded", (31, 63, 127, 255))],
)
def test_with_classical_stencils_the_learned_cycle_is_a_multigrid_solver(rule, transfers, sizes):
    """The error of -Laplace u = 0 falls below a fifth with every V(2,2) cycle, at the same rate on every grid."""
    ratios = [error_ratio(n, rule, transfers) for n in sizes]
    assert max(ratios) < 0.2
    assert max(ratios) < 1.2 * min(ratios)
