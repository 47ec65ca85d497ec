"""Laws of the data of diffusion and sorption."""

import pytest
import torch

from surrogate.errors import SolverError


@pytest.fixture
def columns(recipe, solved):
    """Return three starts and what follows them, up to the fourth frame."""

    def of(**equation):
        settings = recipe("diffusion_sorption", frames=4, horizon=60.0, resolution=64, **equation).equation
        specification = settings.specification((16,), "map")
        return solved(settings.bound(specification), 0, "train", range(3))

    return of


def test_a_start_is_the_same_everywhere_and_at_most_a_fifth(columns):
    inputs, _ = columns()
    assert torch.equal(inputs, inputs[..., :1].expand_as(inputs))
    assert 0 <= float(inputs.min()) < float(inputs.max()) <= 0.2


def test_the_front_moves_in_from_the_inlet(columns):
    frames = columns()[1].states[:, :, 0]
    assert bool((frames[:, :, 1:8].diff(dim=1) > -1e-9).all())
    assert bool((frames[:, 1:].diff(dim=2) < 1e-9).all())


def test_steps_that_are_too_long_are_refused_with_the_error_reached(columns):
    with pytest.raises(SolverError, match=r"error \d.* of the time step \(equation.steps\)"):
        columns(tolerance=1e-9)
