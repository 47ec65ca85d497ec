"""Symmetry augmentation turns inputs and outputs of the same problem into each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem
from surrogate.training.symmetries.flip import Reversed
from surrogate.training.symmetries.transpose import Exchanged
from surrogate.training.symmetry import Turn, drawn

FIELD = FieldSpec(name="u", unit="1", role="constant")


def problem(grid: Grid, condition: str = "dirichlet") -> Problem:
    boundary = Boundary.uniform(condition, len(grid.points))
    state = FieldSpec(name="v", unit="1", role="state")
    return Problem.on_grid(
        inputs=(FIELD,), outputs=(state,), grid=grid, boundary=boundary, task="map", symmetries=("flip", "transpose")
    )


@pytest.mark.parametrize("placement", ["cells", "nodes", "left"])
def test_a_reversed_axis_reads_the_function_at_the_mirrored_points(placement):
    grid = Grid.box((8,), placement)
    wave = torch.from_numpy(np.sin(2 * np.pi * grid.coordinates()[0]))[None, None]
    mirrored = torch.from_numpy(np.sin(2 * np.pi * (1 - grid.coordinates()[0])))[None, None]
    turned = Reversed((True,))(wave, problem(grid, "periodic" if placement == "left" else "dirichlet"))
    torch.testing.assert_close(turned, mirrored)


def test_the_turns_of_a_square_are_eight():
    square = problem(Grid.box((8, 8), "cells"))
    assert len({drawn(square, 0, 0, step) for step in range(200)}) == 8


def test_a_turn_depends_on_seed_epoch_and_step_alone():
    square = problem(Grid.box((8, 8), "cells"))
    assert [drawn(square, 1, 2, step) for step in range(9)] == [drawn(square, 1, 2, step) for step in range(9)]
    assert [drawn(square, 1, 2, step) for step in range(9)] != [drawn(square, 1, 3, step) for step in range(9)]


def turn_of(order: tuple[int, ...], flags: tuple[bool, ...]) -> Turn:
    return Turn((Exchanged(order), Reversed(flags)))


def order(turn: Turn) -> tuple[int, ...]:
    return turn.changes[0].order


def turns(problem: Problem) -> set[Turn]:
    return {drawn(problem, 0, 0, step) for step in range(200)}


def test_axes_of_different_points_are_reversed_and_not_exchanged():
    seen = turns(problem(Grid.box((8, 16), "cells")))
    assert {order(turn) for turn in seen} == {(0, 1)}
    assert len({turn.changes[1] for turn in seen}) == 4


def test_axes_of_different_length_are_not_exchanged():
    grid = Grid.box((8, 8), "cells").model_copy(update={"lengths": (1.0, 2.0)})
    assert {order(turn) for turn in turns(problem(grid))} == {(0, 1)}


def test_of_three_axes_the_two_that_are_alike_are_exchanged():
    assert {order(turn) for turn in turns(problem(Grid.box((8, 16, 8), "cells")))} == {(0, 1, 2), (2, 1, 0)}


def test_axes_of_different_boundary_are_not_exchanged_and_unlike_sides_not_reversed():
    square = problem(Grid.box((8, 8), "cells"))
    sides = (("dirichlet", "neumann"), ("dirichlet", "dirichlet"))
    target = square.target.model_copy(update={"boundary": Boundary(sides=sides)})
    seen = turns(square.model_copy(update={"target": target}))
    assert seen == {turn_of((0, 1), (False, False)), turn_of((0, 1), (False, True))}


def test_the_turns_of_a_square_are_those_of_runs_made_before():
    square = problem(Grid.box((8, 8), "cells"))
    stream = np.random.default_rng(np.random.SeedSequence([3, 1, 4], spawn_key=(1,)))
    order, flags = stream.permutation(2), stream.integers(0, 2, 2)
    assert drawn(square, 3, 1, 4) == turn_of(tuple(order.tolist()), tuple(bool(flag) for flag in flags))


def test_the_symmetries_that_darcy_flow_declares_commute_with_its_solver():
    config = read(GenerateConfig, compose_tree("generate", ["recipe=darcy_rough", "grid=8"]) | {"out": "unused"})
    equation = config.equation.on((8, 8), "map")
    problem = equation.spec.problem()
    given = torch.from_numpy(equation.draw(0, "train", [0]))
    states = equation.solve(given).states
    for step in range(8):
        turn = drawn(problem, 0, 0, step)
        residual = equation.residual(turn(given, problem), turn(states[:, 0], problem)[:, None])
        untouched = equation.residual(given, states)
        torch.testing.assert_close(residual, untouched, rtol=1e-6, atol=1e-9)
