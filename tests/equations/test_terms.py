"""Terms that the solver and the second method share, held to statements that are not theirs.

Small waves grow as dispersion relations of the literature say, uniform fields follow ordinary equations written down
here, moving frames see the same waves, and what balances stays.
"""

import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import torch

from surrogate.solvers.etdrk4 import Clock
from surrogate.spaces import Grid

PI2 = 2 * np.pi


@pytest.fixture
def march(recipe):
    """Return what an equation makes of a start ``(c, s...)`` on a box of ``length`` after ``time``, ``(c, s...)``."""

    def of(name, start, time, length=PI2, steps=200, constants=None, **parameters):
        equation = recipe(name, **parameters).equation
        start = torch.from_numpy(np.array(start, dtype=np.float64))[None]
        given = start[:, :0] if constants is None else torch.from_numpy(np.array(constants))[None]
        grid = Grid.box(tuple(start.shape[2:]), "left", length)
        return equation.march(start, given, grid, Clock(1, time, steps))[0, 1].numpy()

    return of


# Name, parameters, the uniform state, and the growth rate of a wave of wavenumber k upon it.
DISPERSION = {
    "advection": ("advection", {"speed": 0.7}, 0.0, lambda k: -0.7j * k),
    "burgers": ("burgers", {"viscosity": 0.03}, 0.4, lambda k: -0.4j * k - 0.03 * k**2),
    "korteweg_de_vries": (
        "korteweg_de_vries",
        {"steepening": 6.0, "dispersion": 0.02},
        0.3,
        lambda k: -1j * (1.8 * k - 0.02 * k**3),
    ),
    "kuramoto_sivashinsky": (
        "kuramoto_sivashinsky",
        {"steepening": 2.0, "growth": 0.3, "damping": 0.01, "form": "conservative"},
        0.5,
        lambda k: -1j * k + 0.3 * k**2 - 0.01 * k**4,
    ),
    "allen_cahn": ("allen_cahn", {"diffusivity": 0.1, "reaction": 2.0}, 0.0, lambda k: 2 - 0.1 * k**2),
    "allen_cahn in a phase": ("allen_cahn", {"diffusivity": 0.1, "reaction": 2.0}, 1.0, lambda k: -4 - 0.1 * k**2),
    "fisher": ("fisher", {"diffusivity": 0.1, "reaction": 2.0}, 0.0, lambda k: 2 - 0.1 * k**2),
    "fisher where it is full": ("fisher", {"diffusivity": 0.1, "reaction": 2.0}, 1.0, lambda k: -2 - 0.1 * k**2),
    "cahn_hilliard": (
        "cahn_hilliard",
        {"mobility": 0.05, "stiffness": 0.1},
        0.3,
        lambda k: 0.05 * k**2 * (1 - 3 * 0.3**2 - 0.1 * k**2),
    ),
}
PLANES = {
    "allen_cahn_2d": ({"thickness": 0.3}, 0.0, lambda square: 1 - 0.09 * square),
    "allen_cahn_2d in a phase": ({"thickness": 0.3}, 1.0, lambda square: -2 - 0.09 * square),
    "cahn_hilliard_2d": ({"thickness": 0.3}, 0.4, lambda square: square * (1 - 3 * 0.16 - 0.09 * square)),
    "swift_hohenberg": ({"drive": 0.4, "asymmetry": 0.0}, 0.0, lambda square: 0.4 - (1 - square) ** 2),
    "heat_2d": ({"diffusivity": 0.2, "walls": "periodic"}, 0.0, lambda square: -0.2 * square),
}


@pytest.mark.parametrize("case", DISPERSION)
def test_small_waves_on_a_line_grow_and_move_as_the_dispersion_relation_says(march, case):
    name, parameters, mean, rate = DISPERSION[case]
    x, small, time = PI2 * np.arange(32) / 32, 1e-6, 0.5
    for k in (1, 3):
        wave = (march(name, (mean + small * np.cos(k * x))[None], time, **parameters)[0] - mean) / small
        exact = (np.exp(rate(k) * time) * np.exp(1j * k * x)).real
        np.testing.assert_allclose(wave, exact, atol=1e-5 * np.abs(exact).max())


@pytest.mark.parametrize("case", PLANES)
def test_small_waves_in_a_plane_grow_as_the_dispersion_relation_says(march, case):
    parameters, mean, rate = PLANES[case]
    x, small, time = PI2 * np.arange(16) / 16, 1e-6, 0.5
    wave = np.cos(x)[:, None] * np.cos(2 * x)
    state = march(case.split(" ")[0], (mean + small * wave)[None], time, **parameters)[0]
    exact = np.exp(rate(5) * time) * wave
    np.testing.assert_allclose((state - mean) / small, exact, atol=1e-5 * np.abs(exact).max())


def test_an_activator_and_its_inhibitor_leave_their_balance_as_the_jacobian_says(march):
    spread_u, spread_v, offset = 0.02, 0.3, -0.027
    still, x = 0.3, PI2 * np.arange(16) / 16  # where u = v and u^3 = -offset
    wave, small, time = np.cos(x)[:, None] * np.cos(x), 1e-6, 1.5
    parameters = {"diffusion_u": spread_u, "diffusion_v": spread_v, "offset": offset}
    start = np.stack((still + small * wave, still - 0.5 * small * wave))
    waves = (march("fitzhugh_nagumo", start, time, **parameters) - still) / small
    jacobian = np.array([[1 - 3 * still**2 - 2 * spread_u, -1.0], [1.0, -1.0 - 2 * spread_v]])
    u, v = scipy.linalg.expm(time * jacobian) @ (1.0, -0.5)
    np.testing.assert_allclose(waves, np.stack((u * wave, v * wave)), atol=1e-5)


UNIFORM = {
    "allen_cahn_2d": ({"thickness": 0.3}, [0.2], lambda u: [u[0] - u[0] ** 3]),
    "swift_hohenberg": (
        {"drive": 0.4, "asymmetry": 1.5},
        [0.7],
        lambda u: [0.4 * u[0] - u[0] + 1.5 * u[0] ** 2 - u[0] ** 3],
    ),
    "gray_scott": (
        {"feed": 0.04, "kill": 0.06},
        [0.5, 0.4],
        lambda u: [-u[0] * u[1] ** 2 + 0.04 * (1 - u[0]), u[0] * u[1] ** 2 - 0.1 * u[1]],
    ),
    "fitzhugh_nagumo": ({"offset": 0.1}, [0.5, -0.2], lambda u: [u[0] - u[0] ** 3 - 0.1 - u[1], u[0] - u[1]]),
}


@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_fields_follow_the_ordinary_equation_of_the_textbook(march, name):
    parameters, start, slope = UNIFORM[name]
    states = march(name, np.broadcast_to(np.reshape(start, (-1, 1, 1)), (len(start), 8, 8)), 2.0, **parameters)
    exact = scipy.integrate.solve_ivp(lambda _, u: slope(u), (0, 2), start, "DOP853", rtol=1e-11, atol=1e-13).y[:, -1]
    np.testing.assert_allclose(states, np.broadcast_to(exact[:, None, None], states.shape), rtol=1e-8)


@pytest.mark.parametrize(
    ("name", "parameters", "factor"),
    [
        ("burgers", {"viscosity": 0.1}, 1.0),
        ("korteweg_de_vries", {"steepening": 6.0, "dispersion": 0.1}, 6.0),
        ("kuramoto_sivashinsky", {"steepening": 2.0, "growth": 0.02, "damping": 0.001, "form": "conservative"}, 2.0),
    ],
)
def test_who_moves_along_sees_the_same_waves(march, name, parameters, factor):
    # A speed of c more carries the waves along by factor c t: here by 16 of 64 points.
    x, time, speed = PI2 * np.arange(64) / 64, 0.3, PI2 / 4 / 0.3
    start = np.sin(x) + 0.5 * np.cos(2 * x + 1)
    still = march(name, start[None], time, steps=600, **parameters)[0]
    moving = march(name, start[None] + speed / factor, time, steps=600, **parameters)[0]
    np.testing.assert_allclose(moving - speed / factor, np.roll(still, 16), atol=1e-4)


def test_an_eddy_fades_by_friction_alone(march):
    x = PI2 * np.arange(16) / 16
    eddy = np.cos(x)[:, None] * np.cos(x)
    faded = march("decaying_turbulence", eddy[None], 0.8, viscosity=0.3)[0]
    np.testing.assert_allclose(faded, np.exp(-2 * 0.3 * 0.8) * eddy, atol=1e-12)


def test_a_stirring_that_friction_balances_keeps_its_flow(march):
    x = np.arange(16) / 16
    phase = PI2 * np.add.outer(x, x)
    flow = 0.1 * (np.sin(phase) + np.cos(phase)) / (0.05 * 2 * PI2**2)
    np.testing.assert_allclose(march("navier_stokes", flow[None], 1.0, 1.0, viscosity=0.05)[0], flow, atol=1e-12)
    given = np.cos(2 * PI2 * x)[:, None] + 0 * x
    flow = given / (0.2 * 4)
    stirred = march("navier_stokes_forcing", flow[None], 1.0, constants=given[None], viscosity=0.2)[0]
    np.testing.assert_allclose(stirred, flow, atol=1e-12)


def test_heat_that_its_source_feeds_stays_where_it_is(march):
    # u = sin x + cos y, a = 1 + (cos x) / 2: -div(a grad u) = sin x + sin 2 x / 2 + a cos y.
    x = PI2 * np.arange(32) / 32
    conductivity = 1 + 0.5 * np.cos(x)[:, None] + 0 * x
    still = np.sin(x)[:, None] + np.cos(x)
    source = (np.sin(x) + 0.5 * np.sin(2 * x))[:, None] + conductivity * np.cos(x)
    heated = march("heat_conduction", still[None], 0.5, constants=np.stack((conductivity, source)), walls="periodic")[0]
    np.testing.assert_allclose(heated, still, atol=1e-9)


def test_a_substance_in_an_even_flow_is_carried_along_while_it_fades(march):
    x = PI2 * np.arange(16) / 16
    velocity = np.broadcast_to(np.reshape((0.7, -0.3), (2, 1, 1)), (2, 16, 16))
    moved = march("advection_diffusion", np.cos(np.add.outer(x, 2 * x))[None], 0.5, constants=velocity, diffusivity=0.1)
    exact = np.exp(-0.1 * 5 * 0.5) * np.cos(np.add.outer(x - 0.35, 2 * (x + 0.15)))
    np.testing.assert_allclose(moved[0], exact, atol=1e-9)


def test_a_substance_in_a_flow_around_cells_begins_to_change_as_its_equation_says(march):
    x, y = np.meshgrid(*[PI2 * np.arange(24) / 24] * 2, indexing="ij")
    start, velocity = np.cos(x + 2 * y), np.stack((np.sin(x) * np.cos(y), -np.cos(x) * np.sin(y)))
    change = np.sin(x + 2 * y) * (velocity[0] + 2 * velocity[1]) - 0.1 * 5 * start
    earlier, later = (
        march("advection_diffusion", start[None], 1e-3 * n, constants=velocity, diffusivity=0.1)[0] for n in (1, 2)
    )
    np.testing.assert_allclose((4 * earlier - later - 3 * start) / 2e-3, change, atol=1e-5)


@pytest.mark.parametrize("name", ["wave_2d", "acoustic_waves"])
def test_a_standing_wave_swings_at_the_speed_of_sound(march, name):
    x = PI2 * np.arange(16) / 16
    mode = np.cos(x)[:, None] * np.cos(2 * x)
    even = {"wave_2d": {"speed": 1.3}, "acoustic_waves": {"constants": np.full((1, 16, 16), 1.3)}}[name]
    u, v = march(name, np.stack((mode, 0 * mode)), 0.6, walls="periodic", **even)
    swing = 1.3 * np.sqrt(5)
    np.testing.assert_allclose(u, np.cos(0.6 * swing) * mode, atol=1e-9)
    np.testing.assert_allclose(v, -swing * np.sin(0.6 * swing) * mode, atol=1e-9)
