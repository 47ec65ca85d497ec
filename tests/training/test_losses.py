import pytest
import torch

from surrogate.errors import InputError
from surrogate.registry import LOSSES
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem
from surrogate.training.loss import Scale, build_loss, figures

PROBLEM = Problem.on_grid(
    inputs=(FieldSpec(name="a", unit="1", role="constant"),),
    outputs=(FieldSpec(name="u", unit="m", role="state"),),
    grid=Grid.box((8, 8), "cells"),
    boundary=Boundary.uniform("neumann", 2),
    task="map",
)


def loss_of(name, targets):
    settings = LOSSES.read({"name": name})
    scale = Scale(settings)
    for block in targets.split(2):
        scale.add(block)
    return build_loss(settings, PROBLEM, scale.mean_square)


def fields(seed):
    return torch.randn(5, 1, 8, 8, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", ["relative_l2", "h1_fd", "h1_mgno"])
def test_a_relative_loss_refuses_an_output_that_is_zero(name):
    targets = fields(0)
    targets[3] = 0
    with pytest.raises(InputError, match="training output 3 is zero everywhere"):
        loss_of(name, targets)
    assert loss_of("mse", targets)(targets, targets).sum() == 0


def test_a_validation_output_that_is_zero_is_said_to_be_one():
    with pytest.raises(InputError, match="validation output 0 is zero everywhere"):
        Scale(LOSSES.read({"name": "relative_l2"}), "valid").add(torch.zeros(1, 1, 8, 8))


def test_the_figure_that_selects_is_reported_first_and_once():
    for name, reported in {"h1_fd": ("h1_fd", "relative_l2"), "mse": ("relative_mse", "relative_l2", "h1_fd")}.items():
        assert tuple(figures(LOSSES.read({"name": name}), PROBLEM)) == reported
