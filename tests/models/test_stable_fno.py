"""What the stable FNO promises beyond what every model owes."""

import pytest
import torch

from surrogate.errors import SettingsError
from surrogate.operators.bounded import BoundedSpectral, Contraction
from surrogate.spaces import LEAD_TIME, Problem


def test_a_shifted_field_gives_the_shifted_prediction(problem, build):
    model, fields = build("stable_fno", problem((16, 16), "periodic")), torch.randn(2, 1, 16, 16)
    shifted = model(fields.roll((3, 5), (2, 3)))
    torch.testing.assert_close(shifted, model(fields).roll((3, 5), (2, 3)), rtol=1e-4, atol=1e-4)


def test_no_frequency_above_those_kept_comes_out(problem, build):
    model = build("stable_fno", problem((32,), "periodic"), n_modes=6)
    spectrum = torch.fft.rfft(model(torch.randn(4, 1, 32)))
    assert spectrum[..., 6:].abs().max() < 1e-4 * spectrum.abs().max()


def test_two_thirds_of_the_frequencies_are_kept_by_themselves_and_all_on_a_finer_grid(problem, build):
    kept = [build("stable_fno", problem((30,), "periodic"), oversampling=ratio).filter.n_modes for ratio in (1.0, 1.5)]
    assert kept == [(10,), (15,)]


def test_its_layers_are_bounded_and_its_matrices_contract(problem, build):
    model = build("stable_fno", problem((16,), "periodic"))
    assert all(part.bound() < 1 for part in model.modules() if isinstance(part, BoundedSpectral))
    assert sum(isinstance(part, Contraction) for part in model.modules()) == 1 + 3 * len(model.layers)


def test_the_lead_time_scales_and_shifts_hidden_channels(problem, build):
    plain = problem((16,), "periodic")
    inputs = (LEAD_TIME, *plain.target.fields)
    led = Problem.on_grid(inputs, plain.target.fields, plain.grid, plain.boundary, "step")
    model = build("stable_fno", led)
    for layer in model.layers:
        torch.nn.init.normal_(layer.conditioning.leave.weight)
    state = torch.randn(1, 1, 16)
    soon, late = (model(torch.cat([torch.full((1, 1, 16), lead), state], dim=1)) for lead in (0.1, 1.0))
    assert (soon - late).abs().max() > 1e-3


def test_without_uniform_inputs_nothing_is_conditioned(problem, build):
    assert all(layer.conditioning is None for layer in build("stable_fno", problem((16,))).layers)


def test_modes_that_the_grid_cannot_hold_are_refused(problem, build):
    with pytest.raises(SettingsError, match=r"\(9,\) is more than \(16,\) points can hold, at most \(8,\)"):
        build("stable_fno", problem((16,)), n_modes=9)
