"""What every equation keeps, whichever it is, with the settings of every recipe."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor

from surrogate.config.resources import RECIPE
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.equations._equation import Equation, Solved, read_equation
from surrogate.spaces import Split
from surrogate.testing.contract import Contract, default_settings


def read_recipe(name: str, **equation: Any) -> GenerateConfig:
    """Return the settings of a recipe, with some keys of its equation replaced; it matches no paper."""
    node = default_settings(RECIPE, name)
    unmatched = {key: None for key, value in node["equation"].items() if value == "${match}"}
    node["equation"] |= unmatched | equation
    node |= {"seed": 0, "match": None, "workers": 1, "device": "cpu", "block": None, "cluster": {"kind": "none"}}
    return GenerateConfig.model_validate_json(json.dumps(node | {"out": "unused"}))


def solve_samples(equation: Equation, seed: int, split: Split, indices: Sequence[int]) -> tuple[Tensor, Solved]:
    """Return the inputs of some samples, rounded as they are stored, and what the bound equation makes of them."""
    drawn = equation.draw(seed, split, indices)
    inputs = torch.from_numpy(drawn.astype(np.float32).astype(np.float64))
    return inputs, equation.solve(inputs)


# pytest's own fixture, by which a test says what it measured.
Record = Callable[[str, object], None]


class EquationContract(Contract):
    """Samples are functions of seed, split and index; solutions converge, and two witnesses agree with them.

    ``names`` are recipes.
    """

    # Solutions that several tests of a recipe look at, by the class of the tests and the name of the recipe.
    _kept: ClassVar[dict[tuple[type, str], tuple[Tensor, Solved]]] = {}

    @pytest.fixture
    def small(self, name: str) -> Equation:
        """The recipe on few points along each axis, bound to its grid."""
        config = read_recipe(name)
        equation = self.reduced(read_equation(config.equation))
        return equation.on((equation.tried_on,), config.task)

    @pytest.fixture
    def two(self, small: Equation, name: str) -> tuple[Tensor, Solved]:
        """Two samples of it: inputs and solutions."""
        key = type(self), name
        if key not in self._kept:
            self._kept[key] = solve_samples(small, 0, "train", [0, 1])
        return self._kept[key]

    def reduced(self, equation: Equation) -> Equation:
        """Return an equation that is solved sooner: an evolution cut to three frames."""
        values = equation.model_dump()
        if "frames" not in values:
            return equation
        interval = values["horizon"] / (values["frames"] - 1)
        return equation.model_copy(update={"frames": 3, "horizon": 2 * interval})

    def test_a_recipe_is_named_like_its_file_and_says_where_it_comes_from(self, name: str) -> None:
        """A reader of the data learns from the recipe where its figures are from, and what `grid` counts."""
        config = read_recipe(name)
        assert config.name == name
        assert len(config.source) > 20
        assert "`grid` counts" in config.notes

    def test_a_recipe_survives_writing_and_reading(self, name: str) -> None:
        """The settings that are stored with the data are those that the data were made with."""
        config = read_recipe(name)
        assert GenerateConfig.model_validate_json(config.model_dump_json()) == config

    def test_solutions_have_the_shapes_of_the_specification_and_are_good(
        self, small: Equation, two: tuple[Tensor, Solved], record_property: Record
    ) -> None:
        """The solver reaches its tolerance, and its answers are finite, of the promised shape, and do change."""
        specification = small.spec
        inputs, solutions = two
        record_property("figure", f"residual {float(solutions.residual.max()):.1e} <= {2 * small.tolerance:.0e}")
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

    def test_an_evolution_starts_from_its_input(self, small: Equation, two: tuple[Tensor, Solved]) -> None:
        """The first frame is the start itself, so that a model of steps can begin there."""
        specification = small.spec
        inputs, solutions = two
        if len(specification.times) > 1:
            assert torch.equal(solutions.states[:, 0], inputs[:, len(specification.constants) :])

    def test_a_sample_depends_on_seed_split_and_index_alone(self, small: Equation) -> None:
        """However many workers make the data, in whatever order, each sample has the same bytes."""
        many, block = solve_samples(small, 3, "valid", [5, 6, 7])
        one, alone = solve_samples(small, 3, "valid", [6])
        assert torch.equal(one[0], many[1])
        assert torch.equal(alone.states[0], block.states[1])
        assert alone.residual[0] == block.residual[1]
        other, _ = solve_samples(small, 3, "test", [6])
        assert not torch.equal(other, one)

    def test_refining_space_and_time_changes_little(
        self, small: Equation, two: tuple[Tensor, Solved], record_property: Record
    ) -> None:
        """A finer grid and shorter steps give nearly the same solution: the numerics converge."""
        inputs, solutions = two
        finer = small.refined(2, 2)
        assert finer != small
        states = finer.solve(inputs).states
        change = float((states - solutions.states).norm())
        record_property("figure", f"{change / float(states.norm()):.1e} < 0.1")
        assert change < 0.1 * float(states.norm())

    def test_an_equation_declares_the_least_order_of_its_errors(self, small: Equation, record_property: Record) -> None:
        """The order of convergence is known, by which the certificate bounds how far labels are from the equation."""
        record_property("figure", f"order {small.order:g}")
        assert 0 < small.order <= 2

    def test_the_residual_prefers_the_solution_and_has_a_gradient(
        self, small: Equation, two: tuple[Tensor, Solved], record_property: Record
    ) -> None:
        """Fields that solve the equation leave a small residual, wrong ones a large one; models can learn by it."""
        inputs, solutions = two
        constants = inputs[:, : len(small.spec.constants)]
        states = solutions.states.clone().requires_grad_()
        good = small.residual(constants, states)
        assert good.shape == (2,)
        record_property("figure", f"{float(good.detach().max()):.1e} < {small.labels_leave:g}")
        assert bool((good < small.labels_leave).all())
        noise = torch.randn(states.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        wrong = states.detach() + 0.3 * noise * states.detach().std()
        assert bool((small.residual(constants, wrong) > 5 * good).all())
        (slope,) = torch.autograd.grad(small.residual(constants, wrong.requires_grad_()).sum(), wrong)
        assert bool(torch.isfinite(slope).all())
        assert float(slope.abs().max()) > 0

    def test_a_second_method_agrees(self, small: Equation, two: tuple[Tensor, Solved], record_property: Record) -> None:
        """Other numerics of the same terms come to the same solution, so that no bug of one method hides."""
        inputs, solutions = two
        second = small.reference(inputs[:1].numpy())
        states = solutions.states[:1].numpy()
        assert second.shape == states.shape
        distance, size = np.linalg.norm(second - states), np.linalg.norm(states)
        record_property("figure", f"{distance / size:.1e} < {small.references_differ:g}")
        assert distance < small.references_differ * size

    def test_invariants_and_bounds_hold(
        self, small: Equation, two: tuple[Tensor, Solved], record_property: Record
    ) -> None:
        """What the equation says is conserved, or bounded, is so in the solutions."""
        inputs, solutions = two
        drifts = small.invariants(inputs[:, : len(small.spec.constants)], solutions.states)
        record_property("figure", ", ".join(f"{name} {float(drift.max()):.1e}" for name, drift in drifts.items()))
        assert all(drift.shape == (2,) and bool((drift < 1e-6).all()) for drift in drifts.values()), drifts
