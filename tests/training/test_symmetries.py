"""Symmetry augmentation turns inputs and outputs of the same problem into each other."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.config.schema import GenerateConfig
from surrogate.errors import SettingsError
from surrogate.fields import Boundary, FieldSpec, Grid, Problem
from surrogate.registry import EQUATIONS
from surrogate.training.symmetries import Turn, check, drawn

FIELD = FieldSpec(name="u", unit="1", role="constant")


def problem(grid: Grid, condition: str = "dirichlet") -> Problem:
    boundary = Boundary.uniform(condition, len(grid.points))
    state = FieldSpec(name="v", unit="1", role="state")
    return Problem(
        inputs=(FIELD,), outputs=(state,), grid=grid, boundary=boundary, task="map", symmetries=("flip", "transpose")
    )


@pytest.mark.parametrize("placement", ["cells", "nodes", "left"])
def test_a_reversed_axis_reads_the_function_at_the_mirrored_points(placement):
    grid = Grid.box((8,), placement)
    wave = torch.from_numpy(np.sin(2 * np.pi * grid.coordinates()[0]))[None, None]
    mirrored = torch.from_numpy(np.sin(2 * np.pi * (1 - grid.coordinates()[0])))[None, None]
    turned = Turn((0,), (True,))(wave, problem(grid, "periodic" if placement == "left" else "dirichlet"))
    torch.testing.assert_close(turned, mirrored)


def test_the_turns_of_a_square_are_eight():
    square = problem(Grid.box((8, 8), "cells"))
    assert len({drawn(square, 0, 0, step) for step in range(200)}) == 8


def test_a_turn_depends_on_seed_epoch_and_step_alone():
    square = problem(Grid.box((8, 8), "cells"))
    assert [drawn(square, 1, 2, step) for step in range(9)] == [drawn(square, 1, 2, step) for step in range(9)]
    assert [drawn(square, 1, 2, step) for step in range(9)] != [drawn(square, 1, 3, step) for step in range(9)]


def test_axes_of_different_length_are_not_exchanged():
    with pytest.raises(SettingsError, match="differ"):
        check(problem(Grid.box((8, 16), "cells")))


def test_the_symmetries_that_darcy_flow_declares_commute_with_its_solver():
    config = read(GenerateConfig, compose_tree("generate", ["recipe=darcy_rough", "grid=8"]) | {"out": "unused"})
    module = EQUATIONS.module("darcy")
    spec = module.specification(config.equation, (8, 8), "map")
    given = torch.from_numpy(module.draw(config.equation, spec, 0, "train", [0]))
    found = module.solve(config.equation, spec, given).states
    for step in range(8):
        turn = drawn(spec.problem(), 0, 0, step)
        residual = module.residual(
            config.equation, spec, turn(given, spec.problem()), turn(found[:, 0], spec.problem())[:, None]
        )
        untouched = module.residual(config.equation, spec, given, found)
        torch.testing.assert_close(residual, untouched, rtol=1e-6, atol=1e-9)
