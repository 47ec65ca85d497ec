"""What every equation keeps, whichever it is, with the settings of every recipe."""

import numpy as np
import pytest
import torch

from surrogate.config.schema import GenerateConfig
from surrogate.registry import EQUATIONS, SAMPLERS, Settings


@pytest.fixture
def small(recipe, recipe_name):
    """The recipe on 16 points along each axis, evolutions cut to three frames: module, settings, specification."""
    config = recipe(recipe_name)
    settings = config.equation
    if hasattr(settings, "frames"):
        interval = settings.horizon / (settings.frames - 1)
        settings = settings.model_copy(update={"frames": 3, "horizon": 2 * interval})
    module = EQUATIONS.module(settings.name)
    return module, settings, module.specification(settings, (16,), config.task)


def test_every_equation_has_a_recipe(recipe, recipe_names):
    assert {recipe(name).equation.name for name in recipe_names} == set(EQUATIONS.names())


def test_a_recipe_is_named_like_its_file_and_says_where_it_comes_from(recipe, recipe_name):
    config = recipe(recipe_name)
    assert config.name == recipe_name
    assert "arXiv" in config.source
    assert "`grid` counts" in config.notes


def test_a_recipe_survives_writing_and_reading(recipe, recipe_name):
    config = recipe(recipe_name)
    assert GenerateConfig.model_validate_json(config.model_dump_json()) == config


def test_solutions_have_the_shapes_of_the_specification_and_are_good(small):
    module, settings, specification = small
    solutions = module.solve(settings, specification, 0, "train", [0, 1])
    space = specification.grid.points
    assert space == (16,) * module.DIMENSIONS
    assert solutions.constants.shape == (2, len(specification.constants), *space)
    assert solutions.states.shape == (2, len(specification.times), len(specification.states), *space)
    assert solutions.constants.dtype == solutions.states.dtype == np.float64
    assert solutions.states.flags.c_contiguous
    assert np.isfinite(solutions.constants).all()
    assert np.isfinite(solutions.states).all()
    assert solutions.states.std() > 1e-3
    assert solutions.residual.shape == solutions.iterations.shape == (2,)
    assert (solutions.residual <= 2 * settings.tolerance).all()
    assert (solutions.iterations > 0).all()


def test_a_sample_depends_on_seed_split_and_index_alone(small):
    module, settings, specification = small
    block = module.solve(settings, specification, 3, "valid", [5, 6, 7])
    alone = module.solve(settings, specification, 3, "valid", [6])
    np.testing.assert_array_equal(alone.states[0], block.states[1])
    np.testing.assert_array_equal(alone.constants[0], block.constants[1])
    assert alone.residual[0] == block.residual[1]
    other = module.solve(settings, specification, 3, "test", [6])
    assert np.abs(other.states - alone.states).max() > 1e-3


def test_a_finer_grid_shows_nearly_the_same_sample(small):
    module, settings, specification = small
    coarse = module.solve(settings, specification, 0, "train", [0]).states
    finer = module.specification(settings, (48,), specification.task)
    fine = module.solve(settings, finer, 0, "train", [0]).states
    # Three times finer: every third periodic node, or the middle one of every three cells, is a point of both grids.
    first = 1 if specification.grid.placement[0] == "cells" else 0
    common = fine[(..., *[slice(first, None, 3)] * module.DIMENSIONS)]
    assert np.linalg.norm(common - coarse) < 0.2 * np.linalg.norm(coarse)


def test_the_residual_where_there_is_one_prefers_the_solution(small):
    module, settings, specification = small
    if not hasattr(module, "residual"):
        pytest.skip(f"{module.__name__} has no residual")
    solutions = module.solve(settings, specification, 0, "train", [0, 1])
    constants, states = torch.from_numpy(solutions.constants), torch.from_numpy(solutions.states)
    good = module.residual(settings, specification, constants, states)
    assert good.shape == (2,)
    assert bool((good < 0.1).all())
    assert bool((module.residual(settings, specification, constants, 1.5 * states) > 5 * good).all())


@pytest.mark.parametrize("name", SAMPLERS.names())
def test_every_sampler_has_settings_and_samples(name):
    module = SAMPLERS.module(name)
    assert issubclass(module.Settings, Settings)
    assert callable(module.sample)
