"""The neuron: what it computes, and that its faster path computes the same."""

import pytest
import torch
import torch.nn.functional as F

from surrogate.models._layer import ChannelMLP, Layer, Mixing, fused_path
from surrogate.operators.operator import Sum
from surrogate.operators.pointwise import Pointwise
from surrogate.operators.spectral import Spectral
from surrogate.operators.trigonometric import Trigonometric

WAVES = {
    "Fourier modes": lambda: Spectral(4, 4, (3, 2), "last"),
    "waves of a box": lambda: Trigonometric(4, 4, (3, 2), ("sine", "fourier"), ("nodes", "left"), "last"),
}


def neuron(waves, activation="gelu", mixing=True, residual=False):
    operator = Sum(WAVES[waves](), Pointwise(4, 4, "last"))
    return Layer(operator, activation, Mixing(4, 3) if mixing else None, residual).double()


def gradients(module, path, field):
    result = path(field)
    towards = torch.linspace(-1, 1, result.numel(), dtype=result.dtype).view_as(result)
    return result, torch.autograd.grad(result, [field, *module.parameters()], towards)


@pytest.mark.parametrize("mixing", [False, True], ids=["plain", "mixed"])
@pytest.mark.parametrize("activation", ["gelu", None])
@pytest.mark.parametrize("waves", WAVES)
def test_the_fused_path_of_a_layer_is_the_plain_one(waves, activation, mixing):
    layer = neuron(waves, activation, mixing)
    field = torch.randn(3, 7, 6, 4, dtype=torch.float64, requires_grad=True)
    fused = fused_path(layer, field)
    assert fused is not None
    for one, other in zip(gradients(layer, fused, field), gradients(layer, layer.plain, field), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-11)


def test_the_fused_path_of_a_channel_mlp_is_the_plain_one():
    mlp = ChannelMLP(3, 5, 2).double()
    field = torch.randn(3, 7, 3, dtype=torch.float64, requires_grad=True)
    for one, other in zip(gradients(mlp, fused_path(mlp, field), field), gradients(mlp, mlp.plain, field), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def test_the_fused_path_has_the_gradient_of_finite_differences():
    layer = neuron("waves of a box")
    field = torch.randn(1, 6, 5, 4, dtype=torch.float64, requires_grad=True)
    weight = layer.operator[0].weight
    assert torch.autograd.gradcheck(lambda v, w: layer(v) + 0 * w.sum(), (field, weight), fast_mode=True)


@pytest.mark.parametrize(
    ("layer", "why"),
    [
        (Layer(Sum(Pointwise(4, 4, "last")), "gelu"), "no waves"),
        (Layer(Sum(Spectral(4, 4, (3, 2), "first"), Pointwise(4, 4, "first")), "gelu"), "channels first"),
        (neuron("Fourier modes", activation="tanh"), "another activation"),
        (neuron("Fourier modes", residual=True), "a residual"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_kernels_do_not_know_takes_the_plain_path(layer, why):
    assert fused_path(layer, torch.randn(2, 7, 6, 4)) is None, why


def test_a_layer_bends_the_sum_of_its_operators_and_adds_what_entered():
    one, other = Pointwise(4, 4, "first"), Pointwise(4, 4, "first")
    field = torch.randn(2, 4, 5)
    torch.testing.assert_close(Layer(Sum(one, other), "gelu")(field), F.gelu(one(field) + other(field)))
    torch.testing.assert_close(Layer(one, "tanh", residual=True)(field), field + one(field).tanh())
    torch.testing.assert_close(Layer(one, None)(field), one(field))
