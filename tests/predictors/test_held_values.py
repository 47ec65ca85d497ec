"""Boundary values held exactly."""

import numpy as np
import pytest
import torch

from surrogate.operators.walls import wall_factor
from surrogate.predictors.held_values import HeldValues, wall_values
from surrogate.spaces import SIDE_NAMES, Boundary, FieldSpec, Grid, Problem

D, N, P = "dirichlet", "neumann", "periodic"
NAMES = [name for pair in SIDE_NAMES for name in pair]


def problem(points, placement, sides, inputs=("a",)):
    return Problem.on_grid(
        inputs=tuple(FieldSpec(name=name, unit="1", role="constant") for name in inputs),
        outputs=(FieldSpec(name="u", unit="1", role="state"),),
        grid=Grid.box(points, placement, length=2.0, origin=-1.0),
        boundary=Boundary(sides=sides),
        task="map",
    )


def harmonic(grid):
    """A function that no product of one-dimensional ones is, and its values along the four sides."""
    x, y = (torch.from_numpy(place) for place in grid.coordinates())

    def u(x, y):
        return x**2 - y**2 + 0.5 * x * y + x + 2

    ends = torch.tensor([[-1.0], [1.0]], dtype=torch.float64)
    west, east = (u(end, y).expand(len(x), -1) for end in ends)
    south, north = (u(x, end)[:, None].expand(-1, len(y)) for end in ends)
    return u(x[:, None], y), torch.stack([west, east, south, north])


def test_nodes_on_a_zero_wall_are_exactly_zero_and_no_others():
    held = HeldValues(problem((9, 12), "nodes", ((D, D), (D, N))))
    fields = held(torch.zeros(2, 1, 9, 12), torch.rand(2, 3, 9, 12) + 1)
    wall = torch.zeros(9, 12, dtype=torch.bool)
    wall[0] = wall[-1] = wall[:, 0] = True
    assert not fields[..., wall].any()
    assert (fields[..., ~wall] > 0).all()


def test_nodes_on_given_walls_take_their_values_exactly():
    box = problem((9, 12), "nodes", ((D, D), (D, D)), NAMES)
    truth, sides = harmonic(box.grid)
    values = HeldValues(box).double()(sides[None], torch.randn(1, 1, 9, 12, dtype=torch.float64))[0, 0]
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        torch.testing.assert_close(values[edge], truth[edge])


@pytest.mark.parametrize("placement", ["cells", "left"])
def test_where_no_point_is_on_a_wall_fields_approach_its_value_to_second_order(placement):
    distances = []
    for n in (16, 32):
        box = problem((n, n), placement, ((D, D), (D, D)), NAMES)
        truth, sides = harmonic(box.grid)
        place = torch.from_numpy(box.grid.coordinates()[0])
        wave = torch.sin(3 * place)[:, None] * torch.cos(2 * place)
        extended = HeldValues(box)(sides[None], wave[None, None])
        distances.append(float(wall_values(extended - truth, box)))
    assert distances[1] < distances[0] / 3.5


def test_the_same_map_on_a_finer_grid():
    box = problem((9, 9), "nodes", ((D, D), (N, D)), NAMES)
    finer = box.grid.resized((17, 17))
    coarse, fine = (harmonic(grid)[1] for grid in (box.grid, finer))
    held = HeldValues(box)
    waves = [
        torch.sin(2 * torch.from_numpy(grid.coordinates()[0]))[:, None].expand(-1, n)
        for grid, n in ((box.grid, 9), (finer, 17))
    ]
    extensions = [held(sides[None], wave[None, None]) for sides, wave in zip((coarse, fine), waves, strict=True)]
    torch.testing.assert_close(extensions[1][..., ::2, ::2], extensions[0])


@pytest.mark.parametrize("sides", [((D, N), (P, P)), ((N, D), (N, N)), ((P, P), (D, D))])
def test_the_factor_vanishes_on_dirichlet_sides_alone(sides):
    grid = Grid.box((5, 5), "nodes", 1.0)
    factor = wall_factor(grid, Boundary(sides=sides))
    ends = [np.take(factor, end, axis) for axis in (0, 1) for end in (0, -1)]
    flat = [side for pair in sides for side in pair]
    assert [not end.any() for end in ends] == [side == D for side in flat]
    assert factor.max() == 1


def test_the_map_is_affine_in_the_fields_and_linear_in_the_values():
    held = HeldValues(problem((6, 7), "cells", ((D, D), (D, N)), NAMES)).double()
    inputs, fields = torch.randn(2, 2, 4, 6, 7, dtype=torch.float64)[:, :, :4]
    both = held(3 * inputs[:1] + inputs[1:], 3 * fields[:1] + fields[1:])
    torch.testing.assert_close(both, 3 * held(inputs[:1], fields[:1]) + held(inputs[1:], fields[1:]))


def test_reversing_an_axis_and_its_values_reverses_the_result():
    held = HeldValues(problem((6, 6), "cells", ((D, D), (D, D)), NAMES)).double()
    _, sides = harmonic(held.problem.grid)
    fields = torch.randn(1, 1, 6, 6, dtype=torch.float64)
    turned = sides.flip(1)[[1, 0, 2, 3]][None]
    torch.testing.assert_close(held(turned, fields.flip(2)), held(sides[None], fields).flip(2))


def test_a_box_without_given_values_is_refused():
    with pytest.raises(ValueError, match="expected a dirichlet side"):
        HeldValues(problem((6, 6), "left", ((P, P), (P, P))))
