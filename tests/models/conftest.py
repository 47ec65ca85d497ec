"""Problems and models to test with."""

import pytest
import torch

from surrogate.testing import box_problem, build_model, default_settings


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.fixture
def problem():
    """Make a problem on a box: points, boundary condition, channels in and out."""
    return box_problem


@pytest.fixture
def defaults():
    """Return the settings that YAML gives a model, as a mapping."""
    return lambda name: default_settings("model", name)


@pytest.fixture
def build():
    """Make a model with its default settings, changed by keywords, ready for a forward pass."""
    return build_model
