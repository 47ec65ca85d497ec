"""What every equation keeps, whichever it is, with the settings of every recipe."""

import numpy as np
import pytest
import torch

from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.registry import EQUATIONS, SAMPLERS, Settings


@pytest.fixture
def small(recipe, recipe_name):
    """The recipe on few points along each axis, evolutions cut to three frames, bound to its grid."""
    config = recipe(recipe_name)
    settings = config.equation
    if hasattr(settings, "frames"):
        interval = settings.horizon / (settings.frames - 1)
        settings = settings.model_copy(update={"frames": 3, "horizon": 2 * interval})
    if recipe_name == "heat_conduction":  # as few cells as its laws hold on
        settings = settings.model_copy(update={"resolution": 32})
    return settings.on((settings.tried_on,), config.task)


@pytest.fixture(scope="module")
def kept():
    """Solutions that several tests of a recipe look at, by the name of the recipe."""
    return {}


@pytest.fixture
def two(small, solved, recipe_name, kept):
    """Two samples of it: inputs and solutions."""
    if recipe_name not in kept:
        kept[recipe_name] = solved(small, 0, "train", [0, 1])
    return kept[recipe_name]


def test_every_equation_has_a_recipe(recipe, recipe_names):
    assert {recipe(name).equation.name for name in recipe_names} == set(EQUATIONS.names())


def test_a_recipe_is_named_like_its_file_and_says_where_it_comes_from(recipe, recipe_name):
    config = recipe(recipe_name)
    assert config.name == recipe_name
    assert len(config.source) > 20
    assert "`grid` counts" in config.notes


def test_a_recipe_survives_writing_and_reading(recipe, recipe_name):
    config = recipe(recipe_name)
    assert GenerateConfig.model_validate_json(config.model_dump_json()) == config


def test_solutions_have_the_shapes_of_the_specification_and_are_good(small, two):
    specification = small.spec
    inputs, solutions = two
    space = specification.grid.points
    assert len(space) == small.dimensions
    assert inputs.shape == (2, len(specification.problem().channels), *space)
    assert solutions.states.shape == (2, len(specification.times), len(specification.states), *space)
    assert solutions.states.dtype == torch.float64
    assert bool(torch.isfinite(solutions.states).all())
    assert float(solutions.states.std()) > 1e-4
    assert solutions.residual.shape == solutions.iterations.shape == (2,)
    assert bool((solutions.residual <= 2 * small.tolerance).all())
    assert bool((solutions.iterations > 0).all())


def test_an_evolution_starts_from_its_input(small, two):
    specification = small.spec
    inputs, solutions = two
    if len(specification.times) > 1:
        assert torch.equal(solutions.states[:, 0], inputs[:, len(specification.constants) :])


def test_a_sample_depends_on_seed_split_and_index_alone(small, solved):
    many, block = solved(small, 3, "valid", [5, 6, 7])
    one, alone = solved(small, 3, "valid", [6])
    assert torch.equal(one[0], many[1])
    assert torch.equal(alone.states[0], block.states[1])
    assert alone.residual[0] == block.residual[1]
    other, _ = solved(small, 3, "test", [6])
    assert not torch.equal(other, one)


def test_refining_space_and_time_changes_little(small, two):
    inputs, solutions = two
    finer = small.refined(2, 2)
    assert finer != small
    states = finer.solve(inputs).states
    assert float((states - solutions.states).norm()) < 0.1 * float(states.norm())


def test_an_equation_declares_the_least_order_of_its_errors(small):
    assert 0 < small.order <= 2


def test_the_residual_prefers_the_solution_and_has_a_gradient(small, two):
    inputs, solutions = two
    constants = inputs[:, : len(small.spec.constants)]
    states = solutions.states.clone().requires_grad_()
    good = small.residual(constants, states)
    assert good.shape == (2,)
    assert bool((good < small.labels_leave).all())
    noise = torch.randn(states.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    wrong = states.detach() + 0.3 * noise * states.detach().std()
    assert bool((small.residual(constants, wrong) > 5 * good).all())
    (slope,) = torch.autograd.grad(small.residual(constants, wrong.requires_grad_()).sum(), wrong)
    assert bool(torch.isfinite(slope).all())
    assert float(slope.abs().max()) > 0


def test_a_second_method_agrees(small, two):
    inputs, solutions = two
    second = small.reference(inputs[:1].numpy())
    states = solutions.states[:1].numpy()
    assert second.shape == states.shape
    assert np.linalg.norm(second - states) < small.references_differ * np.linalg.norm(states)


def test_invariants_and_bounds_hold(small, two):
    inputs, solutions = two
    drifts = small.invariants(inputs[:, : len(small.spec.constants)], solutions.states)
    assert all(drift.shape == (2,) and bool((drift < 1e-6).all()) for drift in drifts.values()), drifts


@pytest.mark.parametrize("name", SAMPLERS.names())
def test_every_sampler_has_settings_and_samples(name):
    module = SAMPLERS.module(name)
    assert issubclass(module.Settings, Settings)
    assert callable(module.sample)
