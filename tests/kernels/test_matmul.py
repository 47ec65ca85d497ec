"""The product that oneDNN computes."""

import pytest
import torch

from surrogate.kernels import products
from surrogate.kernels.matmul import matmul

SHAPES = [((100, 128), (128, 4096)), ((1, 3), (3, 1)), ((7, 300), (300, 5))]


@pytest.mark.parametrize("shapes", SHAPES)
@pytest.mark.parametrize("turned", [False, True])
def test_it_is_the_product_however_the_factors_lie_in_memory(shapes, turned):
    left, right = (torch.randn(shape) for shape in shapes)
    if turned:
        left, right = left.T.contiguous().T, right.T.contiguous().T
    expected = left.double() @ right.double()
    assert (matmul(left, right) - expected).norm() <= 1e-6 * expected.norm()


def test_single_precision_on_a_cpu_goes_to_onednn_where_there_is_one():
    left, right = torch.randn(8, 8, requires_grad=True), torch.randn(8, 8)
    wanted = torch.backends.mkldnn.is_available()
    assert (type(matmul(left, right).grad_fn).__name__ == "_ProductBackward") == wanted
    assert type(matmul(left.double(), right.double()).grad_fn).__name__ != "_ProductBackward"


def test_first_and_second_derivatives_are_those_of_the_product():
    def derivatives(function):
        torch.manual_seed(0)
        left, right = torch.randn(6, 5, requires_grad=True), torch.randn(5, 9, requires_grad=True)
        first = torch.autograd.grad(function(left, right).tanh().square().sum(), (left, right), create_graph=True)
        second = torch.autograd.grad(sum(g.square().sum() for g in first), (left, right))
        return [*first, *second]

    for ours, expected in zip(derivatives(matmul), derivatives(torch.matmul), strict=True):
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-5)


def test_without_onednn_it_is_the_ordinary_product(monkeypatch):
    left, right = torch.randn(4, 4), torch.randn(4, 4)
    monkeypatch.setattr(products, "_ONEDNN", None)
    assert torch.equal(matmul(left, right), left @ right)


def test_autocast_has_its_way():
    with torch.autocast("cpu", torch.bfloat16):
        assert matmul(torch.randn(4, 4), torch.randn(4, 4)).dtype == torch.bfloat16


def test_it_can_be_compiled():
    left, right = torch.randn(6, 5, requires_grad=True), torch.randn(5, 9)
    compiled = torch.compile(lambda a, b: matmul(a, b).tanh(), backend="aot_eager", fullgraph=True)
    torch.testing.assert_close(compiled(left, right), (left @ right).tanh())
