"""SOAP: Adam in the slowly turning eigenbasis of Shampoo's preconditioner.

Shape letters: n tensors of one shape, d... axes of these after small neighbours were merged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from surrogate.training.optimizer import MomentSettings

SHARDS = False

# Tensors are worked on together up to so many numbers, which a processor's cache holds.
_TOGETHER = 2**18
# Points of a stencil along an axis, at most.
_POINTS = 5


class Settings(MomentSettings):
    """As of every optimizer with running means; ``every`` steps go from one basis to the next."""


def build(settings: Settings, parameters: Sequence[Tensor]) -> torch.optim.Optimizer:
    """Return the optimizer of ``parameters``; its rate is set again before every step."""
    decay, betas = settings.weight_decay, settings.betas
    return Soap(parameters, lr=settings.lr, betas=betas, weight_decay=decay, every=settings.every)


class Soap(torch.optim.Optimizer):
    """Adam's update of a weight tensor, taken in an orthonormal basis along every axis of the tensor.

    The basis of axis j has the eigenvectors of ``C_j``, the running mean of ``G_(j) G_(j)^T`` with the gradient
    unfolded along that axis, as columns; every ``every`` steps one step of orthogonal iteration (a product and a QR
    decomposition) moves it on. With the gradient and its mean m and mean square v in that basis, the step is
    ``m / (sqrt(v) + eps)``, without Adam's bias, turned back. The first gradient only makes the bases. Vectors, and
    axes longer than ``longest``, keep the basis they have: a vector's step is Adam's. The weight decay acts on the
    weights alone.

    A tensor is seen with at most three axes: the points of a stencil (o, i, 3, 3) are one axis, as are the frequencies
    of a spectral weight (k..., i, o, 2); its real and imaginary parts count as channels. Small tensors of one shape
    are worked on together, as an operator has many. The state is tensors alone, kept by parameter.

    Source: Vyas et al. (2024), SOAP, arXiv:2409.11321, algorithm 3; the means are kept in the turned basis.

    Args:
        parameters: the weights, real.
        lr: length of a step.
        weight_decay: part of a weight, times ``lr``, that a step takes off.
        betas: decay of the means of gradient and square; the second is also that of ``C``.
        every: steps from basis to basis.
        eps: added to the root of the mean square.
        longest: longest axis that gets a basis.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float,
        weight_decay: float,
        betas: tuple[float, float] = (0.95, 0.95),
        every: int = 10,
        eps: float = 1e-8,
        longest: int = 256,
    ) -> None:
        fixed = {"betas": betas, "every": every, "eps": eps, "longest": longest}
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay} | fixed)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Move every weight that has a gradient; return what ``closure`` gives."""
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        for group in self.param_groups:
            alike: dict[tuple[Any, ...], list[Tensor]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    seen = int(self.state[weight].get("step", 0))
                    alike.setdefault((seen, weight.shape, weight.dtype, weight.device), []).append(weight)
            for (seen, shape, *_), weights in alike.items():
                size = max(1, _TOGETHER // max(shape.numel(), 1))
                for first in range(0, len(weights), size):
                    self._move(group, weights[first : first + size], seen)
        return value

    def _move(self, group: Mapping[str, Any], weights: list[Tensor], seen: int) -> None:
        """Step ``weights``, of one shape, whose ``seen`` gradients went before."""
        shape = _seen_as(weights[0].shape)
        gradient = _stacked([weight.grad for weight in weights if weight.grad is not None]).reshape(-1, *shape)
        axes = [j for j, d in enumerate(shape, 1) if len(shape) > 1 and 1 < d <= group["longest"]]
        states = [self.state[weight] for weight in weights]
        (first, second), rate = group["betas"], group["lr"]
        if seen == 0:
            products = {j: (1 - second) * _product(gradient, j) for j in axes}
            bases = {j: torch.linalg.eigh(product).eigenvectors.flip(-1) for j, product in products.items()}
            _keep(states, torch.zeros_like(gradient), torch.zeros_like(gradient), bases, products, 1)
            return
        bases = {j: _stacked([state[f"basis{j}"] for state in states]) for j in axes}
        products = {j: _stacked([state[f"product{j}"] for state in states]) for j in axes}
        for j in axes:
            products[j].lerp_(_product(gradient, j), 1 - second)
        turned = _turned(gradient, bases)
        mean = _stacked([state["exp_avg"] for state in states]).lerp_(turned, 1 - first)
        square = _stacked([state["exp_avg_sq"] for state in states]).mul_(second)
        square.addcmul_(turned, turned, value=1 - second)
        length = rate * math.sqrt(1 - second**seen) / (1 - first**seen)
        step = _turned_back(mean / square.sqrt().add_(group["eps"]), bases)
        torch._foreach_mul_(weights, 1 - rate * group["weight_decay"])
        torch._foreach_add_(weights, list(step.reshape(-1, *weights[0].shape).unbind()), alpha=-length)
        if seen % group["every"] == 0:
            mean = _turned_back(mean, bases)
            for j in axes:
                bases[j], square = _iterated(products[j], bases[j], square, j)
            mean = _turned(mean, bases)
        _keep(states, mean, square, bases, products, seen + 1)


def _seen_as(shape: torch.Size) -> tuple[int, ...]:
    """Return at most three axes: the points of a stencil made one, then one and two joined to what is before them."""
    axes: list[int] = []
    for d in shape:
        if axes and (d < 3 or (d <= _POINTS and axes[-1] <= _POINTS**2 and len(axes) > 2)):
            axes[-1] *= d
        else:
            axes.append(d)
    while len(axes) > 3:
        axes[:2] = [axes[0] * axes[1]]
    return tuple(axes) or (1,)


def _matrices(tensor: Tensor, axis: int) -> Tensor:
    """Return the tensor (n, d...) as (n, before, d, after)."""
    return tensor.reshape(len(tensor), math.prod(tensor.shape[1:axis]), tensor.shape[axis], -1)


def _product(gradient: Tensor, axis: int) -> Tensor:
    """Return ``G_(j) G_(j)^T``, (n, d, d)."""
    matrices = _matrices(gradient, axis)
    if matrices.shape[3] == 1:
        return matrices[..., 0].mT @ matrices[..., 0]
    return (matrices @ matrices.mT).sum(1)


def _along(tensor: Tensor, matrix: Tensor, axis: int) -> Tensor:
    """Return the tensor with each of ``matrix`` (n, d, d) applied along an axis."""
    matrices = _matrices(tensor, axis)
    if matrices.shape[3] == 1:
        return (matrices[..., 0] @ matrix.mT).reshape(tensor.shape)
    return (matrix[:, None] @ matrices).reshape(tensor.shape)


def _turned(tensor: Tensor, bases: Mapping[int, Tensor]) -> Tensor:
    for axis, basis in bases.items():
        tensor = _along(tensor, basis.mT, axis)
    return tensor


def _turned_back(tensor: Tensor, bases: Mapping[int, Tensor]) -> Tensor:
    for axis, basis in bases.items():
        tensor = _along(tensor, basis, axis)
    return tensor


def _iterated(product: Tensor, basis: Tensor, square: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Return the basis after a step of orthogonal iteration, largest first, and the mean square in that order."""
    moved = product @ basis
    order = (basis * moved).sum(1).argsort(dim=1, descending=True)
    basis = torch.linalg.qr(moved.gather(2, order[:, None, :].expand_as(moved))).Q
    place = [1] * square.ndim
    place[0], place[axis] = order.shape
    return basis, square.gather(axis, order.reshape(place).expand_as(square))


def _stacked(tensors: list[Tensor]) -> Tensor:
    """Return (n, ...); a single tensor is not copied."""
    return tensors[0][None] if len(tensors) == 1 else torch.stack(tensors)


def _keep(
    states: list[dict[str, Tensor]],
    mean: Tensor,
    square: Tensor,
    bases: Mapping[int, Tensor],
    products: Mapping[int, Tensor],
    seen: int,
) -> None:
    """Write everything back, each parameter its own part, as a file holds it: row after row.

    What lies otherwise in memory (the columns of a decomposition) is multiplied in another order of the same sums, and
    a run that was read back would differ in the last bits.
    """
    tensors = {"exp_avg": mean, "exp_avg_sq": square}
    tensors |= {f"basis{axis}": basis for axis, basis in bases.items()}
    tensors |= {f"product{axis}": product for axis, product in products.items()}
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    for place, state in enumerate(states):
        state["step"] = torch.tensor(float(seen))
        for name, tensor in tensors.items():
            state[name] = tensor[place]
