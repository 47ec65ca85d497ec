"""The convolution on Fourier modes."""

import math

import pytest
import torch
from torch import nn

from surrogate.operators.spectral import Spectral, use_dft

GRIDS = [((16,), (5,)), ((12, 15), (4, 8)), ((6, 7, 8), (3, 4, 2))]


def wave(n):
    x = torch.arange(n, dtype=torch.float64) / n
    return (torch.sin(2 * math.pi * x)[:, None] * torch.cos(6 * math.pi * x) + 0.3)[None, None]


@pytest.mark.parametrize(("points", "modes"), GRIDS)
def test_the_two_paths_are_the_same_function_with_the_same_gradients(points, modes):
    conv = Spectral(3, 4, modes, "first")
    field = torch.randn(2, 3, *points, requires_grad=True)
    results = []
    for path in ("fft", "dft"):
        conv.path = path
        result = conv(field)
        weight_gradient, field_gradient = torch.autograd.grad(result.square().sum(), [conv.weight, field])
        results.append((result, weight_gradient, field_gradient))
    for by_fft, by_products in zip(*results, strict=True):
        error = torch.linalg.vector_norm(by_fft - by_products) / torch.linalg.vector_norm(by_fft)
        assert error < 1e-5


@pytest.mark.parametrize("path", ["fft", "dft"])
def test_the_symbol_of_the_derivative_differentiates(path):
    n, modes = 24, 6
    conv = Spectral(1, 1, (modes,), "first").double()
    conv.path = path
    with torch.no_grad():
        conv.weight.zero_()
        conv.weight[:, 0, 0, 1] = 2 * math.pi * torch.arange(modes)
    x = torch.arange(n, dtype=torch.float64) / n
    field = torch.sin(2 * math.pi * 4 * x) + torch.cos(2 * math.pi * x)
    slope = 8 * math.pi * torch.cos(2 * math.pi * 4 * x) - 2 * math.pi * torch.sin(2 * math.pi * x)
    torch.testing.assert_close(conv(field[None, None])[0, 0], slope)


@pytest.mark.parametrize("path", ["fft", "dft"])
def test_same_function_on_a_finer_grid_gives_the_same_values(path):
    conv = Spectral(1, 3, (4, 4), "first").double()
    conv.path = path
    torch.testing.assert_close(conv(wave(64))[..., ::4, ::4], conv(wave(16)))


@pytest.mark.parametrize("path", ["fft", "dft"])
def test_shifting_the_input_shifts_the_output(path):
    conv = Spectral(2, 2, (4, 5), "first").double()
    conv.path = path
    field = torch.randn(1, 2, 12, 11, dtype=torch.float64)
    shifted = conv(field.roll((3, 4), dims=(2, 3)))
    torch.testing.assert_close(shifted, conv(field).roll((3, 4), dims=(2, 3)))


def test_frequencies_from_n_modes_on_are_dropped():
    conv = Spectral(1, 1, (3,), "first").double()
    x = torch.arange(16, dtype=torch.float64) / 16
    high = conv(torch.cos(2 * math.pi * 3 * x)[None, None])
    kept = conv(torch.cos(2 * math.pi * 2 * x)[None, None])
    assert high.abs().max() < 1e-12 < 1e-3 < kept.abs().max()


@pytest.mark.parametrize("points", [(8, 6), (16,), (6, 16)])
def test_a_grid_that_cannot_hold_the_modes_is_refused(points):
    with pytest.raises(ValueError, match="cannot hold"):
        Spectral(1, 1, (4, 5), "first")(torch.ones(1, 1, *points))


def test_modes_must_be_positive():
    with pytest.raises(ValueError, match="positive"):
        Spectral(1, 1, (4, 0), "first")


def test_every_spectral_operator_in_a_module_is_switched():
    module = nn.Sequential(Spectral(1, 1, (2,), "first"), nn.ModuleList([Spectral(1, 1, (2,), "first")]))
    use_dft(module)
    assert [part.path for part in module.modules() if isinstance(part, Spectral)] == ["dft", "dft"]
