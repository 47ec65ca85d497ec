"""Laws of the data of diffusion and reaction from a source."""

import pytest
import torch

from surrogate.errors import SettingsError, SolverError


@pytest.fixture
def rods(recipe, solved):
    """Return three sources and what they build up."""

    def of(**changes):
        settings = recipe("diffusion_reaction", **changes).equation
        equation = settings.on((24, 12), "map")
        return equation, *solved(equation, 0, "train", range(3))

    return of


def test_a_source_is_the_same_at_all_times(rods):
    inputs = rods()[1]
    assert torch.equal(inputs, inputs[..., :1].expand_as(inputs))


def test_nothing_is_there_at_first_nor_ever_at_the_ends(rods):
    states = rods()[2].states[:, 0, 0]
    assert not states[:, :, 0].any()
    assert not states[:, [0, -1]].any()


def test_a_mirrored_source_builds_up_the_mirrored_state(rods):
    equation, inputs, solutions = rods()
    mirrored = equation.solve(inputs.flip(2)).states
    torch.testing.assert_close(mirrored.flip(3), solutions.states, rtol=0, atol=1e-12)


def test_steps_that_are_too_long_are_refused_with_the_error_reached(rods):
    with pytest.raises(SolverError, match=r"error \d.* of the time step \(equation.steps\)"):
        rods(reaction=1.0, tolerance=1e-14)


def test_there_are_no_steps_to_learn(recipe):
    with pytest.raises(SettingsError, match="expected 'map', got 'step'"):
        recipe("diffusion_reaction").equation.specification((20,), "step")


def test_a_source_builds_up_the_state_that_it_balances(recipe):
    # s = sin(pi x) stays where u = D pi^2 s - k s^2.
    changes = {"diffusivity": 0.5, "reaction": 0.4, "horizon": 12.0, "steps": 20, "tolerance": 0.5}
    rod = recipe("diffusion_reaction", **changes).equation.on((24, 8), "map")
    state = torch.sin(torch.pi * torch.from_numpy(rod.grid.coordinates()[0]))
    source = 0.5 * torch.pi**2 * state - 0.4 * state**2
    states = rod.solve(source[None, None, :, None].expand(1, 1, 24, 8)).states
    torch.testing.assert_close(states[0, 0, 0, :, -1], state, rtol=0, atol=1e-5)
