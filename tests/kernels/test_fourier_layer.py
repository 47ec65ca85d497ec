"""The layer that is taken through the cache part by part, held to the same layer by plain operations."""

import pytest
import torch
from torch.func import functional_call, vmap

from surrogate.kernels import fourier_layer
from surrogate.kernels.fourier_layer import MixingMatrices, applies, channel_mlp, plain_layer, plain_mlp
from surrogate.operators.spectral import Spectral

GRIDS = [((11,), (4,)), ((8, 6), (3, 2)), ((5, 6, 7), (2, 3, 2))]


def draw(*shape):
    return torch.randn(*shape, dtype=torch.float64, requires_grad=True)


def layer_of(points, modes, mixed, batch=3, width=4):
    """Return a field, the matrices of a layer and two functions of them: the fused layer and the plain one."""
    conv = Spectral(width, width, modes, "last").double()
    matrices = [draw(width, width), draw(width)]
    if mixed:
        matrices += [draw(2, width), draw(2), draw(width, 2), draw(width), draw(width)]
    field = draw(batch, *points, width)

    def fused(field, weight, matrix, bias, *rest, last=False):
        return functional_call(Fused(conv), {"conv.weight": weight}, (field, matrix, bias, rest, last))

    def plain(field, weight, matrix, bias, *rest, last=False):
        return functional_call(Plain(conv), {"conv.weight": weight}, (field, matrix, bias, rest, last))

    return [field, conv.weight, *matrices], fused, plain


class Fused(torch.nn.Module):
    def __init__(self, conv):
        super().__init__()
        self.conv = conv

    def forward(self, field, matrix, bias, rest, last):
        tables, mixing = self.conv.tables(field), MixingMatrices(*rest) if rest else None
        return fourier_layer.fourier_layer(field, tables, self.conv.mix, matrix, bias, mixing, last)


class Plain(Fused):
    def forward(self, field, matrix, bias, rest, last):
        self.conv.path = "fft"
        convolved = self.conv(field)
        return plain_layer(field, convolved, matrix, bias, MixingMatrices(*rest) if rest else None, last)


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize(("points", "modes"), GRIDS)
def test_a_layer_and_its_gradients_are_those_of_plain_operations(points, modes, mixed, last):
    inputs, fused, plain = layer_of(points, modes, mixed)
    results = [function(*inputs, last=last) for function in (fused, plain)]
    torch.testing.assert_close(*results, rtol=1e-12, atol=1e-12)
    towards = torch.randn_like(results[0])
    for one, other in zip(*(torch.autograd.grad(result, inputs, towards) for result in results), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("each", [1, 2, 3])
def test_the_batch_may_be_taken_in_parts_of_any_size(monkeypatch, each):
    inputs, fused, plain = layer_of((8, 6), (3, 2), mixed=True, batch=5)
    monkeypatch.setattr(fourier_layer, "_PART", each * inputs[0][0].nbytes)
    results = [function(*inputs) for function in (fused, plain)]
    torch.testing.assert_close(*results, rtol=1e-12, atol=1e-12)
    for one, other in zip(*(torch.autograd.grad(result.square().sum(), inputs) for result in results), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-11)


def test_single_precision_takes_other_products_to_the_same_result():
    inputs, fused, plain = layer_of((40, 12), (5, 4), mixed=True, width=32)
    single = [tensor.detach().float().requires_grad_() for tensor in inputs]
    torch.testing.assert_close(fused(*single), plain(*inputs).float(), rtol=1e-4, atol=1e-4)
    gradients = torch.autograd.grad(fused(*single).square().mean(), single)
    expected = torch.autograd.grad(plain(*inputs).square().mean(), inputs)
    for one, other in zip(gradients, expected, strict=True):
        assert torch.linalg.vector_norm(one - other) < 1e-5 * torch.linalg.vector_norm(other)


@pytest.mark.parametrize("mixed", [False, True])
def test_derivatives_of_derivatives_are_right(mixed):
    inputs, fused, _ = layer_of((5,), (2,), mixed, batch=1, width=2)
    assert torch.autograd.gradgradcheck(fused, inputs)


def test_a_channel_mlp_and_its_gradients_are_those_of_plain_operations():
    inputs = [draw(2, 5, 6, 3), draw(7, 3), draw(7), draw(1, 7), draw(1)]
    results = [function(*inputs) for function in (channel_mlp, plain_mlp)]
    torch.testing.assert_close(*results, rtol=1e-12, atol=1e-12)
    for one, other in zip(*(torch.autograd.grad(result.square().sum(), inputs) for result in results), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)
    assert torch.autograd.gradgradcheck(channel_mlp, inputs)


def test_the_gradient_of_a_field_that_is_used_twice_is_a_sum():
    inputs, fused, plain = layer_of((8, 6), (3, 2), mixed=False)
    field = inputs[0]
    both = [
        torch.autograd.grad((function(*inputs) * field).sum() + field.sum(), field)[0] for function in (fused, plain)
    ]
    torch.testing.assert_close(*both, rtol=1e-11, atol=1e-11)


def test_what_is_not_plain_reverse_mode_on_a_cpu_is_left_to_plain_operations():
    field = torch.randn(2, 8, 4)
    assert applies(field)
    assert not applies(field.half())
    with torch.autocast("cpu", torch.bfloat16):
        assert not applies(field)
    seen = []
    vmap(lambda v: seen.append(applies(v)) or v)(field)
    assert seen == [False]
