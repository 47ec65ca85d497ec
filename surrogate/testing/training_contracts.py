"""What every optimizer, schedule, tracker and symmetry owes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from surrogate.registry import OPTIMIZERS, SCHEDULES, SYMMETRIES, TRACKERS, Settings
from surrogate.testing.contract import Contract, default_settings
from surrogate.testing.model_contract import box_problem
from surrogate.training.optimizer import OptimizerSettings, build_optimizer
from surrogate.training.schedule import Moment, factor
from surrogate.training.tracker import Row, missing, open_tracker


class OptimizerContract(Contract):
    """An optimizer goes downhill at the rate that it is given, and is stored as tensors by parameter."""

    def settings(self, name: str) -> OptimizerSettings:
        """Return its default settings."""
        settings = OPTIMIZERS.read(default_settings("optimizer", name))
        assert isinstance(settings, OptimizerSettings)
        return settings

    def test_it_goes_downhill(self, name: str) -> None:
        """It makes a loss smaller."""
        weight = torch.nn.Parameter(torch.ones(4, 3))
        optimizer = build_optimizer(self.settings(name), [weight])
        for _ in range(20):
            optimizer.zero_grad()
            weight.square().sum().backward()
            optimizer.step()
        assert float(weight.detach().square().sum()) < 12

    def test_it_takes_the_rate_of_the_schedule(self, name: str) -> None:
        """A schedule sets its rate, and with the rate zero nothing moves."""
        weight = torch.nn.Parameter(torch.ones(4, 3))
        optimizer = build_optimizer(self.settings(name), [weight])
        assert [group["lr"] for group in optimizer.param_groups] == [self.settings(name).lr]
        for group in optimizer.param_groups:
            group["lr"] = 0.0
        for _ in range(3):
            weight.square().sum().backward()
            optimizer.step()
        torch.testing.assert_close(weight.detach(), torch.ones(4, 3))

    def test_its_state_is_tensors_by_parameter(self, name: str) -> None:
        """A training that was stopped goes on as if it had not been."""
        weight = torch.nn.Parameter(torch.ones(4, 3))
        optimizer = build_optimizer(self.settings(name), [weight])
        for _ in range(2):
            weight.square().sum().backward()
            optimizer.step()
        moments = optimizer.state_dict()["state"][0].values()
        assert all(isinstance(moment, torch.Tensor) for moment in moments)

    def test_it_says_whether_it_works_on_parts_of_a_weight(self, name: str) -> None:
        """Training over several devices knows whether it may be used there."""
        assert isinstance(OPTIMIZERS.module(name).SHARDS, bool)


class ScheduleContract(Contract):
    """A schedule is a function of the step alone, between 0 and 1, for the shortest runs too."""

    def settings(self, name: str) -> Settings:
        """Return its default settings."""
        return SCHEDULES.read(default_settings("schedule", name))

    @pytest.mark.parametrize(("steps", "epochs"), [(1, 1), (2, 1), (1, 2), (1, 3), (10, 8)])
    def test_every_step_has_a_rate(self, name: str, steps: int, epochs: int) -> None:
        """Each step of a training has a factor above 0 and at most 1, the same whenever it is computed."""
        settings = self.settings(name)
        factors = [factor(settings, Moment(step, steps, epochs)) for step in range(steps * epochs)]
        assert all(0 < value <= 1 for value in factors)
        assert factor(settings, Moment(0, steps, epochs)) == factors[0]


class TrackerContract(Contract):
    """A tracker is told of each epoch, and goes on where a run was stopped."""

    def test_it_takes_epochs_and_goes_on(self, name: str, tmp_path: Path) -> None:
        """It takes a line for each epoch, and goes on after those of an earlier start."""
        if package := missing(name):
            pytest.skip(f"needs the package {package}")
        rows: list[Row] = [
            {"epoch": k, "train_loss": 1 / k, "valid_relative_l2": None, "best": True} for k in (1, 2, 3)
        ]
        (tmp_path / "history.jsonl").touch()
        for done in (0, 2):
            tracker = open_tracker(name, tmp_path, rows[:done])
            for row in rows[done:]:
                tracker.append(row)
            tracker.close()

    def test_it_says_what_it_needs(self, name: str) -> None:
        """A package that is missing is named before a training begins."""
        package = TRACKERS.module(name).PACKAGE
        assert package is None or isinstance(package, str)


class SymmetryContract(Contract):
    """A symmetry draws, from the stream alone, changes that keep the shape of fields."""

    def test_it_changes_where_values_stand_as_the_stream_says(self, name: str) -> None:
        """The same stream of random numbers draws the same change, which keeps the shape of fields."""
        problem = box_problem((8, 8), "neumann")
        field = torch.arange(64.0).reshape(1, 1, 8, 8)
        draw = SYMMETRIES.module(name).draw
        for seed in range(4):
            first, again = (draw(problem, np.random.default_rng(seed)) for _ in range(2))
            assert first == again
            assert first(field, problem).shape == field.shape
            assert torch.equal(first(field, problem), again(field, problem))

    def test_it_says_when_it_draws(self, name: str) -> None:
        """The order in which symmetries draw is fixed, so that a training can be repeated."""
        assert isinstance(SYMMETRIES.module(name).PLACE, int)
