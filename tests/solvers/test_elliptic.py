"""Laws of steady diffusion with any condition on each side."""

import numpy as np
import pytest
import torch

from surrogate.solvers.elliptic import Side, diffusion, diffusion_residual, solve_diffusion

DIRICHLET, NEUMANN, ROBIN, PERIODIC = (Side("dirichlet"), Side("neumann"), Side("robin", 1.5), Side("periodic"))
NORMALS = (-1.0, 1.0, -1.0, 1.0)
MIXES = {
    "dirichlet": (DIRICHLET,) * 4,
    "neumann": (NEUMANN,) * 4,
    "robin": (ROBIN,) * 4,
    "three kinds": (DIRICHLET, NEUMANN, ROBIN, DIRICHLET),
    "walls": (NEUMANN, DIRICHLET, NEUMANN, ROBIN),
}


@pytest.fixture(autouse=True)
def one_thread():
    """The number of threads decides the last bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def centres(n):
    return (torch.arange(n).double() + 0.5) / n


def grid(n, m):
    return torch.meshgrid(centres(n), centres(m), indexing="ij")


def walls(n, m):
    """Return the coordinates of the faces on each side."""
    x, y = centres(n), centres(m)
    zeros, ones = torch.zeros(m).double(), torch.ones(m).double()
    return (zeros, y), (ones, y), (x, torch.zeros(n).double()), (x, torch.ones(n).double())


def values(n, m, sides, solution, gradient, coefficient):
    """Return what a solution gives on each side."""
    given = []
    for axis, (side, normal, (x, y)) in enumerate(zip(sides, NORMALS, walls(n, m), strict=True)):
        flux = coefficient(x, y) * gradient(x, y)[axis // 2] * normal
        given.append(solution(x, y) if side.condition == "dirichlet" else flux + side.exchange * solution(x, y))
    return tuple(value[None] for value in given)


def manufactured_error(n, sides, screening=0.0):
    """Return the error for u = sin(pi x) cos(pi y) + x y, a = exp(x y / 2), relative in L2."""
    pi, m = torch.pi, n + n // 4

    def solution(x, y):
        return torch.sin(pi * x) * torch.cos(pi * y) + x * y

    def coefficient(x, y):
        return torch.exp(x * y / 2)

    def gradient(x, y):
        return pi * torch.cos(pi * x) * torch.cos(pi * y) + y, -pi * torch.sin(pi * x) * torch.sin(pi * y) + x

    x, y = grid(n, m)
    a, exact, (along_x, along_y) = coefficient(x, y), solution(x, y), gradient(x, y)
    waves = torch.sin(pi * x) * torch.cos(pi * y)
    forcing = a * (2 * pi**2 * waves - y / 2 * along_x - x / 2 * along_y) + screening * exact
    given = values(n, m, sides, solution, gradient, coefficient)
    potential, _, _ = solve_diffusion(
        a[None], forcing[None], given, sides, (1 / n, 1 / m), screening=screening, tolerance=1e-11
    )
    if sides == MIXES["neumann"]:
        exact = exact - exact.mean()
    return float((potential[0] - exact).norm() / exact.norm())


def sample(sides, n=14, m=18, batch=2, screening=0.0, tolerance=1e-12):
    """Return coefficients, forcings and values of a few problems, and their solutions."""
    generator = torch.Generator().manual_seed(2)
    a = torch.rand(batch, n, m, generator=generator, dtype=torch.float64) + 0.5
    forcing = torch.randn(batch, n, m, generator=generator, dtype=torch.float64)
    given = tuple(torch.randn(batch, p, generator=generator, dtype=torch.float64) for p in (m, m, n, n))
    spacing = (1 / n, 1 / m)
    solution, _, _ = solve_diffusion(a, forcing, given, sides, spacing, screening=screening, tolerance=tolerance)
    return a, forcing, given, spacing, solution


@pytest.mark.parametrize("mix", MIXES)
def test_halving_the_cells_quarters_the_error_whatever_the_sides(mix):
    errors = [manufactured_error(n, MIXES[mix]) for n in (8, 16, 32, 64)]
    assert min(np.log2(errors[:-1]) - np.log2(errors[1:])) > 1.8


def test_halving_the_cells_quarters_the_error_with_screening():
    errors = [manufactured_error(n, MIXES["three kinds"], screening=7.0) for n in (8, 16, 32, 64)]
    assert min(np.log2(errors[:-1]) - np.log2(errors[1:])) > 1.8


def test_halving_the_cells_quarters_the_error_on_periodic_axes():
    errors = []
    for n in (8, 16, 32, 64):
        x, y = (2 * torch.pi * one for one in grid(n, n))
        a, exact = 1.5 + torch.sin(x), torch.cos(x + y)
        forcing = 4 * torch.pi**2 * (2 * a * exact + torch.cos(x) * torch.sin(x + y))
        zero = torch.zeros(1, n).double()
        sides = (PERIODIC,) * 4
        solution, _, _ = solve_diffusion(
            a[None], forcing[None], (zero,) * 4, sides, (1 / n, 1 / n), screening=0.0, tolerance=1e-11
        )
        errors.append(float((solution[0] - exact).norm() / exact.norm()))
    assert min(np.log2(errors[:-1]) - np.log2(errors[1:])) > 1.8


@pytest.mark.parametrize("mix", MIXES)
def test_what_flows_in_flows_out_through_the_walls(mix):
    sides = MIXES[mix]
    a, forcing, given, spacing, solution = sample(sides)
    operator = diffusion(a, sides, spacing, 0.0)
    ends = [solution[:, 0], solution[:, -1], solution[:, :, 0], solution[:, :, -1]]
    faces = [operator.x[:, 0], operator.x[:, -1], operator.y[:, :, 0], operator.y[:, :, -1]]
    out = sum(
        (face * end - weight * value).sum(1)
        for face, end, weight, value in zip(faces, ends, operator.weights, given, strict=True)
    )
    source = forcing.sum((1, 2)) * spacing[0] * spacing[1]
    if mix == "neumann":  # the mean of what flows in is subtracted
        source = -sum((weight * value).sum(1) for weight, value in zip(operator.weights, given, strict=True))
    torch.testing.assert_close(out, source, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("mix", MIXES)
def test_reversing_and_exchanging_axes_does_so_to_the_solution(mix):
    west, east, south, north = sides = MIXES[mix]
    a, forcing, (left, right, bottom, top), (h, k), solution = sample(sides)

    def again(change, given, around, spacing):
        return solve_diffusion(
            change(a), change(forcing), given, around, spacing, screening=0.0, tolerance=1e-12
        )[0]  # fmt: skip

    reversed_x = again(
        lambda f: f.flip(1), (right, left, bottom.flip(1), top.flip(1)), (east, west, south, north), (h, k)
    )
    exchanged = again(lambda f: f.mT.contiguous(), (bottom, top, left, right), (south, north, west, east), (k, h))
    scale = float(solution.abs().max())
    torch.testing.assert_close(reversed_x.flip(1), solution, rtol=0, atol=1e-11 * scale)
    torch.testing.assert_close(exchanged.mT, solution, rtol=0, atol=1e-11 * scale)


def test_shifting_a_periodic_problem_shifts_the_solution():
    a, forcing, given, spacing, solution = sample((PERIODIC,) * 4)
    shifted, _, _ = solve_diffusion(
        a.roll(5, 1), forcing.roll(5, 1), given, (PERIODIC,) * 4, spacing, screening=0.0, tolerance=1e-12
    )
    torch.testing.assert_close(shifted, solution.roll(5, 1), rtol=0, atol=1e-11 * float(solution.abs().max()))


def test_layers_across_the_flow_are_exact():
    a = torch.tensor([1.0, 1.0, 8.0, 8.0, 8.0, 0.1, 0.1, 3.0]).double()[None, :, None].repeat(1, 1, 5)
    zero, one = torch.zeros(1, 8).double(), torch.ones(1, 5).double()
    sides = (DIRICHLET, DIRICHLET, NEUMANN, NEUMANN)
    solution, _, _ = solve_diffusion(
        a, 0 * a, (one, 0 * one, zero, zero), sides, (1 / 8, 1 / 5), screening=0.0, tolerance=1e-13
    )
    resistance = 1 / a[0, :, 0]
    before = torch.cumsum(resistance, 0) - resistance / 2
    torch.testing.assert_close(solution[0], (1 - before / resistance.sum())[:, None].expand(8, 5), rtol=0, atol=1e-12)


def test_a_robin_wall_is_a_resistance():
    one = torch.ones(1, 6).double()
    sides = (DIRICHLET, Side("robin", 4.0), NEUMANN, NEUMANN)
    a = torch.full((1, 6, 6), 2.0).double()
    solution, _, _ = solve_diffusion(
        a, 0 * a, (one, 0 * one, 0 * one, 0 * one), sides, (1 / 6, 1 / 6), screening=0.0, tolerance=1e-13
    )
    flux = 1 / (1 / 2 + 1 / 4)  # through a unit length of conductivity 2, then an exchange of 4
    torch.testing.assert_close(solution[0, :, 0], 1 - flux * centres(6) / 2, rtol=0, atol=1e-12)


@pytest.mark.parametrize("mix", [*MIXES, "periodic"])
def test_a_constant_coefficient_needs_one_iteration(mix):
    sides = MIXES.get(mix, (PERIODIC,) * 4)
    a, forcing, given, spacing, _ = sample(sides)
    _, reached, iterations = solve_diffusion(
        torch.full_like(a, 3.0), forcing, given, sides, spacing, screening=0.0, tolerance=1e-11
    )
    assert iterations.tolist() == [1, 1]
    assert float(reached.max()) < 1e-11


def test_the_iterations_do_not_depend_on_the_grid():
    counts = []
    for n in (16, 32, 64, 128):
        x, y = grid(n, n)
        a = torch.where(torch.sin(9 * x) * torch.cos(8 * y) > 0, 12.0, 2.0).double()[None]
        zero = torch.zeros(1, n).double()
        sides = (DIRICHLET, ROBIN, NEUMANN, NEUMANN)
        _, _, iterations = solve_diffusion(
            a, torch.ones_like(a), (zero,) * 4, sides, (1 / n, 1 / n), screening=0.0, tolerance=1e-10
        )
        counts.append(int(iterations))
    assert max(counts) <= 32
    assert max(counts) - min(counts) <= 8


@pytest.mark.parametrize("mix", MIXES)
def test_a_sample_is_the_same_alone_and_in_a_batch(mix):
    a, forcing, given, spacing, solution = sample(MIXES[mix], batch=3)
    alone, _, _ = solve_diffusion(
        a[1:2], forcing[1:2], tuple(g[1:2] for g in given), MIXES[mix], spacing, screening=0.0, tolerance=1e-12
    )
    assert torch.equal(alone[0], solution[1])


@pytest.mark.parametrize("mix", MIXES)
def test_the_residual_of_a_solution_is_small_and_of_nothing_is_one(mix):
    a, forcing, given, spacing, solution = sample(MIXES[mix])
    for field, expected in ((solution, 0.0), (torch.zeros_like(solution), 1.0)):
        residual = diffusion_residual(a, field, forcing, given, MIXES[mix], spacing, screening=0.0)
        torch.testing.assert_close(residual, torch.full_like(residual, expected), rtol=0, atol=1e-9)


def test_a_coefficient_that_is_not_positive_is_refused():
    a, zero = torch.ones(1, 4, 4).double(), torch.zeros(1, 4).double()
    with pytest.raises(ValueError, match="must be positive, its minimum is -1"):
        solve_diffusion(-a, a, (zero,) * 4, (DIRICHLET,) * 4, (0.25, 0.25), screening=0.0, tolerance=1e-9)


def test_an_axis_that_is_periodic_on_one_side_is_refused():
    with pytest.raises(ValueError, match="periodic on both sides or on none"):
        sample((PERIODIC, DIRICHLET, DIRICHLET, DIRICHLET))


def test_inside_the_published_beno_solutions_the_stencil_gives_their_forcing(reference):
    nodes = torch.from_numpy(np.load(reference / "beno" / "RHS_N32_10.npy")).reshape(10, 32, 32, 4)
    published = torch.from_numpy(np.load(reference / "beno" / "SOL_N32_10.npy")).reshape(10, 32, 32)
    operator = diffusion(torch.ones_like(published), (DIRICHLET,) * 4, (1 / 32, 1 / 32), 0.0)
    laplacian = -(32**2) * operator(published)
    around = torch.nn.functional.pad(nodes[..., 3], (1, 1, 1, 1), value=1.0)
    inside = torch.nn.functional.max_pool2d(around, 3, 1) == 0  # all of its neighbours are cells of the domain
    for forcing, applied, cells in zip(nodes[..., 2], laplacian, inside, strict=True):
        slope = (forcing[cells] * applied[cells]).sum() / forcing[cells].square().sum()
        assert float(slope) == pytest.approx(1, abs=1e-3)
