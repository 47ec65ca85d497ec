import pytest
import torch

from surrogate.capabilities import Capabilities
from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.errors import SettingsError
from surrogate.models._neural_operator import NeuralOperator
from surrogate.predictors.normalisers import Normaliser
from surrogate.predictors.surrogate import Surrogate, build
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem
from surrogate.training.training_settings import TrainConfig

KINDS = ("none", "scalar", "channel", "pointwise")
CONSTANT = FieldSpec(name="a", unit="1", role="constant")
WEST = FieldSpec(name="west", unit="m", role="constant")
STATE = FieldSpec(name="u", unit="m", role="state")


def problem(inputs=(CONSTANT, STATE), points=(8, 8)):
    return Problem.on_grid(
        inputs=inputs,
        outputs=(STATE,),
        grid=Grid.box(points, "cells"),
        boundary=Boundary.uniform("dirichlet", 2),
        task="map",
    )


def fields(n=40, channels=2, seed=0):
    """Return fields whose channels have means 3 and 300 and spreads 0.01 and 10."""
    values = torch.randn(n, channels, 8, 8, generator=torch.Generator().manual_seed(seed))
    scale = torch.tensor([0.01, 10.0])[:channels].reshape(-1, 1, 1)
    return scale * values + torch.tensor([3.0, 300.0])[:channels].reshape(-1, 1, 1)


def fitted(kind, data):
    normaliser = Normaliser(kind, data.shape[1], tuple(data.shape[2:]))
    normaliser.fit(data)
    return normaliser


@pytest.mark.parametrize("kind", KINDS)
def test_decoding_undoes_encoding(kind):
    data = fields()
    normaliser = fitted(kind, data)
    rounding = 1e-7 * float(normaliser.std.max())
    torch.testing.assert_close(normaliser.decode(normaliser.encode(data)), data, rtol=1e-6, atol=rounding)


@pytest.mark.parametrize(("kind", "axes"), [("scalar", (0, 1, 2, 3)), ("channel", (0, 2, 3)), ("pointwise", (0,))])
def test_encoded_training_fields_have_mean_0_and_deviation_1(kind, axes):
    data = fields()
    encoded = fitted(kind, data).encode(data).double()
    spread, mean = torch.var_mean(encoded, axes, correction=0)
    torch.testing.assert_close(mean, torch.zeros_like(mean), rtol=0, atol=2e-4)
    torch.testing.assert_close(spread, torch.ones_like(spread), rtol=0, atol=2e-4)


def test_no_normaliser_changes_nothing():
    assert torch.equal(fitted("none", fields()).encode(fields()), fields())


def test_scalar_has_one_number_for_all_channels():
    assert len(fitted("scalar", fields()).std.unique()) == 1
    assert len(fitted("channel", fields()).std.unique()) == 2


@pytest.mark.parametrize("kind", ["scalar", "channel", "pointwise"])
@pytest.mark.parametrize("unit", [1e-22, 0.1, 1e20])
def test_a_channel_without_spread_is_measured_by_its_own_value(kind, unit):
    data = torch.full((9, 1, 8, 8), unit)
    torch.testing.assert_close(fitted(kind, data).encode(3 * data), torch.full_like(data, 2.0), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("kind", ["channel", "pointwise"])
@pytest.mark.parametrize("unit", [1e-22, 1e20])
def test_a_channel_that_is_always_zero_is_measured_by_the_others(kind, unit):
    data = unit * torch.cat([fields(), torch.zeros(40, 1, 8, 8)], dim=1)
    std = fitted(kind, data).std[:, 2] / unit
    assert ((std > 1) & (std < 1000)).all()
    assert (fitted(kind, torch.zeros(9, 1, 8, 8)).std == 1).all()


def test_where_all_samples_agree_decoding_gives_their_value():
    data = fields(channels=1)
    data[:, :, 0] = 7.0
    decoded = fitted("pointwise", data).decode(torch.ones(5, 1, 8, 8))
    assert (decoded[:, :, 0] - 7).abs().max() < 2e-4 * data.std()


def test_moments_do_not_drown_in_a_large_mean():
    data = 1e4 + torch.randn(200, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    assert float(fitted("channel", data).std) == pytest.approx(float(data.double().std()), rel=1e-3)


def test_a_pointwise_normaliser_refuses_another_grid():
    normaliser = fitted("pointwise", fields())
    with pytest.raises(ValueError, match=r"fitted on \(8, 8\) points cannot take fields on \(4, 4\)"):
        normaliser.encode(fields()[:, :, ::2, ::2])


class Half(NeuralOperator):
    """Stands in for a trained operator: its output is half of its last input channel."""

    capabilities = Capabilities(resolutions="any")

    def forward(self, field):
        return field[:, -1:] / 2


def surrogate(kind="channel", residual=False, inputs=(CONSTANT, STATE)):
    normalisers = Normaliser(kind, len(inputs), (8, 8)), Normaliser(kind, 1, (8, 8))
    return Surrogate(Half(), normalisers, problem(inputs), residual)


def test_the_operator_sees_normalised_fields_and_the_user_physical_ones():
    made, data = surrogate(), fields()
    made.fit(data, 5 * data[:, 1:])
    mean, std = data[:, 1:].mean(), data[:, 1:].std(correction=0)
    torch.testing.assert_close(made(data), 5 * std * (data[:, 1:] - mean) / std / 2 + 5 * mean, rtol=1e-4, atol=1e-2)


def test_a_residual_surrogate_adds_the_change_to_the_state():
    made, data = surrogate(residual=True), fields()
    made.fit(data, data[:, 1:] + 1)
    assert float(made.output_normaliser.mean) == pytest.approx(1)
    made.operator.forward = lambda field: torch.zeros_like(field[:, :1])
    torch.testing.assert_close(made(data), data[:, 1:] + 1)


def test_a_residual_needs_a_state_among_the_inputs():
    with pytest.raises(SettingsError, match="hold no state"):
        surrogate(residual=True, inputs=(CONSTANT,))


def test_other_channels_than_the_problem_has_are_refused_by_name():
    with pytest.raises(ValueError, match=r"expected \(b, 2, 2 space axes\) with a, u; got \(3, 1, 8, 8\)"):
        surrogate()(torch.zeros(3, 1, 8, 8))


def test_inputs_outside_the_training_range_are_counted():
    made, data = surrogate(), fields()
    made.fit(data, data[:, 1:])
    assert torch.equal(made.outside(data), torch.zeros(len(data)))
    data[3, 0, :4] = 99
    assert made.outside(data)[3] == 0.25


def test_a_pointwise_normaliser_ties_the_surrogate_to_its_grid():
    assert surrogate().capabilities.any_grid
    assert not surrogate("pointwise").capabilities.any_grid


def config(*words):
    tree = compose_tree("train", ["data=x", "model=fno", "model.n_modes=3", "model.hidden_channels=4", *words])
    return read(TrainConfig, tree | {"out": "y"})


def weights(made):
    return torch.cat([parameter.flatten() for parameter in made.parameters()])


def test_weights_depend_on_the_seed_alone():
    first = weights(build(config(), problem()))
    torch.manual_seed(9)
    torch.randn(3)
    assert torch.equal(weights(build(config(), problem())), first)
    assert not torch.equal(weights(build(config("seed=1"), problem())), first)


def test_settings_that_do_not_fit_the_problem_are_one_line():
    with pytest.raises(SettingsError, match="n_modes"):
        build(config("model.n_modes=[2,2,2]"), problem())


def box(placement="nodes", sides=(("dirichlet", "dirichlet"),) * 2, inputs=(CONSTANT,)):
    grid = Grid.box((8, 8), placement)
    return Problem.on_grid(inputs=inputs, outputs=(STATE,), grid=grid, boundary=Boundary(sides=sides), task="map")


HARD = ("physics.hard_boundary=true", "model.domain_padding=0.0")


def test_hard_boundary_values_are_zero_on_the_nodes_of_the_walls_and_nowhere_else():
    made = build(config(*HARD), box())
    made.fit(torch.randn(9, 1, 8, 8), 5 + torch.randn(9, 1, 8, 8))
    answer = made(torch.randn(3, 1, 8, 8))
    assert not answer[..., [0, -1], :].any()
    assert not answer[..., [0, -1]].any()
    assert answer[..., 1:-1, 1:-1].all()


def test_hard_boundary_values_among_the_inputs_are_taken():
    names = ("forcing", "west", "east", "south", "north")
    made = build(config(*HARD), box(inputs=tuple(CONSTANT.model_copy(update={"name": name}) for name in names)))
    x = torch.linspace(0, 1, 8)
    plane = 1 + 2 * x[:, None] - 3 * x
    sides = (plane[:1], plane[-1:], plane[:, :1], plane[:, -1:])
    fields = torch.stack([torch.randn(8, 8), *(side.expand(8, 8) for side in sides)])[None]
    made.fit(fields, torch.randn(1, 1, 8, 8))
    answer = made(fields)[0, 0]
    for edge in ((0,), (-1,), (slice(None), 0), (slice(None), -1)):
        torch.testing.assert_close(answer[edge], plane[edge])


def test_with_hard_boundaries_a_state_keeps_its_values_on_the_walls():
    made = build(config(*HARD, "residual=true"), box(inputs=(CONSTANT, STATE)))
    data = fields()
    made.fit(data, data[:, 1:] + torch.randn(40, 1, 8, 8))
    answer = made(data)
    assert torch.equal(answer[:, :, 0], data[:, 1:, 0])
    assert not torch.equal(answer[:, :, 3, 3], data[:, 1:, 3, 3])


def test_hard_boundaries_need_a_side_with_given_values():
    with pytest.raises(SettingsError, match=r"physics\.hard_boundary: no side"):
        build(config(*HARD), box("left", (("periodic", "periodic"),) * 2))


def test_a_surrogate_with_hard_boundaries_exports_as_the_function_it_is():
    made = build(config(*HARD, "model.n_layers=1"), box("cells", inputs=(WEST, CONSTANT))).eval()
    data = torch.randn(3, 2, 8, 8)
    program = torch.export.export(made, (data,), dynamic_shapes=({0: torch.export.Dim("batch", min=1)},))
    torch.testing.assert_close(program.module()(data[:1]), made(data[:1]))
