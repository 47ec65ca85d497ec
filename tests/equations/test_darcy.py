"""Laws of the Darcy data."""

import numpy as np
import pytest
import torch

from surrogate.errors import SettingsError, SolverError
from surrogate.solvers.black_box_multigrid import FivePoints, solve_stencil
from surrogate.solvers.cell_means import average, spread
from surrogate.solvers.darcy_papers import pdebench_stencil

SMALL = (12, 12)


@pytest.fixture
def flows(solved):
    """Return the equation of a recipe on its grid, three permeabilities, and the flows."""

    def of(config, points=SMALL):
        equation = config.equation.on(points, "map")
        return equation, *solved(equation, 0, "train", range(3))

    return of


def test_refining_brings_the_labels_nearer_to_the_equation(recipe, flows):
    labels = {refine: flows(recipe("darcy_rough", refine=refine, resolution=1))[2].states for refine in (1, 2, 4, 16)}
    error = [np.linalg.norm(labels[r] - labels[16]) / np.linalg.norm(labels[16]) for r in (1, 2, 4)]
    assert error[0] > 2 * error[1] > 4 * error[2]


def test_without_refining_the_labels_solve_the_equation_on_their_own_grid(recipe, flows):
    config = recipe("darcy_rough", refine=1, resolution=1)
    equation, inputs, solutions = flows(config, (12, 17))
    assert float(equation.residual(inputs, solutions.states).max()) < 1e-10


def test_the_permeability_takes_the_two_values_of_the_recipe(recipe, flows):
    assert set(np.unique(flows(recipe("darcy_piecewise"))[1])) == {3.0, 12.0}
    assert set(np.unique(flows(recipe("darcy_rough"))[1])) == {2.0, 12.0}


def test_the_pressure_lies_between_those_of_the_two_constant_permeabilities(recipe, flows):
    _, _, solutions = flows(recipe("darcy_rough"))
    # 0.0736713 / a is the highest pressure over a constant a.
    assert solutions.states.min() > 0
    assert 0.0736 / 12 < solutions.states.max() < 0.0737 / 2


def test_a_tolerance_below_rounding_is_refused_with_the_residual_reached(recipe, flows):
    with pytest.raises(SolverError, match=r"relative residual of \d.*expected 1.0e-30"):
        flows(recipe("darcy_rough", tolerance=1e-30))


def test_a_steady_flow_has_no_steps(recipe):
    with pytest.raises(SettingsError, match="task: darcy is steady, expected 'map', got 'step'"):
        recipe("darcy_rough").equation.specification(SMALL, "step")


def test_three_axes_are_refused(recipe):
    with pytest.raises(SettingsError, match="grid: darcy has 2 space axes"):
        recipe("darcy_rough").equation.specification((8, 8, 8), "map")


def test_a_misspelt_sampler_is_answered_with_the_nearest(recipe):
    with pytest.raises(SettingsError, match="no sampler 'two_value'; did you mean 'two_valued'"):
        recipe("darcy_rough", permeability={"name": "two_value"})


def test_a_law_with_a_direction_is_not_declared_symmetric(recipe):
    assert recipe("darcy_rough").equation.specification(SMALL, "map").symmetries == ("flip", "transpose")
    assert recipe("darcy_trigonometric").equation.specification(SMALL, "map").symmetries == ()


def test_the_pressure_grows_with_the_forcing(recipe, flows):
    one, ten = (flows(recipe("darcy_pdebench", forcing=forcing))[2].states for forcing in (1.0, 10.0))
    np.testing.assert_allclose(ten, 10 * one, rtol=1e-9)


@pytest.mark.parametrize(("name", "match"), [("darcy_piecewise", "fno"), ("darcy_pdebench", "pdebench")])
def test_a_matched_discretisation_is_near_the_equation_and_not_nearer(recipe, flows, name, match):
    equation, inputs, exact = flows(recipe(name), (24, 24))
    matching = equation.model_copy(update={"match": match})
    matched = matching.solve(inputs).states
    assert 0.005 < np.linalg.norm(matched - exact.states) / np.linalg.norm(exact.states) < 0.2
    assert matching.refined(2, 1).match is None


def test_a_script_for_squares_refuses_a_rectangle(recipe):
    settings = recipe("darcy_piecewise").equation.model_copy(update={"match": "fno"})
    equation = settings.on((12, 10), "map")
    inputs = torch.ones(1, 1, 12, 10, dtype=torch.float64)
    with pytest.raises(SettingsError, match="match=fno needs equal axes"):
        equation.solve(inputs)


def test_arithmetic_means_are_seen_by_the_second_method(recipe, flows):
    # Labels by harmonic means pass the recipe's limit with room, those by arithmetic means do not.
    config = recipe("darcy_rough")
    equation, inputs, right = flows(config, (64, 64))
    a = spread(inputs[:1, 0], 4, 2)
    stencil = pdebench_stencil(a, (1 / 256, 1 / 256))
    stencil.x[:, [0, -1]] *= 2
    stencil.y[:, :, [0, -1]] *= 2
    faulty = solve_stencil(FivePoints.from_faces(stencil.x, stencil.y), torch.full_like(a, 256**-2.0), 1e-10)[0]
    second = equation.reference(inputs[:1].numpy())[0, 0, 0]
    distances = [
        np.linalg.norm(label - second) / np.linalg.norm(second)
        for label in (right.states[0, 0, 0].numpy(), average(faulty, 4)[0].numpy())
    ]
    assert distances[0] < config.certificate.second / 2
    assert distances[1] > config.certificate.second * 2
