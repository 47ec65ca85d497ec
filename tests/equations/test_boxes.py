"""Laws of the evolutions on boxes: order in time, walls, symmetry, conservation, energies that fall."""

import numpy as np
import pytest
import torch

from surrogate.equations._bounds import drift, excess, growth, span

REACTING = ["allen_cahn_2d", "cahn_hilliard_2d", "fitzhugh_nagumo", "gray_scott", "swift_hohenberg"]
SCALARS = [*REACTING, "acoustic_waves", "heat_2d", "heat_3d", "heat_conduction", "wave_2d"]
PERIODIC = ["acoustic_waves", "advection_diffusion", "heat_3d", *(n for n in REACTING if n != "fitzhugh_nagumo")]
# Longest of four steps (per interval of the recipe) whose errors are in the asymptotic range.
STEPS = {"allen_cahn_2d": 8, "cahn_hilliard_2d": 50, "fitzhugh_nagumo": 8, "gray_scott": 16, "swift_hohenberg": 40}


@pytest.fixture
def coarse(recipe):
    """Return a recipe on few points, its first interval, without a bound on the error, and inputs."""

    def of(name, points=16, **changes):
        settings = recipe(name).equation
        settings = settings.model_copy(
            update={
                "frames": 2,
                "horizon": settings.horizon / (settings.frames - 1),
                "resolution": 4,
                "tolerance": 0.999,
                **changes,
            }
        )
        equation = settings.on((points,), "map")
        return equation, torch.from_numpy(equation.draw(0, "train", [0]))

    return of


@pytest.mark.parametrize("name", REACTING)
def test_halving_the_step_divides_the_error_by_sixteen(coarse, name):
    equation, inputs = coarse(name)
    first = STEPS[name]

    def end(steps):
        return equation.model_copy(update={"steps": steps}).solve(inputs).states[0, 1]

    ends = [end(factor * first) for factor in (1, 2, 4, 8, 32)]
    errors = [float((state - ends[-1]).norm()) for state in ends[:-1]]
    assert (np.log2(np.divide(errors[:-1], errors[1:])) > 3.8).all(), errors


@pytest.mark.parametrize("name", SCALARS)
def test_reversed_and_exchanged_axes_change_nothing_else(coarse, name):
    equation, inputs = coarse(name, 12, steps=2)
    states = equation.solve(inputs).states
    size = states.abs().max()
    flipped = equation.solve(inputs.flip(-1)).states.flip(-1)
    assert float((flipped - states).abs().max() / size) < 1e-12
    exchanged = equation.solve(inputs.transpose(-1, -2)).states.transpose(-1, -2)
    assert float((exchanged - states).abs().max() / size) < 1e-12


@pytest.mark.parametrize("name", PERIODIC)
def test_a_shifted_start_gives_shifted_frames(coarse, name):
    equation, inputs = coarse(name, 12, steps=2)
    states = equation.solve(inputs).states
    shifted = equation.solve(inputs.roll((3, 5), (-2, -1))).states.roll((-3, -5), (-2, -1))
    assert float((shifted - states).abs().max() / states.abs().max()) < 1e-12


@pytest.mark.parametrize("name", ["cahn_hilliard_2d", "advection_diffusion", "heat_2d", "heat_3d"])
def test_what_nothing_adds_to_keeps_its_mean(coarse, name):
    equation, inputs = coarse(name, 16, steps=20)
    states = equation.solve(inputs + 0.1).states
    means = states.flatten(2).mean(2)
    assert float((means - means[:, :1]).abs().max()) < 1e-12 * float(states.abs().max())


@pytest.mark.parametrize("name", ["allen_cahn_2d", "cahn_hilliard_2d", "swift_hohenberg"])
def test_free_energies_fall(coarse, recipe, name):
    horizon = recipe(name).equation.horizon
    equation, inputs = coarse(name, 48, frames=9, horizon=horizon, steps=60)
    states = equation.solve(inputs).states
    invariants = equation.invariants(inputs[:, :0], states)
    assert float(invariants["growth of the free energy"]) == 0.0


@pytest.mark.parametrize(("walls", "odd"), [("neumann", False), ("dirichlet", True)])
@pytest.mark.parametrize("name", ["heat_2d", "wave_2d"])
def test_standing_modes_between_walls_are_exact(coarse, recipe, name, walls, odd):
    law = {"name": "gaussian", "boundary": walls, "sigma": 1.0, "alpha": 4.0, "tau": 5.0}
    settings = recipe(name, walls=walls, initial=law, length=2.0, horizon=0.7, frames=2, resolution=16).equation
    equation = settings.on((16,), "map")
    x = np.pi * (np.arange(16) + 0.5) / 16
    mode = (np.sin(3 * x)[:, None] * np.sin(x)) if odd else (np.cos(3 * x)[:, None] * np.cos(x))
    start = torch.from_numpy(mode)[None, None]
    square = 10 * (np.pi / 2) ** 2
    if name == "heat_2d":
        states = equation.solve(start).states
        exact = np.exp(-settings.diffusivity * square * 0.7) * start
    else:
        states = equation.solve(torch.cat((start, 0 * start), 1)).states
        swing = settings.speed * np.sqrt(square)
        exact = torch.cat((np.cos(swing * 0.7) * start, -swing * np.sin(swing * 0.7) * start), 1)
    assert float((states[:, 1] - exact).abs().max()) < 1e-12 * float(exact.abs().max())


def test_mirror_images_continue_a_field_evenly_or_oddly(recipe):
    heat = recipe("heat_2d").equation.on((4,), "map")
    field = torch.arange(16, dtype=torch.float64).reshape(4, 4)
    even, odd = heat.continued(field), heat.continued(field, odd=True)
    assert even.shape == odd.shape == (8, 8)
    assert torch.equal(even[4:, :4], field.flip(0))
    assert torch.equal(odd[4:, 4:], field.flip(0, 1))
    assert torch.equal(odd[:4, 4:], -field.flip(1))


def test_a_kept_start_is_kept_again(recipe):
    heat = recipe("heat_2d", resolution=4).equation.on((12,), "map")
    once = heat.kept(np.random.default_rng(0).standard_normal((2, 1, 12, 12)))
    np.testing.assert_allclose(heat.kept(once), once, atol=1e-14)


def test_both_fields_of_a_start_are_their_own_draws(coarse):
    *_, inputs = coarse("fitzhugh_nagumo", 32)
    u, v = inputs[0].flatten(1)
    assert abs(float(torch.corrcoef(torch.stack((u, v)))[0, 1])) < 0.3


def test_growth_and_excess_and_drift_are_zero_only_where_they_should_be():
    falling = torch.tensor([[3.0, 2.0, 1.0], [3.0, 1.0, 2.0]])
    assert growth(falling, span(falling)).tolist() == [0.0, 0.5]
    frames = torch.tensor([[[0.5], [0.9]], [[2.0], [2.2]]])
    assert excess(frames, 1.0).tolist() == pytest.approx([0.0, 0.1])
    assert drift(falling, torch.tensor([1.0, 2.0])).tolist() == [2.0, 1.0]
