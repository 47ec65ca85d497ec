"""What every loss and every metric owes: one number a sample, that is zero where nothing is wrong."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from surrogate.evaluation.metric import Metric, metric_named
from surrogate.registry import LOSSES
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem, Space
from surrogate.testing.contract import Contract, default_settings
from surrogate.training.loss import TrainingLoss, build_loss, figures, selecting

_STATE = FieldSpec(name="u", unit="m", role="state")
_GRID, _BOUNDARY = Grid.box((16, 18), "left"), Boundary.uniform("periodic", 2)
_PROBLEM = Problem.on_grid(
    inputs=(FieldSpec(name="a", unit="1", role="constant"),),
    outputs=(_STATE,),
    grid=_GRID,
    boundary=_BOUNDARY,
    task="map",
)


def _fields(seed: int) -> Tensor:
    return torch.randn(5, 1, *_GRID.points, generator=torch.Generator().manual_seed(seed))


class LossContract(Contract):
    """A loss does not know the unit of the field, vanishes where nothing is wrong, and is 1 for predicting zero."""

    def build(self, name: str, mean_square: float) -> TrainingLoss:
        """Return the loss with its default settings."""
        return build_loss(LOSSES.read(default_settings("loss", name)), _PROBLEM, mean_square)

    @pytest.mark.parametrize("unit", [1.0, 1e-3, 1e-22, 1e20])
    def test_it_does_not_know_the_unit(self, name: str, unit: float) -> None:
        """Data in metres and in millimetres are learned alike."""
        square = float(_fields(0).square().mean())
        expected = self.build(name, square)(_fields(1), _fields(0))
        scaled = self.build(name, square * unit**2)(unit * _fields(1), unit * _fields(0))
        assert expected.shape == (5,)
        torch.testing.assert_close(scaled, expected, rtol=1e-3, atol=0)

    def test_it_vanishes_where_nothing_is_wrong(self, name: str) -> None:
        """A perfect prediction has the loss zero."""
        assert float(self.build(name, 1.0)(_fields(0), _fields(0)).abs().max()) < 1e-6

    def test_its_gradient_is_finite(self, name: str) -> None:
        """An optimizer can go down it."""
        prediction = _fields(1).requires_grad_()
        self.build(name, 1.0)(prediction, _fields(0)).sum().backward()
        assert prediction.grad is not None
        assert prediction.grad.isfinite().all()
        assert prediction.grad.any()

    def test_predicting_zero_has_the_figure_one(self, name: str) -> None:
        """The figure on validation data can be compared: 1 is as good as predicting zero."""
        settings = LOSSES.read(default_settings("loss", name))
        above, below = figures(settings, _PROBLEM)[selecting(settings)](torch.zeros_like(_fields(0)), _fields(0))
        assert float(above.sum() / below.sum()) == pytest.approx(1)


class MetricContract(Contract):
    """A metric is one number a sample, best where nothing is wrong, in the unit that it declares."""

    def measured(self, name: str, prediction: Tensor, target: Tensor) -> tuple[Metric, Tensor]:
        """Return the metric and its values, (b,); the test is skipped where it is no error of a pair of fields."""
        metric = metric_named(name)
        space = Space(fields=(_STATE,), domain=_GRID, boundary=_BOUNDARY)
        if metric.of_each is None or metric.absence(_GRID, _BOUNDARY) is not None:
            pytest.skip("no error of a pair of periodic fields")
        return metric, metric.of_each(prediction.double(), target.double(), space, None)

    def test_its_record_is_called_as_its_module(self, name: str) -> None:
        """The name in files and on the command line is that of the module."""
        metric = metric_named(name)
        assert metric.name == name
        assert metric.label

    def test_it_is_one_number_a_sample_within_its_bounds(self, name: str) -> None:
        """Means and intervals are over samples, and no value is beyond what the record says is possible."""
        metric, values = self.measured(name, _fields(1), _fields(0))
        assert values.shape == (5,)
        assert ((values >= metric.least) & (values <= metric.most)).all()

    def test_it_is_best_where_nothing_is_wrong(self, name: str) -> None:
        """A perfect prediction has the best value that the record declares."""
        metric, values = self.measured(name, _fields(0), _fields(0))
        best = metric.least if metric.better == "lower" else metric.most
        assert math.isfinite(best)
        torch.testing.assert_close(values, torch.full_like(values, best), rtol=0, atol=1e-9)

    def test_its_unit_is_what_it_declares(self, name: str) -> None:
        """Eight times larger fields have an error eight times larger, or the same where it has no unit."""
        metric, values = self.measured(name, _fields(1), _fields(0))
        _, scaled = self.measured(name, 8 * _fields(1), 8 * _fields(0))
        torch.testing.assert_close(scaled, values * (8 if metric.unit == "field" else 1))
