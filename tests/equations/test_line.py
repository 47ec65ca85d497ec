"""Laws of the lines with walls, and of the starts that are not drawn as they are."""

import numpy as np
import pytest
import torch

from surrogate.equations.allen_cahn import Equation


@pytest.fixture
def flow(recipe, solved):
    """Return inputs and solutions of two samples of a recipe on ``points``."""

    def of(name, points, **equation):
        config = recipe(name, **equation)
        equation = config.equation.on((points,), config.task)
        return solved(equation, 0, "train", range(2))

    return of


def test_a_string_tied_at_both_ends_comes_back_after_two_of_its_lengths(flow):
    inputs, solutions = flow("plucked_string", 64)
    torch.testing.assert_close(
        solutions.states[:, -1, 0], inputs[:, 0], rtol=0, atol=1e-8
    )  # the highest wave of the rounding is dropped


def test_a_string_tied_at_both_ends_is_its_own_negative_mirror_image_half_way(flow):
    inputs, solutions = flow("plucked_string", 64)
    torch.testing.assert_close(
        solutions.states[:, 10, 0], -inputs[:, 0].flip(-1), rtol=0, atol=1e-8
    )  # the highest wave of the rounding is dropped


def test_a_phase_between_mirrors_is_half_of_a_periodic_one(flow):
    inputs, solutions = flow("allen_cahn_walls", 256)
    double = torch.cat((inputs, inputs.flip(-1)), dim=-1)
    law = {"name": "sines", "terms": 1, "highest": 1, "amplitude": 1.0, "between": None}
    periodic = {"name": "allen_cahn", "walls": "periodic", "length": 2.0, "resolution": 512, "initial": law}
    config = Equation.model_validate(
        {"diffusivity": 1e-3, "reaction": 5.0, "horizon": 1.0, "frames": 21, "steps": 60, "tolerance": 1e-6} | periodic
    )
    whole = config.on((512,), "step").solve(double)
    torch.testing.assert_close(whole.states[..., :256], solutions.states, rtol=0, atol=1e-13)


def test_a_running_wave_only_shifts(flow):
    inputs, solutions = flow("wave_1d", 64, start="running", speed=0.5, horizon=1.0, frames=3)
    torch.testing.assert_close(solutions.states[:, -1], torch.roll(inputs, 32, -1), rtol=1e-6, atol=1e-6)


def test_the_warm_up_leaves_chaos_behind_whatever_the_draw(recipe):
    config = recipe("kuramoto_sivashinsky")
    equation = config.equation.on((512,), "step")
    start = equation.draw(0, "train", range(4))
    assert 1.0 < start.std() < 1.6
    spectrum = np.abs(np.fft.rfft(start[:, 0], norm="forward")).mean(0)
    assert spectrum[20:30].mean() > 5 * spectrum[60:70].mean()  # waves about 2 pi sqrt 2 long, of which 22 fit


def test_the_gradient_form_of_kuramoto_sivashinsky_makes_data_too(flow):
    _, solutions = flow("kuramoto_sivashinsky", 512, form="gradient_norm", frames=3, horizon=2.0)
    assert bool((solutions.states.mean(-1).diff(dim=1) < 0).all())
