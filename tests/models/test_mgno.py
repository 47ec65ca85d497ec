"""The multigrid neural operator."""

import pytest
import torch

from surrogate.errors import SettingsError
from surrogate.models.mgno import default_levels


@pytest.mark.parametrize(
    ("n", "n_layers", "levels", "published"),
    [(256, 4, 6, 572_661), (64, 4, 5, 467_964), (211, 5, 6, 678_093)],
)
def test_parameters_are_as_many_as_published(build, problem, n, n_layers, levels, published):
    """24 channels, one pre-smoothing step on every level and two on the coarsest, arXiv:2310.19809."""
    settings = {
        "n_layers": n_layers,
        "hidden_channels": 24,
        "levels": levels,
        "pre_smoothing": [1] * (levels - 1) + [2],
    }
    model = build("mgno", problem((n, n)), **settings)
    assert sum(p.numel() for p in model.parameters()) == published
    assert sum(p.numel() for p in build("mgno", problem((n, n)), n_layers=n_layers).parameters()) == published


@pytest.mark.parametrize(
    ("points", "levels"),
    [(256, 6), (211, 6), (128, 6), (101, 5), (64, 5), (32, 4), (16, 3), (8, 2), (5, 1), (1024, 7)],
)
def test_levels_follow_from_the_grid(points, levels):
    assert default_levels(points) == levels


@pytest.mark.parametrize("n", [32, 48])
def test_a_periodic_model_commutes_with_shifts_by_a_coarsest_cell(build, problem, n):
    model = build("mgno", problem((n, n), "periodic")).double()
    cell = 2 ** (default_levels(n) - 1)
    field = torch.randn(2, 1, n, n, dtype=torch.float64)
    shifted = model(field.roll((cell, 2 * cell), (2, 3)))
    torch.testing.assert_close(shifted, model(field).roll((cell, 2 * cell), (2, 3)))


def test_the_head_has_no_bias_and_the_pointwise_part_can_be_left_out(build, problem):
    model = build("mgno", problem((16, 16)), pointwise=False)
    assert not any(key.endswith("bias") for key, _ in model.named_parameters())
    assert not model(torch.zeros(1, 1, 16, 16)).any()


def test_coordinates_can_be_given_to_the_first_layer(build, problem):
    model = build("mgno", problem((16, 16)), positional_embedding=True, pointwise=False)
    assert model(torch.zeros(1, 1, 16, 16)).any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"levels": 3, "pre_smoothing": [1, 1]}, r"model.pre_smoothing: got 2 numbers, expected 3"),
        ({"post_smoothing": [0, 0, 0, 0], "levels": 3}, r"model.post_smoothing: got 4 numbers, expected 3"),
        ({"levels": 7}, r"model.levels: a grid of \(16, 16\) points is too coarse for 7 levels, expected at most 3"),
        ({"transfers": "unpadded"}, r"model.transfers: .* periodic"),
    ],
)
def test_settings_that_do_not_fit_are_refused_in_one_line(build, problem, changes, message):
    with pytest.raises(SettingsError, match=message) as refusal:
        build("mgno", problem((16, 16), "periodic"), **changes)
    assert "\n" not in str(refusal.value)


def test_smoothing_steps_alone_say_how_many_levels_there_are(build, problem):
    model = build("mgno", problem((16, 16)), pre_smoothing=[1, 3])
    assert len(model.layers[0].operator[0].before) == 2


def test_shared_layers_are_one_layer_used_again(build, problem):
    """Copied into a model whose layers are each their own, the shared weights give the same map."""
    shared = build("mgno", problem((16, 16)), shared=True, n_layers=4)
    own = build("mgno", problem((16, 16)), n_layers=4)
    state = shared.state_dict()
    for layer in (2, 3):
        one, this = "layers.1.", f"layers.{layer}."
        state |= {key.replace(one, this): value for key, value in state.items() if key.startswith(one)}
    own.load_state_dict(state)
    field = torch.randn(2, 1, 16, 16)
    assert torch.equal(shared(field), own(field))
    assert len(shared.layers) == 2


@pytest.mark.parametrize("left", [0, 1, 2], ids=["V-cycle", "pointwise", "spectral"])
def test_a_layer_sums_its_linear_operators(build, problem, left):
    """With the other operators of a single layer zero, what is left of the sum is the operator itself."""
    model = build("mgno", problem((16, 16)), n_modes=3, n_layers=1).double()
    operators = model.layers[0].operator
    for place in {0, 1, 2} - {left}:
        for parameter in operators[place].parameters():
            torch.nn.init.zeros_(parameter)
    field = torch.randn(2, 1, 16, 16, dtype=torch.float64)
    alone = operators[left](field)
    torch.testing.assert_close(model(field), model.head(torch.nn.functional.gelu(alone)))


def test_a_residual_step_adds_what_enters_the_layer(build, problem):
    """With every layer after the first zero, the first's result reaches the head as it is."""
    model = build("mgno", problem((16, 16)), residual=True, n_layers=3)
    first = build("mgno", problem((16, 16)), n_layers=1)
    kept = {key: value for key, value in model.state_dict().items() if key in first.state_dict()}
    first.load_state_dict(kept)
    for layer in (1, 2):
        for parameter in model.layers[layer].parameters():
            torch.nn.init.zeros_(parameter)
    field = torch.randn(2, 1, 16, 16)
    assert torch.equal(model(field), first(field))


@pytest.mark.parametrize(("padding", "condition"), [("replicate", "neumann"), ("circular", "periodic")])
def test_padding_can_disagree_with_the_boundary(build, problem, padding, condition):
    wrong = build("mgno", problem((17, 16), "dirichlet"), padding=padding)
    right = build("mgno", problem((17, 16), condition))
    right.load_state_dict(wrong.state_dict())
    field = torch.randn(2, 1, 17, 16)
    assert torch.equal(wrong(field), right(field))
