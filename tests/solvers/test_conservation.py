"""Laws of the finite volumes: orders, exact solutions, conservation, bounds, symmetry."""

import numpy as np
import pytest
import torch

from surrogate.errors import SolverError
from surrogate.solvers.conservation import Method, solve_conservation
from surrogate.solvers.euler import Euler
from surrogate.solvers.inviscid_burgers import InviscidBurgers
from surrogate.solvers.radial import solve_round_dam
from surrogate.solvers.riemann import euler_riemann, shallow_water_riemann
from surrogate.solvers.shallow_water import ShallowWater

PERIODIC, OPEN, WALL = ("periodic", "periodic"), ("open", "open"), ("wall", "wall")
SOD = (1.0, 0.0, 1.0), (0.125, 0.0, 0.1)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Arrays this small are only slowed down by more threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def centres(n, low, high):
    return low + (high - low) * (np.arange(n) + 0.5) / n


def two_states(left, right, x):
    return torch.tensor(np.where(x < 0, np.array(left)[:, None], np.array(right)[:, None]))[None]


def cell_means(function, n, low, high, within=100):
    return function(centres(n * within, low, high)).reshape(-1, n, within).mean(2)


def relative(computed, exact):
    return float(np.abs(computed - exact).sum() / np.abs(exact).sum())


def order(errors):
    return np.log2(errors[0] / errors[-1]) / (len(errors) - 1)


def entropy_wave(n, time):
    """Means of 1 + 0.3 sin 2 pi (x - t) + 0.1 cos 4 pi (x - t) over the cells of a period."""
    z = 2 * np.pi * (np.linspace(0, 1, n + 1) - time)
    return 1 + np.diff(-0.3 * np.cos(z) + 0.05 * np.sin(2 * z)) * n / (2 * np.pi)


def breaking_wave(n, time):
    """Means of Burgers flow from 0.3 + sin 2 pi x before it breaks, by characteristics."""
    x = np.linspace(0, 1, n + 1)
    y = x.copy()
    for _ in range(100):
        y = y - (y + time * (0.3 + np.sin(2 * np.pi * y)) - x) / (1 + 2 * np.pi * time * np.cos(2 * np.pi * y))
    return np.diff(0.3 * y - np.cos(2 * np.pi * y) / (2 * np.pi) + (x - y) ** 2 / (2 * time if time else 1)) * n


def gas(n, seed=0, samples=1):
    """A random, rough, periodic gas on n x n cells: (samples, 4, n, n), conserved."""
    draws = torch.Generator().manual_seed(seed)
    noise = torch.rand(samples, 4, n, n, generator=draws, dtype=torch.float64)
    return Euler(1.4, 2).conserved(noise + torch.tensor([0.3, -0.5, -0.5, 0.3], dtype=torch.float64)[:, None, None])


def one_step(state, scheme, law, sides=(PERIODIC, PERIODIC)):
    spacing = (1 / state.shape[-1],) * (state.ndim - 2)
    return solve_conservation(law, state, (0.0, 1e-3), Method(spacing, sides[: len(spacing)], scheme, 0.5))[0][:, -1]


@pytest.mark.parametrize(("scheme", "nominal", "coarsest"), [("first_order", 1, 64), ("muscl", 2, 64), ("weno", 5, 16)])
def test_an_entropy_wave_moves_at_the_order_of_the_scheme(scheme, nominal, coarsest):
    errors = []
    for n in (coarsest, 2 * coarsest, 4 * coarsest, 8 * coarsest):
        density = torch.tensor(entropy_wave(n, 0))
        start = torch.stack((density, density, 2.5 + density / 2))[None]
        courant = 0.5 * (coarsest / n) ** max(0, nominal / 3 - 1)
        frames, _ = solve_conservation(Euler(1.4, 1), start, (0.0, 0.2), Method((1 / n,), (PERIODIC,), scheme, courant))
        errors.append(np.abs(frames[0, -1, 0].numpy() - entropy_wave(n, 0.2)).mean())
    assert order(errors) >= nominal - 0.2


@pytest.mark.parametrize(("scheme", "nominal", "coarsest"), [("muscl", 2, 64), ("weno", 5, 64)])
def test_a_wave_steepens_at_the_order_of_the_scheme(scheme, nominal, coarsest):
    errors = []
    for n in (coarsest, 2 * coarsest, 4 * coarsest, 8 * coarsest):
        start = torch.tensor(breaking_wave(n, 0))[None, None]
        courant = 0.5 * (coarsest / n) ** max(0, nominal / 3 - 1)
        method = Method((1 / n,), (PERIODIC,), scheme, courant)
        frames, _ = solve_conservation(InviscidBurgers(), start, (0.0, 0.08), method)
        errors.append(np.abs(frames[0, -1, 0].numpy() - breaking_wave(n, 0.08)).mean())
    assert order(errors) >= nominal - 0.2


@pytest.mark.parametrize("scheme", ["muscl", "weno"])
def test_a_shock_is_of_first_order(scheme):
    # Behind the shock lies a fan, whose edges are kinks: first order in L1, up to a logarithm.
    left, right = (3.0, 0.0), (1.0, 0.0)
    errors = []
    for n in (50, 100, 200, 400):
        exact = cell_means(lambda x: shallow_water_riemann(left, right, 1.0, x / 2), n, -5, 5)[0]
        law = ShallowWater(1.0, 1)
        start = law.conserved(two_states(left, right, centres(n, -5, 5)))
        frames, _ = solve_conservation(law, start, (0.0, 2.0), Method((10 / n,), (OPEN,), scheme, 0.5))
        errors.append(relative(frames[0, -1, 0].numpy(), exact))
    assert 0.85 <= order(errors) <= 1.2


@pytest.mark.parametrize(("scheme", "p"), [("first_order", 1), ("muscl", 2), ("weno", 5)])
def test_a_contact_is_of_order_p_over_p_plus_one(scheme, p):
    errors = []
    for n in (25, 50, 100, 200):
        left, right = (2.0, 1.0, 1.0), (1.0, 1.0, 1.0)
        law = Euler(1.4, 1)
        start = law.conserved(two_states(left, right, centres(n, -0.5, 0.5)))
        frames, _ = solve_conservation(law, start, (0.0, 0.24), Method((1 / n,), (OPEN,), scheme, 0.5))
        exact = cell_means(lambda x: np.where(x < 0.24, 2.0, 1.0), n, -0.5, 0.5)[0]
        errors.append(relative(frames[0, -1, 0].numpy(), exact))
    assert order(errors) == pytest.approx(p / (p + 1), abs=0.1)


def test_the_tube_of_sod_is_near_its_exact_solution(reference):
    law, x = Euler(1.4, 1), centres(800, -1, 1)
    start = law.conserved(two_states(*SOD, x))
    frames, _ = solve_conservation(law, start, (0.0, 0.4), Method((2 / 800,), (OPEN,), "weno", 0.6))
    exact = cell_means(lambda x: euler_riemann(*SOD, 1.4, x / 0.4), 800, -1, 1)[0]
    density = frames[0, -1, 0].numpy()
    foreign = np.loadtxt(reference / "pyclaw" / "euler_1d__shocktube_regression_density.txt")
    assert relative(density, exact) < 1.0e-3
    assert relative(density, exact) < relative(foreign, exact)
    assert relative(density, foreign) < 2.5e-3


def test_the_dam_that_breaks_is_near_its_exact_solution(reference):
    law, x = ShallowWater(1.0, 1), centres(500, -5, 5)
    start = law.conserved(two_states((3.0, 0.0), (1.0, 0.0), x))
    frames, _ = solve_conservation(law, start, (0.0, 2.0), Method((10 / 500,), (OPEN,), "weno", 0.6))
    exact = cell_means(lambda x: shallow_water_riemann((3.0, 0.0), (1.0, 0.0), 1.0, x / 2), 500, -5, 5)[0]
    height = frames[0, -1, 0].numpy()
    assert relative(height, exact) < 8e-4
    files = np.load(reference / "pyclaw" / "shallow_1d__expected_sols.npz")
    assert max(relative(height, files[name]) for name in files.files if "dambreak" in name) < 1.5e-3


def test_the_shock_through_waves_is_that_of_a_peer(reference):
    # 400 cells leave the peer 0.8 % and us 0.45 % from a converged solution.
    law = Euler(1.4, 1)
    fields = cell_means(
        lambda x: np.where(
            x < -4,
            np.array([3.857143, 2.629369, 10.33333])[:, None],
            np.stack([1 + 0.2 * np.sin(5 * x), 0 * x, 1 + 0 * x]),
        ),
        400,
        -5,
        5,
    )
    start = law.conserved(torch.tensor(fields)[None])
    frames, _ = solve_conservation(law, start, (0.0, 1.8), Method((10 / 400,), (OPEN,), "weno", 0.5))
    foreign = np.loadtxt(reference / "pyclaw" / "euler_1d__shocksine_regression_density.txt")
    assert relative(frames[0, -1, 0].numpy(), foreign) < 1.2e-2


def test_a_round_dam_breaks_like_a_canal_that_widens():
    # A quarter of 100 x 100 cells between two walls of symmetry.
    n, law = 50, ShallowWater(1.0, 2)
    fine = centres(16 * n, 0, 2.5)
    inside = (fine[:, None] ** 2 + fine**2 < 0.25).reshape(n, 16, n, 16).mean((1, 3))
    start = torch.tensor(np.stack((1 + inside, 0 * inside, 0 * inside)))[None]
    method = Method((2.5 / n,) * 2, (("wall", "open"),) * 2, "muscl", 0.8)
    height = solve_conservation(law, start, (0.0, 1.5), method)[0][0, -1, 0].numpy()
    radii, truth = solve_round_dam(2.0, 1.0, 0.5, 1.0, 3.0, 600, 1.5)
    x = centres(n, 0, 2.5)
    distance = np.hypot(x[:, None], x)
    near = distance < 2
    assert relative(height[near], np.interp(distance[near], radii, truth)) < 7e-3


@pytest.mark.parametrize("scheme", ["first_order", "muscl", "weno"])
def test_mass_momentum_and_energy_of_a_periodic_gas_stay(scheme):
    start = gas(16)
    frames, steps = solve_conservation(
        Euler(1.4, 2), start, (0.0, 0.5), Method((1 / 16,) * 2, (PERIODIC,) * 2, scheme, 0.5)
    )
    change = (frames[0, -1] - frames[0, 0]).sum((1, 2)).abs() / start[0].abs().sum((1, 2))
    assert int(steps) > 20
    assert float(change.max()) < 1e-12


def test_nothing_passes_a_wall():
    law = Euler(1.4, 2)
    frames, _ = solve_conservation(law, gas(12), (0.0, 0.5), Method((1 / 12,) * 2, (WALL,) * 2, "muscl", 0.5))
    totals = frames[0].sum((2, 3))[:, [0, 3]]
    assert float((totals[1] / totals[0] - 1).abs().max()) < 1e-12


def test_density_and_pressure_stay_positive_beside_a_strong_blast():
    draws = torch.Generator().manual_seed(0)
    exponents = 6 * torch.rand(4, 2, 100, generator=draws, dtype=torch.float64) - 3
    velocity = 4 * torch.rand(4, 1, 100, generator=draws, dtype=torch.float64) - 2
    law = Euler(1.4, 1)
    fields = 10 ** torch.cat((exponents[:, :1] / 2, velocity, exponents[:, 1:]), dim=1)
    fields[:, 1] = velocity[:, 0]
    method = Method((0.01,), (WALL,), "first_order", 0.9)
    frames = solve_conservation(law, law.conserved(fields), (0.0, 0.01, 0.02), method)[0]
    assert bool(law.admissible(law.primitive(frames.flatten(0, 1))).all())


@pytest.mark.parametrize("scheme", ["first_order", "muscl"])
def test_a_velocity_never_leaves_its_bounds(scheme):
    start = torch.randn(3, 1, 128, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    method = Method((1 / 128,), (PERIODIC,), scheme, 0.45)
    frames, _ = solve_conservation(InviscidBurgers(), start, (0.0, 0.1, 0.4), method)
    assert bool((frames.amax((2, 3)) <= start.amax((1, 2))[:, None] + 1e-14).all())
    assert bool((frames.amin((2, 3)) >= start.amin((1, 2))[:, None] - 1e-14).all())


@pytest.mark.parametrize("scheme", ["first_order", "muscl", "weno"])
def test_a_shifted_gas_flows_shifted(scheme):
    law, start = Euler(1.4, 2), gas(16)
    shifted = one_step(start.roll((3, 5), (2, 3)), scheme, law)
    assert torch.equal(shifted, one_step(start, scheme, law).roll((3, 5), (2, 3)))


@pytest.mark.parametrize("scheme", ["first_order", "muscl", "weno"])
def test_a_mirrored_gas_flows_mirrored(scheme):
    law, start = Euler(1.4, 2), gas(16)
    sign = torch.tensor([1.0, -1.0, 1.0, 1.0], dtype=torch.float64)[:, None, None]
    mirrored = one_step(start.flip(2) * sign, scheme, law)
    torch.testing.assert_close(mirrored, one_step(start, scheme, law).flip(2) * sign, rtol=0, atol=1e-12)


@pytest.mark.parametrize("scheme", ["first_order", "muscl", "weno"])
def test_a_gas_with_exchanged_axes_flows_so(scheme):
    law, start, order = Euler(1.4, 2), gas(16), [0, 2, 1, 3]
    exchanged = one_step(start.transpose(2, 3)[:, order], scheme, law)
    assert torch.equal(exchanged, one_step(start, scheme, law).transpose(2, 3)[:, order])


def test_water_mirrored_flows_mirrored():
    law = ShallowWater(9.81, 1)
    start = torch.rand(1, 2, 64, generator=torch.Generator().manual_seed(2), dtype=torch.float64) + 0.2
    sign = torch.tensor([1.0, -1.0], dtype=torch.float64)[:, None]
    mirrored = one_step(start.flip(2) * sign, "weno", law)
    torch.testing.assert_close(mirrored, one_step(start, "weno", law).flip(2) * sign, rtol=0, atol=1e-12)


def test_a_gas_along_either_axis_is_the_gas_in_a_tube():
    tube, box = Euler(1.4, 1), Euler(1.4, 2)
    fields = two_states(*SOD, centres(40, -1, 1))
    flat = torch.cat((fields[:, :2], torch.zeros_like(fields[:, :1]), fields[:, 2:]), dim=1)
    thin = box.conserved(flat)[..., None].expand(-1, -1, -1, 4)
    along, _ = solve_conservation(tube, tube.conserved(fields), (0.0, 0.2), Method((0.05,), (OPEN,), "weno", 0.2))
    method = Method((0.05, 1e9), (OPEN, PERIODIC), "weno", 0.2)
    across, _ = solve_conservation(box, thin, (0.0, 0.2), method)
    torch.testing.assert_close(across[:, -1, [0, 1, 3], :, 2], along[:, -1], rtol=0, atol=1e-7)


def test_a_sample_has_its_own_steps():
    law, starts = Euler(1.4, 2), gas(8, seed=3, samples=3) * torch.tensor([1.0, 1.0, 1.0, 3.0])[:, None, None]
    starts[1] *= 2.0
    starts[2, 3] *= 9.0
    method = Method((1 / 8,) * 2, (PERIODIC,) * 2, "weno", 0.5)
    together, steps = solve_conservation(law, starts, (0.0, 0.1, 0.2), method)
    alone, count = solve_conservation(law, starts[:1], (0.0, 0.1, 0.2), method)
    assert torch.equal(together[0], alone[0])
    assert int(steps[0]) == int(count[0]) < int(steps[2])


@pytest.mark.parametrize("bad", [-1.0, float("nan")])
def test_a_start_that_is_not_physical_is_refused_by_name(bad):
    starts = gas(8, samples=2)
    starts[1, 3, 2, 2] = bad
    with pytest.raises(SolverError, match=r"sample 1 of the batch: a density, pressure.* at time 0; lower"):
        solve_conservation(Euler(1.4, 2), starts, (0.0, 0.1), Method((1 / 8,) * 2, (PERIODIC,) * 2, "weno", 0.5))


def test_gravity_and_gamma_only_set_the_units():
    # Water four times as heavy flows twice as fast; so does a gas with four times the pressure.
    start = torch.rand(1, 2, 32, generator=torch.Generator().manual_seed(4), dtype=torch.float64) + 0.5
    fast = start * torch.tensor([1.0, 2.0])[:, None]
    method = Method((1 / 32,), (PERIODIC,), "weno", 0.5)
    a, _ = solve_conservation(ShallowWater(1.0, 1), start, (0.0, 0.2), method)
    b, _ = solve_conservation(ShallowWater(4.0, 1), fast, (0.0, 0.1), method)
    torch.testing.assert_close(b[:, -1], a[:, -1] * torch.tensor([1.0, 2.0])[:, None], rtol=1e-11, atol=1e-11)
