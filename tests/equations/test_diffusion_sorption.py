"""Laws of the data of diffusion and sorption."""

import pytest
import torch

from surrogate.errors import SolverError


@pytest.fixture
def columns(recipe, solved):
    """Return three starts and what follows them, up to the fourth frame."""

    def of(**changes):
        settings = recipe("diffusion_sorption", frames=4, horizon=60.0, resolution=64, **changes).equation
        equation = settings.on((16,), "map")
        return solved(equation, 0, "train", range(3))

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


def test_a_column_between_inlet_and_outlet_settles_on_a_straight_line(recipe):
    # u = 1 at the inlet and u = -D u_x at the outlet.
    settings = recipe("diffusion_sorption", frames=4, horizon=60.0, resolution=16, diffusivity=0.5).equation
    column = settings.on((16,), "map")
    straight = 1 - torch.from_numpy(column.grid.coordinates()[0]) / 1.5
    states = column.solve(straight[None, None]).states[0, :, 0]
    torch.testing.assert_close(states, straight.expand_as(states), rtol=0, atol=1e-9)


def test_the_published_column_holds_twice_as_much_as_its_water(recipe):
    # PDEBench, section D.5: porosity 0.29, density 2880, Freundlich's 3.5e-4 and 0.874.
    assert recipe("diffusion_sorption").equation.column.factor == pytest.approx(2.157, abs=1e-3)
