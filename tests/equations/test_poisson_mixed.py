"""Laws of the data with a condition of its own on each side."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from surrogate.errors import SettingsError

FIELD = {"name": "gaussian", "boundary": "neumann", "sigma": 50.0, "alpha": 2.0, "tau": 3.0}
SMALL = (12, 15)


def side(condition, value=0.0, exchange=0.0):
    return {"condition": condition, "value": value, "exchange": exchange}


def around(west, east, south, north):
    return {"west": west, "east": east, "south": south, "north": north}


DRAWN = {kind: side(kind, "drawn", 3.0 if kind == "robin" else 0.0) for kind in ("dirichlet", "neumann", "robin")}
MIXES = {
    "dirichlet": around(*[DRAWN["dirichlet"]] * 4),
    "neumann": around(*[DRAWN["neumann"]] * 4),
    "robin": around(*[DRAWN["robin"]] * 4),
    "channel": around(DRAWN["robin"], DRAWN["dirichlet"], side("periodic"), side("periodic")),
}


@pytest.fixture
def problem(recipe, solved):
    """Return the equation of a recipe on its grid, the inputs of three samples, and their potentials."""

    def of(name, points=SMALL, **changes):
        settings = recipe(name, **changes).equation
        equation = settings.on(points, "map")
        return equation, *solved(equation, 0, "train", range(3))

    return of


@pytest.mark.parametrize("mix", MIXES)
def test_finite_elements_agree_whatever_the_sides(problem, mix):
    equation, inputs, solutions = problem("poisson_mixed", sides=MIXES[mix])
    second = equation.reference(inputs[:1].numpy())
    first = solutions.states[:1].numpy()
    assert np.linalg.norm(second - first) < 0.01 * np.linalg.norm(first)


@pytest.mark.parametrize("mix", MIXES)
def test_without_refining_the_labels_solve_the_equation_on_their_own_grid(problem, mix):
    equation, inputs, solutions = problem("poisson_mixed", sides=MIXES[mix], refine=1)
    assert float(equation.residual(inputs, solutions.states).max()) < 1e-9


def test_where_no_side_holds_the_level_the_mean_is_zero(problem):
    everywhere = around(*[side("periodic")] * 4)
    equation, inputs, solutions = problem("poisson_mixed", sides=everywhere, side_values=None)
    means = equation.invariants(inputs, solutions.states)
    assert float(means["mean"].max()) < 1e-12


def test_the_inputs_are_what_is_drawn(problem):
    sides = around(side("dirichlet", 1.0), DRAWN["robin"], side("neumann"), DRAWN["dirichlet"])
    equation, inputs, _ = problem("poisson_mixed", sides=sides)
    assert [field.name for field in equation.spec.constants] == ["forcing", "east", "north"]
    assert inputs.shape == (3, 3, *SMALL)


def test_a_flow_from_west_to_east_lies_between_their_pressures_and_falls(problem):
    _, _, solutions = problem("darcy_mixed")
    pressure = solutions.states[:, 0, 0]
    assert float(pressure.min()) > 0
    assert float(pressure.max()) < 1
    assert bool((pressure.mean(2).diff(dim=1) < 0).all())


@pytest.mark.parametrize("name", ["poisson_mixed", "darcy_mixed"])
def test_data_given_wrong_by_one_percent_misses_the_threshold(recipe, problem, name):
    equation, inputs, _ = problem(name, points=(32,))
    wrong = inputs[:1].clone()
    sides = equation.sides
    if name == "poisson_mixed":
        wrong[:, :2] *= 1.01
    else:
        west = sides.west.model_copy(update={"value": 1.01})
        sides = sides.model_copy(update={"west": west})
    labels = equation.model_copy(update={"sides": sides}).solve(wrong).states.numpy()
    second = equation.reference(inputs[:1].numpy())
    distance = np.linalg.norm(labels - second) / np.linalg.norm(second)
    assert distance > recipe(name).certificate.second


def test_the_potential_of_a_larger_drawn_pressure_is_larger_by_as_much(problem):
    sides = around(*[DRAWN["dirichlet"]] * 4)
    equation, inputs, solutions = problem("poisson_mixed", sides=sides)
    raised = inputs.clone()
    raised[:, 1:] += 2.5
    torch.testing.assert_close(equation.solve(raised).states, solutions.states + 2.5, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ({"sides": around(side("periodic"), *[DRAWN["neumann"]] * 3)}, "periodic on both sides or on none"),
        ({"sides": around(side("robin"), *[DRAWN["neumann"]] * 3)}, "exchange to be positive on a robin side"),
        ({"sides": around(side("neumann", 0.0, 1.0), *[DRAWN["neumann"]] * 3)}, "exchange to be positive on a robin"),
        ({"sides": around(*[side("periodic", 1.0)] * 4)}, "a periodic side has value 0"),
        ({"side_values": None}, "side_values names a sampler where a side is drawn"),
        ({"permeability": -1.0}, "a positive permeability"),
    ],
)
def test_sides_that_make_no_sense_are_refused(recipe, equation, message):
    with pytest.raises((ValidationError, SettingsError), match=message):
        recipe("poisson_mixed", **equation)


def test_a_recipe_that_draws_nothing_is_refused(recipe):
    settings = recipe("darcy_mixed", permeability=2.0).equation
    with pytest.raises(SettingsError, match="every sample is the same"):
        settings.specification((8,), "map")


def test_a_law_in_the_place_of_a_number_is_drawn(problem):
    equation, inputs, _ = problem("darcy_mixed", forcing=FIELD)
    assert [field.name for field in equation.spec.constants] == ["permeability", "forcing"]
    assert abs(float(torch.corrcoef(inputs[:, :, 0].flatten(2)[0])[0, 1])) < 0.9
