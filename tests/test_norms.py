"""The norms against loops that a reader can check by eye, and against integrals known in closed form."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from surrogate.errors import SettingsError
from surrogate.evaluation.metric import available
from surrogate.norms import binary_unit, h1_fd, h1_mgno, mse, relative_l2
from surrogate.spaces import Boundary, Cloud, Grid, Space

NORMS = (relative_l2, h1_fd, h1_mgno, mse)
PLACES = [
    (Grid.box((7,), "cells", length=2.0), Boundary.uniform("dirichlet", 1)),
    (Grid.box((9,), "left", length=0.5), Boundary.uniform("periodic", 1)),
    (Grid(points=(5, 6), lengths=(1.0, 3.0), placement=("nodes", "left"), origin=(0.0, 0.0)),
     Boundary(sides=(("dirichlet", "neumann"), ("periodic", "periodic")))),
    (Grid.box((4, 5, 3), "nodes"), Boundary.uniform("neumann", 3)),
    (Grid.box((45,), "left"), Boundary.uniform("periodic", 1)),
]  # fmt: skip


def on(grid, boundary):
    return Space(fields=(), domain=grid, boundary=boundary)


def fields(points, seed=0):
    values = np.random.default_rng(seed).standard_normal((2, 3, 2, *points))
    return values[0], values[1]


def square_of_slopes(field, grid, boundary):
    """Sum the squared slopes of a (c, s...) field over channels and edges, one edge at a time."""
    total = 0.0
    for channel in field:
        for here in itertools.product(*(range(n) for n in channel.shape)):
            for axis, n in enumerate(channel.shape):
                there = list(here)
                there[axis] += 1
                if there[axis] == n:
                    if not boundary.periodic[axis]:
                        continue
                    there[axis] = 0
                total += ((channel[tuple(there)] - channel[here]) / grid.spacing[axis]) ** 2
    return total


def square_of_weighted_spectrum(field):
    """Sum (1 + |k|^2) |F(k)|^2 over channels and wavenumbers by the definition of the transform."""
    total = 0.0
    for channel in field:
        spectrum = channel.astype(complex)
        square = np.ones(channel.shape)
        for axis, n in enumerate(channel.shape):
            k = np.array([j if j < (n + 1) // 2 else j - n for j in range(n)])
            matrix = np.exp(-2j * np.pi * np.outer(k, np.arange(n)) / n) / math.sqrt(n)
            spectrum = np.moveaxis(np.tensordot(matrix, spectrum, axes=(1, axis)), 0, axis)
            kept = np.where(np.abs(k) >= 20, 0, k)
            square = square + (kept**2).reshape([-1 if a == axis else 1 for a in range(channel.ndim)])
        total += (square * np.abs(spectrum) ** 2).sum()
    return total


def by_hand(norm, prediction, target, grid, boundary):
    error = prediction - target
    if norm is mse:
        return np.mean(error**2)
    square = {
        relative_l2: lambda field: (field**2).sum(),
        h1_fd: lambda field: (field**2).sum() + square_of_slopes(field, grid, boundary),
        h1_mgno: square_of_weighted_spectrum,
    }[norm]
    return math.sqrt(square(error) / square(target))


@pytest.mark.parametrize(("grid", "boundary"), PLACES, ids=lambda value: str(getattr(value, "points", "")))
@pytest.mark.parametrize("norm", NORMS, ids=lambda norm: norm.__name__)
def test_a_norm_is_its_definition_sample_by_sample(norm, grid, boundary):
    prediction, target = fields(grid.points)
    values = norm(torch.from_numpy(prediction), torch.from_numpy(target), on(grid, boundary))
    expected = [by_hand(norm, p, t, grid, boundary) for p, t in zip(prediction, target, strict=True)]
    np.testing.assert_allclose(values.numpy(), expected, rtol=1e-12)


def waves(n):
    """Return on n periodic points the wave sin(2 pi x) and a prediction that is off by 0.1 sin(6 pi x)."""
    x = torch.from_numpy(Grid.box((n,), "left").coordinates()[0])
    target = torch.sin(2 * math.pi * x)[None, None]
    return target + 0.1 * torch.sin(6 * math.pi * x)[None, None], target


def test_h1_fd_comes_to_the_integral_with_order_two():
    exact = 0.1 * math.sqrt((1 + (6 * math.pi) ** 2) / (1 + (2 * math.pi) ** 2))
    errors = []
    for n in (32, 64, 128):
        value = h1_fd(*waves(n), on(Grid.box((n,), "left"), Boundary.uniform("periodic", 1)))
        errors.append(abs(float(value) - exact))
    orders = [math.log2(coarse / fine) for coarse, fine in itertools.pairwise(errors)]
    assert orders == pytest.approx([2, 2], abs=0.1)


def test_h1_fd_knows_the_length_of_the_box():
    narrow, wide = (Grid.box((64,), "left", length=length) for length in (1.0, 1000.0))
    boundary = Boundary.uniform("periodic", 1)
    assert float(h1_fd(*waves(64), on(wide, boundary))) == pytest.approx(
        float(relative_l2(*waves(64), on(wide, boundary))), rel=1e-3
    )
    assert float(h1_fd(*waves(64), on(narrow, boundary))) > 2 * float(relative_l2(*waves(64), on(narrow, boundary)))


def test_h1_fd_sees_the_finest_oscillation():
    target = torch.ones(1, 1, 32, dtype=torch.float64)
    sawtooth = target + 0.01 * torch.tensor([1.0, -1.0]).repeat(16).double()
    grid, boundary = Grid.box((32,), "left"), Boundary.uniform("periodic", 1)
    assert float(h1_fd(sawtooth, target, on(grid, boundary))) == pytest.approx(0.01 * math.sqrt(1 + 64**2), rel=1e-9)


@pytest.mark.parametrize("norm", NORMS[:3], ids=lambda norm: norm.__name__)
def test_a_relative_norm_does_not_know_the_unit(norm):
    grid, boundary = PLACES[2]
    prediction, target = map(torch.from_numpy, fields(grid.points))
    torch.testing.assert_close(
        norm(1e-6 * prediction, 1e-6 * target, on(grid, boundary)), norm(prediction, target, on(grid, boundary))
    )


@pytest.mark.parametrize("norm", NORMS, ids=lambda norm: norm.__name__)
def test_a_perfect_prediction_has_no_error_and_a_finite_gradient(norm):
    grid, boundary = PLACES[2]
    target = torch.from_numpy(fields(grid.points)[0])
    prediction = target.clone().requires_grad_()
    error = norm(prediction, target, on(grid, boundary))
    error.sum().backward()
    assert torch.equal(error, torch.zeros(3, dtype=torch.float64))
    assert prediction.grad.isfinite().all()


UNITS = (1e-22, 1e-9, 1e18, 1e20)
RELATIVE = (relative_l2, h1_fd, h1_mgno)
SQUARE = (Grid.box((12, 12), "cells"), Boundary.uniform("dirichlet", 2))


def single(points, unit):
    return (torch.from_numpy(unit * field).float() for field in fields(points))


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("norm", RELATIVE, ids=lambda norm: norm.__name__)
def test_a_relative_error_and_its_gradient_in_float32_do_not_know_the_unit(norm, unit):
    pairs = []
    for size in (1.0, unit):
        prediction, target = single((12, 12), size)
        prediction.requires_grad_(True)
        value = norm(prediction, target, on(*SQUARE))
        value.sum().backward()
        pairs.append((value.detach(), size * prediction.grad))
    torch.testing.assert_close(pairs[1], pairs[0], rtol=1e-5, atol=1e-7)


@given(power=st.integers(-70, 62))
@settings(derandomize=True, deadline=None, max_examples=25)
@pytest.mark.parametrize("norm", RELATIVE, ids=lambda norm: norm.__name__)
def test_a_unit_that_is_a_power_of_two_changes_no_bit_of_a_relative_error(norm, power):
    plain, scaled = (norm(*single((12, 12), size), on(*SQUARE)) for size in (1.0, 2.0**power))
    assert torch.equal(scaled, plain)


def test_a_field_over_its_binary_unit_keeps_its_bits_and_lies_within_two():
    field = torch.cat([torch.from_numpy(unit * fields((5, 5))[0]).float() for unit in (*UNITS, 3e37, 1e-37)])
    unit = binary_unit(field)
    assert (field / unit).abs().flatten(1).amax(1).ge(1).all()
    assert (field / unit).abs().max() < 2
    assert torch.equal(field / unit * unit, field)
    assert (binary_unit(torch.zeros(2, 1, 4)) == 1).all()


@pytest.mark.parametrize("length", [1e-22, 1e-9, 1e9, 1e22])
def test_h1_fd_is_finite_on_a_box_of_any_length(length):
    grid = Grid.box((12, 12), "cells", length=length)
    assert h1_fd(*single((12, 12), 1.0), on(grid, SQUARE[1])).isfinite().all()


CLOUD = Space(fields=(), domain=Cloud(capacity=9, dimensions=2))
INTEGRALS = {each.name: each.of_each for each in available(CLOUD)} | {"mse": mse}


def scattered(seed=3):
    """Return predictions and targets on 9 points, and weights whose last two are 0."""
    generator = torch.Generator().manual_seed(seed)
    prediction, target = torch.randn(2, 3, 2, 9, generator=generator, dtype=torch.float64)
    weights = torch.rand(3, 9, generator=generator, dtype=torch.float64) + 0.1
    weights[:, 7:] = 0
    return prediction, target, weights


@pytest.mark.parametrize("name", INTEGRALS)
def test_an_error_does_not_know_the_order_of_the_points(name):
    prediction, target, weights = scattered()
    order = torch.randperm(9, generator=torch.Generator().manual_seed(0))
    changed = INTEGRALS[name](prediction[..., order], target[..., order], CLOUD, weights[:, order])
    torch.testing.assert_close(changed, INTEGRALS[name](prediction, target, CLOUD, weights), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", INTEGRALS)
def test_an_error_does_not_know_what_lies_beyond_the_last_point(name):
    prediction, target, weights = scattered()
    changed = INTEGRALS[name](prediction[..., :7], target[..., :7], CLOUD, weights[:, :7])
    prediction[..., 7:], target[..., 7:] = math.nan, 1e30
    torch.testing.assert_close(INTEGRALS[name](prediction, target, CLOUD, weights), changed, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", INTEGRALS)
def test_an_error_is_the_same_on_a_mesh_whose_points_are_parted(name):
    prediction, target, weights = scattered()
    share = torch.tensor([0.25, 0.75], dtype=torch.float64).repeat(9)
    parted = weights.repeat_interleave(2, dim=1) * share
    changed = INTEGRALS[name](prediction.repeat_interleave(2, dim=2), target.repeat_interleave(2, dim=2), CLOUD, parted)
    torch.testing.assert_close(changed, INTEGRALS[name](prediction, target, CLOUD, weights), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", sorted(INTEGRALS.keys() - {"vrmse"}))  # it divides by n - 1 where there are no weights
def test_equal_weights_are_none(name):
    prediction, target, _ = scattered()
    changed = INTEGRALS[name](prediction, target, CLOUD, torch.full((1, 9), 0.3).double())
    torch.testing.assert_close(changed, INTEGRALS[name](prediction, target, CLOUD), rtol=1e-12, atol=0)


@pytest.mark.parametrize("norm", [h1_fd, h1_mgno], ids=lambda norm: norm.__name__)
def test_a_norm_of_slopes_or_waves_takes_no_cloud_and_no_weights(norm):
    prediction, target, weights = scattered()
    with pytest.raises(SettingsError, match="needs a grid"):
        norm(prediction, target, CLOUD)
    with pytest.raises(ValueError, match="has no weights"):
        norm(prediction, target, CLOUD, weights)
