"""Laws that the equations on a line keep: exact solutions, symmetries, what is conserved, and the order in time."""

import numpy as np
import pytest
import torch

from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import interpolate_periodic

PI2 = 2 * np.pi
KS = {"steepening": 0.2, "growth": 0.02, "damping": 0.0003}
# Name -> (equation with period 2 pi, its parameters, a time in which the waves change a lot).
CASES = {
    "burgers": ("burgers", {"viscosity": 0.2}, 1.0),
    "korteweg_de_vries": ("korteweg_de_vries", {"steepening": 1.0, "dispersion": 0.1}, 1.0),
    "kuramoto_sivashinsky": ("kuramoto_sivashinsky", KS, 3.0),
    "kuramoto_sivashinsky_gradient": ("kuramoto_sivashinsky", KS | {"form": "gradient_norm"}, 3.0),
    "allen_cahn": ("allen_cahn", {"diffusivity": 0.1, "reaction": 2.0}, 1.0),
    "cahn_hilliard": ("cahn_hilliard", {"mobility": 0.05, "stiffness": 0.1}, 0.6),
    "fisher": ("fisher", {"diffusivity": 0.1, "reaction": 2.0}, 1.0),
    "nonlinear_schroedinger": ("nonlinear_schroedinger", {"dispersion": 0.5, "focusing": 1.0}, 1.0),
}
CONSERVE_MASS = ["burgers", "korteweg_de_vries", "kuramoto_sivashinsky", "cahn_hilliard"]
MIRRORED = sorted(set(CASES) - set(CONSERVE_MASS) | {"cahn_hilliard"})  # u(-x) of a solution is one
TURNED = ["burgers", "kuramoto_sivashinsky"]  # -u(-x) is one


def axis(n):
    return PI2 * torch.arange(n, dtype=torch.float64) / n


def start(n):
    x = axis(n)
    return (0.4 + 0.3 * torch.sin(x + 0.3) + 0.2 * torch.cos(2 * x))[None]


def slope(field):
    k = torch.arange(field.shape[-1] // 2 + 1, dtype=torch.float64)
    return torch.fft.irfft(1j * k * torch.fft.rfft(field), n=field.shape[-1])


def relative(a, b):
    return float((a - b).norm() / b.norm())


@pytest.fixture
def solver(on_line):
    """Return the solver of a case, and its time. The envelope starts as a real wave."""

    def of(name):
        equation, parameters, time = CASES[name]
        solve = on_line(equation, PI2, **parameters)
        return (lambda u, clock: solve(u.to(torch.complex128), clock)) if "schroe" in name else solve, time

    return of


@pytest.fixture(params=CASES)
def case(request, solver):
    return solver(request.param)


def test_the_error_falls_as_the_fourth_power_of_the_step(case):
    solve, time = case
    exact = solve(start(48), Clock(1, time, 640))[:, 1]
    error = [relative(solve(start(48), Clock(1, time, steps))[:, 1], exact) for steps in (20, 40, 80, 160)]
    assert min(np.log2(np.divide(error[:-1], error[1:]))) >= 3.8


def test_twice_the_points_change_a_resolved_wave_by_nothing(case):
    solve, time = case
    coarse, fine = (solve(start(n), Clock(2, time / 2, 50)) for n in (128, 256))
    assert relative(coarse, fine[..., ::2]) < 1e-10


def test_a_wave_further_along_stays_further_along(case):
    solve, _ = case
    field = start(48)
    along = torch.roll(solve(field, Clock(1, 0.01, 1))[:, 1], 5, -1)
    assert relative(solve(torch.roll(field, 5, -1), Clock(1, 0.01, 1))[:, 1], along) < 1e-12


@pytest.mark.parametrize("name", MIRRORED)
def test_the_mirror_image_of_a_wave_is_a_wave(solver, name):
    solve, _ = solver(name)
    image = torch.roll(start(48).flip(-1), 1, -1)
    expected = torch.roll(solve(start(48), Clock(1, 0.01, 1))[:, 1].flip(-1), 1, -1)
    assert relative(solve(image, Clock(1, 0.01, 1))[:, 1], expected) < 1e-12


@pytest.mark.parametrize("name", TURNED)
def test_the_mirror_image_of_a_flow_runs_the_other_way(solver, name):
    solve, _ = solver(name)
    image = -torch.roll(start(48).flip(-1), 1, -1)
    expected = -torch.roll(solve(start(48), Clock(1, 0.01, 1))[:, 1].flip(-1), 1, -1)
    assert relative(solve(image, Clock(1, 0.01, 1))[:, 1], expected) < 1e-12


def test_the_mirror_image_of_a_dispersive_wave_disperses_the_other_way(on_line):
    def step(field, dispersion):
        return on_line("korteweg_de_vries", PI2, steepening=1.0, dispersion=dispersion)(field, Clock(1, 0.01, 1))[:, 1]

    image = -torch.roll(start(48).flip(-1), 1, -1)
    assert relative(step(image, -0.1), -torch.roll(step(start(48), 0.1).flip(-1), 1, -1)) < 1e-12


@pytest.mark.parametrize("name", CONSERVE_MASS)
def test_the_mass_stays_to_rounding(solver, name):
    solve, time = solver(name)
    mass = solve(start(48), Clock(5, time / 5, 40)).mean(-1)[0]
    assert float((mass / mass[0] - 1).abs().max()) < 1e-12


def test_a_sample_is_the_same_alone_and_in_a_batch(case):
    solve, _ = case
    many = torch.cat((start(48), 0.5 * start(48), -start(48)))
    assert torch.equal(solve(many, Clock(2, 0.1, 3))[1], solve(many[1:2], Clock(2, 0.1, 3))[0])


def test_a_soliton_keeps_its_shape(on_line):
    # u = 12 k^2 sech^2(k (x - 4 k^2 t)) solves u_t + u u_x + u_xxx = 0; the period is 40 of its widths.
    k, x = 1.0, -20 + 40 * torch.arange(512, dtype=torch.float64) / 512
    solve = on_line("korteweg_de_vries", 40.0, steepening=1.0, dispersion=1.0)
    frames = solve(12 * k**2 / torch.cosh(k * x)[None] ** 2, Clock(1, 1.0, 2000))[0]
    assert relative(frames[1], 12 * k**2 / torch.cosh(k * (x - 4 * k**2)) ** 2) < 1e-9


def test_a_plane_wave_turns_at_the_speed_of_its_height(on_line):
    x = axis(32)
    wave = 0.7 * torch.exp(3j * x)
    solve = on_line("nonlinear_schroedinger", PI2, dispersion=0.5, focusing=2.0)
    frames = solve(wave[None], Clock(1, 1.0, 200))[0]
    assert relative(frames[1], wave * np.exp(1j * (2.0 * 0.49 - 0.5 * 9))) < 1e-9


def test_a_bright_soliton_travels_as_it_is(on_line):
    # h = sech(x - v t) exp(i (v x + (1 - v^2) t / 2)) solves i h_t + h_xx / 2 + |h|^2 h = 0.
    x = -20 + 40 * torch.arange(512, dtype=torch.float64) / 512
    v = PI2 * 5 / 40
    solve = on_line("nonlinear_schroedinger", 40.0, dispersion=0.5, focusing=1.0)
    frames = solve((torch.exp(1j * v * x) / torch.cosh(x))[None], Clock(1, 2.0, 400))
    exact = torch.exp(1j * (v * x + (1 - v**2))) / torch.cosh(x - 2 * v)
    assert relative(frames[0, 1], exact) < 1e-7


def test_a_uniform_population_grows_as_the_logistic_curve_says(on_line):
    solve = on_line("fisher", PI2, diffusivity=0.3, reaction=2.0)
    frames = solve(torch.full((1, 8), 0.1, dtype=torch.float64), Clock(1, 1.0, 200))[0]
    assert float(frames[1, 0]) == pytest.approx(1 / (1 + 9 * np.exp(-2.0)), rel=1e-9)


def test_a_uniform_phase_goes_where_the_double_well_sends_it(on_line):
    solve = on_line("allen_cahn", PI2, diffusivity=0.3, reaction=2.0)
    frames = solve(torch.full((1, 8), 0.1, dtype=torch.float64), Clock(1, 1.0, 400))[0]
    exact = 0.1 * np.exp(2.0) / np.sqrt(1 + 0.01 * np.expm1(4.0))
    assert float(frames[1, 0]) == pytest.approx(exact, rel=1e-9)


def test_the_slope_of_one_form_of_kuramoto_sivashinsky_solves_the_other(solver):
    clock = Clock(2, 0.5, 200)
    heights = solver("kuramoto_sivashinsky_gradient")[0](start(64), clock)
    velocities = solver("kuramoto_sivashinsky")[0](slope(start(64)), clock)
    assert relative(slope(heights), velocities) < 1e-9


def drift(quantity):
    return abs(float(quantity[1] / quantity[0]) - 1)


def test_the_energy_of_korteweg_de_vries_waves_drifts_as_the_fourth_power_of_the_step_or_less(solver):
    def energy(steps):
        u = solver("korteweg_de_vries")[0](start(48), Clock(1, 1.0, steps))[0]
        bend = slope(u)
        finer = interpolate_periodic(u, 2, 1)
        return finer.pow(3).mean(1) / 6 - 0.05 * bend.square().mean(1)

    assert drift(energy(160)) < 1e-8
    assert drift(energy(20)) > 0.9 * 8**4 * drift(energy(160))


def test_the_power_of_an_envelope_drifts_as_the_fourth_power_of_the_step_or_less(solver):
    power = [
        solver("nonlinear_schroedinger")[0](start(48), Clock(1, 1.0, s))[0].abs().square().mean(1) for s in (20, 80)
    ]
    assert drift(power[1]) < 1e-8
    assert drift(power[0]) > 0.8 * 4**4 * drift(power[1])


@pytest.mark.parametrize(("name", "stiffness"), [("allen_cahn", 0.05), ("cahn_hilliard", 0.1)])
def test_the_free_energy_falls_from_frame_to_frame(solver, name, stiffness):
    u = solver(name)[0](start(64), Clock(20, 0.1, 20))[0]
    bend = slope(u)
    energy = (stiffness / 2 * bend.square() + (u.square() - 1).square() / 4).mean(1)
    assert bool((energy.diff() < 0).all())


def test_advection_is_a_shift_whatever_the_time(on_line):
    def profile(x):
        return np.exp(np.sin(2 * np.pi * x / 3)) + np.cos(4 * np.pi * x / 3)

    x = 3 * np.arange(64) / 64
    frames = on_line("advection", 3.0, speed=-1.7)(torch.from_numpy(profile(x))[None], Clock(4, 0.37, 1))[0].numpy()
    exact = [profile(x + 1.7 * 0.37 * frame) for frame in range(5)]
    np.testing.assert_allclose(frames, exact, atol=1e-12)
