"""A map on one grid used on others, interpolated or refined."""

import pytest
import torch

from surrogate.operators.padding import uniform_rules
from surrogate.operators.resampling import resample
from surrogate.predictors.other_grids import OffGrid
from surrogate.predictors.refinement import Refinement
from surrogate.spaces import Boundary, Grid

GRID = Grid.box((8, 8), "cells")
WALLS = Boundary.uniform("dirichlet", 2)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def refinement(inputs=1, outputs=1, dimensions=2, learned=True):
    made = Refinement(inputs, outputs, 4, 2, uniform_rules("zeros", dimensions)).double()
    if learned:
        for parameter in made.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    return made


@pytest.mark.parametrize(("points", "finest"), [((8, 8), 8), ((4, 4), 8), ((9, 4), 16), ((16, 16), 16), ((20, 32), 32)])
def test_the_grids_on_the_way_double_from_the_own_one(points, finest):
    levels = OffGrid(GRID, WALLS, None).levels(points)
    assert levels[0] == (8, 8)
    assert levels[-1] == (finest, finest)


@pytest.mark.parametrize("points", [(4, 4), (8, 8), (16, 16), (24, 12), (32, 32)])
def test_what_is_linear_comes_back_as_it_went_in(points):
    """The identity on the own grid is, on any other grid, nearly the identity on fields that its own grid holds."""
    x, y = (torch.from_numpy(axis) for axis in GRID.resized(points).coordinates())
    field = (2 * x[:, None] + 3 * y[None, :] - 1)[None, None]
    exact = points == (16, 16) or points == (32, 32) or points == (8, 8)
    answer = OffGrid(GRID, WALLS, None)(lambda inputs: inputs, field)
    assert answer.shape == field.shape
    torch.testing.assert_close(answer, field, atol=1e-9 if exact else 0.3, rtol=0)


@pytest.mark.parametrize(("points", "fields"), [((4, 4), 1), ((8, 8), 1), ((16, 16), 4), ((13, 30), 16)])
def test_the_map_is_asked_on_its_own_grid_once_for_every_point_of_a_finer_one(points, fields):
    sizes = []

    def answer(inputs):
        sizes.append(tuple(inputs.shape[2:]))
        return inputs

    OffGrid(GRID, WALLS, None)(answer, torch.randn(1, 1, *points))
    assert sizes == [(8, 8)] * fields


def test_the_map_sees_no_value_that_the_inputs_do_not_have():
    seen = []

    def answer(inputs):
        seen.append(inputs)
        return inputs

    inputs = torch.where(torch.rand(1, 1, 32, 32) < 0.5, 2.0, 12.0)
    OffGrid(GRID, WALLS, None)(answer, inputs)
    assert set(torch.cat(seen).unique().tolist()) == {2.0, 12.0}


@pytest.mark.parametrize("points", [(16, 16), (32, 32)])
def test_a_linear_map_gives_what_it_gives_for_the_means(points):
    weight = torch.randn(64, 64, dtype=torch.float64)

    def answer(inputs):
        return (inputs.flatten(2) @ weight).unflatten(2, (8, 8))

    inputs = torch.randn(2, 1, *points, dtype=torch.float64)
    made = OffGrid(GRID, WALLS, None)
    means = resample(inputs, GRID, WALLS.periodic)
    torch.testing.assert_close(resample(made(answer, inputs), GRID, WALLS.periodic), answer(means))


def test_a_refinement_that_has_learned_nothing_interpolates():
    fresh = OffGrid(GRID, WALLS, refinement(learned=False))
    fields = torch.randn(2, 1, 32, 32, dtype=torch.float64)
    torch.testing.assert_close(fresh(lambda a: a, fields), OffGrid(GRID, WALLS, None)(lambda a: a, fields))


def test_a_refinement_is_affine_in_the_coarse_solution():
    made, inputs = refinement(outputs=2), torch.randn(1, 1, 16, 16, dtype=torch.float64)
    one, two = torch.randn(2, 1, 2, 8, 8, dtype=torch.float64)
    closed = (False, False)

    def fine(coarse):
        return made(coarse, inputs, GRID, closed, 0.5)

    nothing = fine(torch.zeros_like(one))
    torch.testing.assert_close(fine(2 * one - 3 * two) - nothing, 2 * (fine(one) - nothing) - 3 * (fine(two) - nothing))


def test_solution_and_squared_spacing_scale_together():
    """-div(a grad u) = f in units of length twice as long: u is a quarter, so what is correct stays so."""
    made, inputs = refinement(), torch.randn(1, 1, 16, 16, dtype=torch.float64)
    coarse = torch.randn(1, 1, 8, 8, dtype=torch.float64)
    closed = (False, False)
    torch.testing.assert_close(made(coarse / 4, inputs, GRID, closed, 0.5), made(coarse, inputs, GRID, closed, 1.0) / 4)


def test_a_constant_solution_is_corrected_by_the_source_alone():
    made, inputs = refinement(), torch.randn(1, 1, 16, 16, dtype=torch.float64)
    ones = torch.ones(1, 1, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(
        made(3 * ones, inputs, GRID, (False, False), 1.0) - made(ones, inputs, GRID, (False, False), 1.0),
        2 * torch.ones(1, 1, 16, 16, dtype=torch.float64),
    )


@pytest.mark.parametrize(("points", "where", "condition"), [((9,), "nodes", "dirichlet"), ((8,), "left", "periodic")])
def test_lines_of_nodes_and_circles_are_refined_too(points, where, condition):
    grid, boundary = Grid.box(points, where), Boundary.uniform(condition, 1)
    fine = grid.resized((2 * points[0] - (where == "nodes"),))
    inputs = torch.randn(2, 1, *fine.points, dtype=torch.float64)
    made = OffGrid(grid, boundary, refinement(dimensions=1))
    assert made(lambda a: resample(a, grid, boundary.periodic), inputs).shape == inputs.shape


@pytest.mark.parametrize("units", [(2.0**-73, 2.0**66), (2.0**66, 2.0**-73)])
def test_a_refinement_of_float32_fields_follows_their_units(units):
    inputs, outputs = torch.rand(6, 2, 16, 16), torch.rand(6, 1, 16, 16)
    inputs[:, 1] = 7.0  # never varies
    made = refinement(inputs=2).float()

    def refined(of_inputs, of_outputs):
        made.fit_scales(of_inputs * inputs, of_outputs * outputs)
        return made(of_outputs * outputs[..., ::2, ::2], of_inputs * inputs, GRID, WALLS.periodic, 1.0) / of_outputs

    torch.testing.assert_close(refined(*units), refined(1.0, 1.0), rtol=1e-6, atol=1e-6)
