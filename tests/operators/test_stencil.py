"""Learned stencils."""

import pytest
import torch

from surrogate.operators.padding import uniform_rules
from surrogate.operators.stencil import Stencil


def test_a_bias_is_learned_only_where_asked_for():
    rules = uniform_rules("zeros", 1)
    assert Stencil(2, 2, (3,), rules).bias is None
    assert Stencil(2, 5, (3,), rules, bias=True).bias.shape == (5,)


def test_initial_weights_keep_noise_at_a_third_of_its_variance():
    field = torch.randn(4, 32, 32, 32)
    assert Stencil(32, 32, (3, 3), None)(field).var().item() == pytest.approx(1 / 3, rel=0.1)
