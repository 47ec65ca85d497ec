"""SOAP by its laws: what it is blind to, what it becomes where there is nothing to turn, and that it can be resumed."""

import copy

import pytest
import torch

from surrogate.errors import Stopped
from surrogate.training.optimizers.soap import Soap
from surrogate.training.train import train


def rotation(size, seed):
    return torch.linalg.qr(torch.randn(size, size, dtype=torch.float64, generator=torch.manual_seed(seed))).Q


def hessian(size):
    root = torch.randn(size, size, dtype=torch.float64, generator=torch.manual_seed(9))
    return root @ root.T / size


def follow(optimizer, weight, loss, steps):
    for _ in range(steps):
        optimizer.zero_grad()
        loss(weight).backward()
        optimizer.step()
    return weight.detach()


def test_the_path_does_not_depend_on_the_basis_of_either_side_of_a_matrix():
    start = torch.randn(5, 5, dtype=torch.float64, generator=torch.manual_seed(1))
    bowl, left, right = hessian(25), rotation(5, 2), rotation(5, 3)

    def plain(weight):
        return weight.flatten() @ bowl @ weight.flatten() / 2

    def seen(weight):
        return plain(left.T @ weight @ right)

    one, other = start.clone().requires_grad_(), (left @ start @ right.T).requires_grad_()
    result = follow(Soap([one], lr=0.02, weight_decay=0.1), one, plain, 50)
    turned = follow(Soap([other], lr=0.02, weight_decay=0.1), other, seen, 50)
    assert (result - start).abs().max() > 0.1
    assert torch.allclose(left @ result @ right.T, turned, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("shape", "options"), [((12,), {}), ((4, 3), {"longest": 1})])
def test_without_an_axis_to_turn_the_steps_are_those_of_adam_one_gradient_later(shape, options):
    start = torch.randn(*shape, dtype=torch.float64, generator=torch.manual_seed(4))
    bowl = hessian(12)

    def loss(weight):
        return weight.flatten() @ bowl @ weight.flatten()

    one, other = start.clone().requires_grad_(), start.clone().requires_grad_()
    result = follow(Soap([one], lr=0.1, weight_decay=0.0, betas=(0.9, 0.99), **options), one, loss, 21)
    expected = follow(torch.optim.Adam([other], lr=0.1, betas=(0.9, 0.99)), other, loss, 20)
    assert torch.allclose(result, expected, rtol=0, atol=1e-6)


def test_tensors_worked_on_together_move_as_if_alone():
    starts = [torch.randn(3, 4, 3, 3, dtype=torch.float64, generator=torch.manual_seed(seed)) for seed in (5, 6)]
    together = [start.clone().requires_grad_() for start in starts]
    optimizer = Soap(together, lr=0.05, weight_decay=0.0)
    for _ in range(15):
        optimizer.zero_grad()
        sum((weight**4).sum() for weight in together).backward()
        optimizer.step()
    for start, weight in zip(starts, together, strict=True):
        alone = start.clone().requires_grad_()
        result = follow(Soap([alone], lr=0.05, weight_decay=0.0), alone, lambda weight: (weight**4).sum(), 15)
        assert torch.allclose(result, weight, rtol=0, atol=1e-5)


def test_it_beats_adam_on_a_bowl_whose_axes_are_turned():
    """A least-squares problem with condition number 1e4 along turned directions."""
    scales = torch.logspace(0, -2, 8, dtype=torch.float64)
    matrix = rotation(8, 7) @ torch.diag(scales) @ rotation(8, 8)
    goal = torch.randn(8, 8, dtype=torch.float64, generator=torch.manual_seed(3))

    def loss(weight):
        return (matrix @ (weight - goal)).square().sum()

    values = []
    for make in (Soap, torch.optim.Adam):
        weight = torch.zeros(8, 8, dtype=torch.float64, requires_grad=True)
        values.append(float(loss(follow(make([weight], lr=0.03, weight_decay=0.0), weight, loss, 150))))
    assert values[0] < 0.1 * values[1]


def test_a_gradient_that_is_missing_leaves_its_weight():
    weights = [torch.ones(3, 3, requires_grad=True) for _ in range(2)]
    optimizer = Soap(weights, lr=0.1, weight_decay=0.5)
    follow(optimizer, weights[0], lambda weight: (weight**3).sum(), 3)
    assert torch.equal(weights[1], torch.ones(3, 3))
    assert not torch.equal(weights[0], torch.ones(3, 3))


def test_the_state_is_tensors_and_goes_on_bit_for_bit_between_two_bases():
    start = torch.randn(6, 5, 3, 3, generator=torch.manual_seed(8))
    straight, broken = start.clone().requires_grad_(), start.clone().requires_grad_()

    def loss(weight):
        return (weight**4).sum() + weight[0].sum() ** 2

    first = Soap([straight], lr=0.01, weight_decay=0.01, every=4)
    follow(first, straight, loss, 6)
    with torch.no_grad():
        broken.copy_(straight)
    second = Soap([broken], lr=0.01, weight_decay=0.01, every=4)
    saved = copy.deepcopy(first.state_dict()["state"])
    assert all(isinstance(tensor, torch.Tensor) for tensor in saved[0].values())
    second.load_state_dict({"state": saved, "param_groups": second.state_dict()["param_groups"]})
    assert torch.equal(follow(first, straight, loss, 7), follow(second, broken, loss, 7))


def test_a_run_stopped_in_the_middle_ends_with_the_weights_of_one_that_was_not(steady, settings, tmp_path):
    words = ("optimizer=soap", "optimizer.lr=1e-2", "optimizer.every=3", "trainer.epochs=2")
    list(train(settings(steady, tmp_path / "straight", *words), lambda: False))
    stops = iter([False] * 5 + [True])
    with pytest.raises(Stopped):
        list(train(settings(steady, tmp_path / "broken", *words), lambda: next(stops)))
    list(train(settings(steady, tmp_path / "broken", *words), lambda: False))
    weights = [(tmp_path / name / "weights.safetensors").read_bytes() for name in ("straight", "broken")]
    assert weights[0] == weights[1]
