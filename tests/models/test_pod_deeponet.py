"""The POD-DeepONet."""

import pytest
import torch

from surrogate.models.pod_deeponet import principal_modes


@pytest.mark.parametrize("shape", [(30, 80), (80, 30)])
def test_principal_modes_are_the_right_singular_vectors(shape):
    samples = torch.randn(shape, dtype=torch.float64) * torch.logspace(0, -3, shape[1], dtype=torch.float64)
    modes = principal_modes(samples, 6)
    _, _, expected = torch.linalg.svd(samples, full_matrices=False)
    torch.testing.assert_close((modes @ expected[:6].T).abs(), torch.eye(6, dtype=torch.float64))


def test_modes_beyond_the_rank_of_the_samples_are_left_out():
    samples = torch.randn(20, 3, dtype=torch.float64) @ torch.randn(3, 50, dtype=torch.float64)
    assert principal_modes(samples, 10).shape == (3, 50)


def test_modes_have_a_mean_square_of_one_and_the_mean_is_that_of_the_training_outputs(build, problem):
    model = build("pod_deeponet", problem((16, 16)), n_basis=8)
    outputs = 3 + torch.randn(50, 1, 16, 16)
    model.prepare(outputs, outputs)
    torch.testing.assert_close(model.synthesis.basis.functions.square().mean(dim=2), torch.ones(1, 8))
    torch.testing.assert_close(model.synthesis.constants, outputs.mean(dim=0).flatten(1))


def test_outputs_of_the_training_set_are_in_reach_when_all_modes_are_kept(build, problem):
    model = build("pod_deeponet", problem((8, 8)), n_basis=5)
    outputs = torch.randn(6, 1, 8, 8)
    model.prepare(outputs, outputs)
    away = (outputs - model.synthesis.constants.reshape(1, 1, 8, 8)).flatten(1)
    modes = model.synthesis.basis.functions[0]
    projected = away @ modes.T @ modes / 64
    torch.testing.assert_close(projected, away, rtol=1e-4, atol=1e-4)


def test_the_basis_is_a_buffer_that_training_leaves_alone(build, problem):
    model = build("pod_deeponet", problem((16, 16)))
    kept = {"synthesis.constants", "synthesis.basis.functions"}
    assert kept <= set(model.state_dict())
    assert not kept & {key for key, _ in model.named_parameters()}
