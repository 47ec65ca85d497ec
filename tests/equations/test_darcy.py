"""Laws of the Darcy data."""

import numpy as np
import pytest

from surrogate.equations import darcy
from surrogate.errors import SettingsError, SolverError

SMALL = (12, 12)


@pytest.fixture
def flows(solved):
    """Return the specification of a recipe, three permeabilities, and the flows."""

    def of(config, points=SMALL):
        specification = darcy.specification(config.equation, points, "map")
        return specification, *solved(config.equation, specification, 0, "train", range(3))

    return of


def test_refining_brings_the_labels_nearer_to_the_equation(recipe, flows):
    labels = {refine: flows(recipe("darcy_rough", refine=refine))[2].states for refine in (1, 2, 4, 16)}
    error = [np.linalg.norm(labels[r] - labels[16]) / np.linalg.norm(labels[16]) for r in (1, 2, 4)]
    assert error[0] > 2 * error[1] > 4 * error[2]


def test_without_refining_the_labels_solve_the_equation_on_their_own_grid(recipe, flows):
    config = recipe("darcy_rough", refine=1)
    specification, inputs, solutions = flows(config, (12, 17))
    assert float(darcy.residual(config.equation, specification, inputs, solutions.states).max()) < 1e-10


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
        darcy.specification(recipe("darcy_rough").equation, SMALL, "step")


def test_three_axes_are_refused(recipe):
    with pytest.raises(SettingsError, match="grid: darcy has 2 space axes"):
        darcy.specification(recipe("darcy_rough").equation, (8, 8, 8), "map")


def test_a_misspelt_sampler_is_answered_with_the_nearest(recipe):
    with pytest.raises(SettingsError, match="no sampler 'two_value'; did you mean 'two_valued'"):
        recipe("darcy_rough", permeability={"name": "two_value"})
