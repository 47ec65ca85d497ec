"""Laws of the multigrid cycle and its parts."""

import pytest
import torch

from surrogate.errors import SolverError
from surrogate.solvers.black_box_multigrid import BlackBoxCycle, FivePoints, solve_stencil
from surrogate.solvers.darcy import darcy_stencil
from surrogate.solvers.four_colours import Layout
from surrogate.solvers.galerkin import NinePoints, coarsen
from surrogate.solvers.sparse_direct import solve_directly

SIZES = [(8, 8), (7, 9), (13, 6), (1, 5)]


def rough(n, m, batch=1, jump=6.0):
    generator = torch.Generator().manual_seed(n * m)
    return torch.where(torch.rand(batch, n, m, generator=generator, dtype=torch.float64) < 0.5, 1.0, jump).double()


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(7), dtype=torch.float64)


def product(a, b):
    return float((a * b).sum())


def points_of(stencil):
    end = torch.nn.functional.pad
    return NinePoints(stencil.diagonal, end(stencil.x[:, 1:-1], (0, 0, 0, 1)), end(stencil.y[:, :, 1:-1], (0, 1)))


def interpolation(made, n, m):
    """The interpolation as a dense matrix, one column per corner, centres solving their own equation."""
    count, columns, row = made.coarse.diagonal.numel(), [], made.layout.columns
    for corner in range(count):
        colours = torch.zeros(1, 4, count, dtype=torch.float64)
        colours[0, 0, corner] = 1
        for colour, shift, (low, high) in ((2, row, made.along_x), (1, 1, made.along_y)):
            colours[0, colour] += low[0] * colours[0, 0]
            colours[0, colour, : count - shift] += high[0, : count - shift] * colours[0, 0, shift:]
        for link in made.links:
            for own, own_shift, other, shift in (
                (link.first, link.shift, link.second, link.other_shift),
                (link.second, link.other_shift, link.first, link.shift),
            ):
                length = count - max(shift, own_shift)
                if own == 3 and length > 0:
                    taken = link.weight[0, :length] * colours[0, other, shift : shift + length]
                    middle = slice(own_shift, own_shift + length)
                    colours[0, 3, middle] += taken / made.diagonal[0, 3, middle]
        columns.append(made.layout.join(colours).flatten())
    return torch.stack(columns, 1)


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_the_stencil_is_symmetric(n, m):
    stencil, u, v = darcy_stencil(rough(n, m), (0.1, 0.2)), noise(1, n, m), noise(2, n, m)[1:]
    assert product(stencil(u), v) == pytest.approx(product(u, stencil(v)), rel=1e-12)


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_joining_the_colours_undoes_splitting_them(n, m):
    field = noise(3, n, m)
    assert torch.equal(Layout(n, m).join(Layout(n, m).split(field)), field)


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_the_operator_by_colours_is_the_stencil(n, m):
    stencil, u = darcy_stencil(rough(n, m, 2), (0.1, 0.2)), noise(2, n, m)
    cycle = BlackBoxCycle(stencil)
    torch.testing.assert_close(cycle.layout.join(cycle.operator(cycle.layout.split(u))), stencil(u))


@pytest.mark.parametrize(("n", "m"), [(8, 8), (7, 9), (13, 6), (1, 5)])
def test_the_coarser_stencils_are_galerkin_products(n, m):
    stencil = points_of(darcy_stencil(rough(n, m, jump=1e3), (0.1, 0.2)))
    for _ in range(2):
        made = coarsen(stencil)
        carried = interpolation(made, *stencil.diagonal.shape[1:])
        expected = carried.T @ stencil.matrix()[0] @ carried
        torch.testing.assert_close(made.coarse.matrix()[0], expected, rtol=1e-10, atol=1e-10 * float(expected.max()))
        stencil = made.coarse


def test_interpolation_along_layers_is_exact():
    # A constant flux through layers: the pressure falls by 1 / a per length, not linearly.
    a = rough(9, 1, jump=100.0).expand(1, 9, 9)
    pressure = torch.cumsum(1 / a, 1) - 1 / (2 * a)
    made = coarsen(points_of(darcy_stencil(a, (1.0, 1.0))))
    low, high = (weight.reshape(5, 5)[:4] for weight in (made.along_x[0][0], made.along_x[1][0]))
    torch.testing.assert_close(low * pressure[0, :-1:2, ::2] + high * pressure[0, 2::2, ::2], pressure[0, 1::2, ::2])


@pytest.mark.parametrize(("n", "m"), [*SIZES, (40, 33)])
def test_the_cycle_is_symmetric_and_positive(n, m):
    cycle = BlackBoxCycle(darcy_stencil(rough(n, m), (0.1, 0.1)))
    u, v = cycle.layout.split(noise(1, n, m)), cycle.layout.split(noise(2, n, m)[1:])
    size = product(cycle(u), u) ** 0.5 * product(cycle(v), v) ** 0.5
    assert product(cycle(u), v) == pytest.approx(product(u, cycle(v)), abs=1e-5 * size)
    assert product(cycle(u), u) > 0


@pytest.mark.parametrize("n", [31, 32, 33, 64, 127])
@pytest.mark.parametrize("jump", [1.0, 1e6])
def test_one_cycle_leaves_little_of_any_error(n, jump):
    middle = torch.arange(n).sub(n / 2).abs() < n / 5
    a = torch.where(middle[:, None] & middle, jump, 1.0)[None].double()
    stencil = darcy_stencil(a, (1 / n, 1 / n))
    cycle = BlackBoxCycle(stencil)
    error, factor = noise(1, n, n), 1.0
    for _ in range(8):
        reduced = error - cycle.layout.join(cycle(cycle.layout.split(stencil(error))))
        factor = (product(reduced, stencil(reduced)) / product(error, stencil(error))) ** 0.5
        error = reduced
    assert factor < 0.35


def test_a_batch_is_a_row_of_single_systems():
    a, right = rough(21, 24, batch=3), noise(3, 21, 24)
    together = BlackBoxCycle(darcy_stencil(a, (0.1, 0.1)))
    expected = together.layout.join(together(together.layout.split(right)))
    for i in range(3):
        alone = BlackBoxCycle(darcy_stencil(a[i : i + 1], (0.1, 0.1)))
        assert torch.equal(alone.layout.join(alone(alone.layout.split(right[i : i + 1])))[0], expected[i])


@pytest.mark.parametrize(("n", "m"), [(6, 6), (5, 9), (1, 5)])
def test_the_direct_solver_inverts_the_stencil(n, m):
    stencil, right = darcy_stencil(rough(n, m), (0.1, 0.1)), noise(1, n, m)
    parts = (stencil.diagonal, stencil.x[:, 1:-1], stencil.y[:, :, 1:-1], right)
    solution = torch.from_numpy(solve_directly(*(part[0].numpy() for part in parts)))
    torch.testing.assert_close(stencil(solution[None]), right)


def test_from_faces_sums_the_faces_of_a_cell():
    stencil = FivePoints.from_faces(torch.tensor([[[1.0], [2.0]]]), torch.tensor([[[4.0, 8.0]]]))
    assert stencil.diagonal.tolist() == [[[15.0]]]


def test_a_box_without_an_outlet_is_refused():
    x, y = (torch.ones(shape, dtype=torch.float64) for shape in ((1, 5, 4), (1, 4, 5)))
    x[:, [0, -1]] = y[:, :, [0, -1]] = 0
    with pytest.raises(SolverError):
        solve_stencil(FivePoints.from_faces(x, y), torch.ones(1, 4, 4, dtype=torch.float64), 1e-8)
