"""Laws of the Poisson data: values on the sides, screening, a conductivity that grows."""

import numpy as np
import pytest
import torch

from surrogate.errors import SettingsError, SolverError


@pytest.mark.parametrize("name", ["poisson", "screened_poisson", "nonlinear_poisson"])
def test_the_same_sample_on_a_finer_grid_is_the_same_function_but_for_higher_waves(recipe, name):
    settings = recipe(name).equation
    side = []
    for points in (32, 96):
        equation = settings.on((points,), "map")
        side.append(equation.draw(0, "train", [4])[0, 1, 0])
    coarse, fine = side[0], side[1][1::3]
    assert np.linalg.norm(fine - coarse) < 0.02 * np.linalg.norm(coarse)


def test_a_side_is_constant_along_its_normal_and_meets_the_next_in_the_corner(recipe):
    settings = recipe("poisson").equation
    equation = settings.on((200, 220), "map")
    _, west, east, south, north = equation.draw(1, "test", [0])[0]
    assert np.ptp(west, axis=0).max() == np.ptp(east, axis=0).max() == 0
    assert np.ptp(south, axis=1).max() == np.ptp(north, axis=1).max() == 0
    corners = [(west[0, 0], south[0, 0]), (west[0, -1], north[0, 0]), (east[0, -1], north[-1, 0])]
    for one, other in corners:
        assert one == pytest.approx(other, abs=0.05 * np.abs(west).max())


def test_forcing_and_sides_are_independent(recipe):
    settings = recipe("poisson").equation
    settings = settings.model_copy(update={"side_values": settings.forcing})
    equation = settings.on((8,), "map")
    drawn = equation.draw(0, "train", range(400))
    forcing, west = drawn[:, 0, 0, 4], drawn[:, 1, 0, 4]
    assert abs(np.corrcoef(forcing, west)[0, 1]) < 0.15


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("screened_poisson", {"screening": 101.0}),
        ("nonlinear_poisson", {"strength": 0.101}),
    ],
)
def test_a_coefficient_that_is_wrong_by_one_percent_misses_the_threshold_of_the_second_method(
    recipe, solved, name, wrong
):
    config = recipe(name)
    inputs, labels = solved(recipe(name, **wrong).equation.on((32,), "map"), 0, "train", [0])
    second = config.equation.on((32,), "map").reference(inputs.numpy())
    distance = np.linalg.norm(labels.states.numpy() - second) / np.linalg.norm(second)
    assert distance > config.certificate.second


def test_screening_makes_the_middle_forget_the_sides(recipe, solved):
    settings = recipe("screened_poisson", screening=4000.0).equation
    equation = settings.on((16,), "map")
    inputs, _ = solved(equation, 0, "train", [0])
    other = inputs.clone()
    other[:, 1:] += 1.0
    middle = [equation.solve(one).states[0, 0, 0, 7:9, 7:9] for one in (inputs, other)]
    torch.testing.assert_close(middle[0], middle[1], rtol=0, atol=1e-10)


def test_too_few_waves_are_refused_with_what_they_leave_out(recipe, solved):
    settings = recipe("poisson", waves=4).equation
    equation = settings.on((12,), "map")
    with pytest.raises(SolverError, match=r"the last waves along the sides make up .*equation\.waves"):
        solved(equation, 0, "train", [0])


def test_a_law_that_is_no_series_of_cosines_is_refused(recipe):
    periodic = {"name": "gaussian", "boundary": "periodic", "sigma": 1.0, "alpha": 2.0, "tau": 3.0}
    with pytest.raises(SettingsError, match="expected a number, or the sampler gaussian with boundary neumann"):
        recipe("poisson", forcing=periodic)


def test_a_steady_potential_has_no_steps(recipe):
    with pytest.raises(SettingsError, match="task: poisson is steady, expected 'map', got 'step'"):
        recipe("poisson").equation.specification((8,), "step")
