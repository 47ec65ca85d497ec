"""What every linear operator owes: one case of each kind, held to all the laws that it declares."""

import inspect
import pkgutil
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor, nn

import surrogate.operators
from surrogate.operators.bounded import BoundedSpectral, Contraction
from surrogate.operators.operator import Compose, Operator, Sum
from surrogate.operators.padding import uniform_rules
from surrogate.operators.pointwise import Pointwise
from surrogate.operators.spectral import Spectral
from surrogate.operators.stencil import Interpolation, Stencil
from surrogate.operators.synthesis import Synthesis
from surrogate.operators.trigonometric import Trigonometric
from surrogate.operators.v_cycle import CycleShape, VCycle


@dataclass(frozen=True)
class Case:
    """An operator on ``points``; ``shifts`` along each axis and ``flips`` of an axis that it commutes with."""

    make: object
    points: tuple[int, ...] = (16, 12)
    shifts: tuple[int, ...] | None = None
    flipped: tuple[int, ...] = ()


class Basis(nn.Module):
    def __init__(self):
        super().__init__()
        self.functions = nn.Parameter(torch.randn(6, 20))

    def forward(self):
        return self.functions


def symmetric(operator):
    """The operator with its stencils made even along every axis."""
    for weight in operator.parameters():
        for axis in range(2, weight.ndim):
            weight.data = (weight.data + weight.data.flip(axis)) / 2
    return operator


THREE, SHAPE = (3, 3), CycleShape((1, 2), (1, 0), "residual", "zero", "padded")
CIRCULAR, ZEROS, REPLICATE = (uniform_rules(rule, 2) for rule in ("circular", "zeros", "replicate"))
SINES = ("sine", "cosine"), ("cells", "cells")
CASES = {
    "Pointwise, channels first": Case(lambda: Pointwise(2, 3, "first"), shifts=(3, 5), flipped=(0, 1)),
    "Pointwise, channels last": Case(lambda: Pointwise(2, 3, "last"), shifts=(3, 5), flipped=(0, 1)),
    "Contraction": Case(lambda: Contraction(2, 3, "last"), shifts=(3, 5), flipped=(0, 1)),
    "Spectral": Case(lambda: Spectral(2, 3, (4, 3), "last"), shifts=(3, 5)),
    "Spectral, channels first": Case(lambda: Spectral(2, 3, (4, 3), "first"), shifts=(3, 5)),
    "BoundedSpectral": Case(lambda: BoundedSpectral(2, (4, 3), "last"), shifts=(3, 5)),
    "Trigonometric": Case(lambda: Trigonometric(2, 3, (5, 4), *SINES, "last"), flipped=(0, 1)),
    "Trigonometric with a periodic axis": Case(
        lambda: Trigonometric(2, 3, (3, 5), ("fourier", "sine"), ("left", "nodes"), "first"),
        shifts=(3, 0),
        flipped=(1,),
    ),
    "Stencil, periodic": Case(lambda: Stencil(2, 3, THREE, CIRCULAR, bias=True), shifts=(3, 5)),
    "Stencil between walls": Case(lambda: symmetric(Stencil(2, 3, THREE, ZEROS)), flipped=(0, 1)),
    "Stencil between free ends": Case(lambda: symmetric(Stencil(2, 3, THREE, REPLICATE)), flipped=(0, 1)),
    "Stencil to half the points": Case(lambda: Stencil(2, 3, THREE, CIRCULAR, stride=2)),
    "Interpolation": Case(lambda: Interpolation(2, 3, (32, 24), CIRCULAR, offset=1)),
    "VCycle, periodic": Case(lambda: VCycle(2, 3, (16, 12), CIRCULAR, SHAPE), shifts=(2, 4)),
    "VCycle between walls": Case(
        lambda: symmetric(VCycle(2, 3, (15, 13), ZEROS, CycleShape((1, 1), (1, 0), "data", "restrict", "padded"))),
        points=(15, 13),
        flipped=(0, 1),
    ),
    "Synthesis": Case(lambda: Synthesis(Basis(), 6, nn.Parameter(torch.randn(3, 1))), points=()),
    "Sum": Case(lambda: Sum(Spectral(2, 3, (4, 3), "last"), None, Pointwise(2, 3, "last")), shifts=(3, 5)),
    "Compose": Case(lambda: Compose(Spectral(2, 4, (4, 3), "last"), Pointwise(4, 3, "last")), shifts=(3, 5)),
}
# Those whose adjoint is not known; of all others it is held.
NO_ADJOINT = {"Trigonometric", "Trigonometric with a periodic axis", "Stencil between free ends", "Interpolation"}
NO_ADJOINT |= {"Stencil to half the points", "VCycle, periodic", "VCycle between walls", "Synthesis"}
SHIFTED = [name for name, case in CASES.items() if case.shifts]
FLIPPED = [name for name, case in CASES.items() if case.flipped]


def made(name):
    torch.manual_seed(0)
    return CASES[name].make().double()


def functions(operator, points, count=2):
    """White noise in the layout of the operator."""
    shape = (*points, operator.channels_in) if operator.layout == "last" else (operator.channels_in, *points)
    return torch.randn(count, *shape, dtype=torch.float64)


def axis_of(operator, axis):
    return axis + (1 if operator.layout == "last" else 2)


def test_every_operator_has_its_case():
    modules = [f"surrogate.operators.{m.name}" for m in pkgutil.iter_modules(surrogate.operators.__path__)]
    known = [value for name in modules for value in vars(__import__(name, fromlist=["_"])).values()]
    kinds = {kind for kind in known if isinstance(kind, type) and issubclass(kind, Operator) and kind is not Operator}
    whole = {kind for kind in kinds if not kind.__name__.startswith("_") and not inspect.isabstract(kind)}
    assert {type(made(name)) for name in CASES} == whole


@pytest.mark.parametrize("name", CASES)
def test_it_is_linear_up_to_a_constant(name):
    operator = made(name)
    one, other = functions(operator, CASES[name].points)[:, None]
    constant = operator(torch.zeros_like(one))
    expected = 2 * (operator(one) - constant) - 3 * (operator(other) - constant)
    torch.testing.assert_close(operator(2 * one - 3 * other) - constant, expected)


@pytest.mark.parametrize("name", CASES)
def test_it_gives_the_channels_and_the_layout_that_it_declares(name):
    operator = made(name)
    result = operator(functions(operator, CASES[name].points))
    assert result.shape[-1 if operator.layout == "last" else 1] == operator.channels_out


@pytest.mark.parametrize("name", CASES)
def test_it_leaves_its_input_alone_and_gives_memory_of_its_own(name):
    operator = made(name)
    given = functions(operator, CASES[name].points)
    before = given.clone()
    with torch.no_grad():
        operator(given).add_(1)
    assert torch.equal(given, before)


@pytest.mark.parametrize("name", CASES)
def test_gradients_reach_its_input_and_every_weight(name):
    operator = made(name)
    given = functions(operator, CASES[name].points).requires_grad_()
    operator(given).square().sum().backward()
    assert given.grad.any()
    assert [key for key, weight in operator.named_parameters() if weight.grad is None or not weight.grad.any()] == []


@pytest.mark.parametrize("name", sorted(NO_ADJOINT))
def test_it_says_that_its_adjoint_is_not_known(name):
    assert made(name).adjoint() is None


@pytest.mark.parametrize("name", [name for name in CASES if name not in NO_ADJOINT])
def test_its_adjoint_is_its_adjoint(name):
    operator = made(name)
    adjoint = operator.adjoint()
    given = functions(operator, CASES[name].points)
    image = operator(given) - operator(torch.zeros_like(given))
    other = torch.randn_like(image)
    assert (adjoint.channels_in, adjoint.channels_out) == (operator.channels_out, operator.channels_in)
    torch.testing.assert_close((image * other).sum(), (given * adjoint(other)).sum())


@pytest.mark.parametrize("name", SHIFTED)
def test_it_commutes_with_shifts_where_its_box_is_periodic(name):
    operator, shifts = made(name), CASES[name].shifts
    given, axes = functions(operator, CASES[name].points), [axis_of(operator, axis) for axis in (0, 1)]
    torch.testing.assert_close(operator(given.roll(shifts, axes)), operator(given).roll(shifts, axes))


@pytest.mark.parametrize("name", FLIPPED)
def test_it_commutes_with_flips_where_both_ends_of_its_box_are_alike(name):
    operator = made(name)
    given = functions(operator, CASES[name].points)
    for axis in CASES[name].flipped:
        place = axis_of(operator, axis)
        torch.testing.assert_close(operator(given.flip(place)), operator(given).flip(place))


def waves(operator, points):
    """Fields of the longest waves, the same functions on every grid of cells' left ends."""
    x, y = (torch.arange(n, dtype=torch.float64) / n for n in points)
    one = torch.cos(2 * torch.pi * x)[:, None] * torch.sin(2 * torch.pi * y)
    other = torch.sin(4 * torch.pi * x)[:, None] + 0.3 * torch.cos(2 * torch.pi * y)
    fields = torch.stack([one, other])[None]
    return fields if operator.layout == "first" else fields.movedim(1, -1)


@pytest.mark.parametrize("name", [name for name in SHIFTED if CASES[name].shifts[1]])
def test_on_a_finer_grid_it_is_the_same_map_or_declares_that_it_is_not(name):
    operator, points = made(name), CASES[name].points
    places = (slice(None),) * axis_of(operator, 0) + (slice(None, None, 2),) * 2
    coarse = operator(waves(operator, points))
    fine: Tensor = operator(waves(operator, tuple(2 * n for n in points)))[places]
    same = bool((fine - coarse).norm() < 1e-9 * coarse.norm())
    assert same == (operator.resolutions == "same")
