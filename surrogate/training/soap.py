"""SOAP: Adam in the slowly turning eigenbasis of Shampoo's preconditioner.

Shape letters: n tensors of one shape, d... axes of these after small neighbours were merged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor


class Soap(torch.optim.Optimizer):
    """Adam's update of a weight tensor, taken in an orthonormal basis along every axis of the tensor.

    The basis of axis j has the eigenvectors of ``C_j``, the running mean of ``G_(j) G_(j)^T`` with the gradient
    unfolded along that axis, as columns; every ``every`` steps one step of orthogonal iteration (a product and a QR
    decomposition) moves it on. With the gradient and its mean m and mean square v in that basis, the step is
    ``m / (sqrt(v) + eps)``, without Adam's bias, turned back. The first gradient only makes the bases. Vectors, and
    axes longer than ``longest``, keep the basis they have: a vector's step is Adam's. The weight decay acts on the
    weights alone.

    Neighbouring axes are one axis while their product is at most ``merged``: a stencil (o, i, 3, 3) has the axes
    o, i and 9. All tensors of one shape are worked on together, as an operator has many small ones. The state is
    tensors alone, kept by parameter.

    Source: Vyas et al. (2024), SOAP, arXiv:2409.11321, algorithm 3; the means are kept in the turned basis.

    Args:
        parameters: the weights, real.
        lr: length of a step.
        weight_decay: part of a weight, times ``lr``, that a step takes off.
        betas: decay of the means of gradient and square; the second is also that of ``C``.
        every: steps from basis to basis.
        eps: added to the root of the mean square.
        merged: longest axis that merging may make.
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
        merged: int = 16,
        longest: int = 512,
    ) -> None:
        fixed = {"betas": betas, "every": every, "eps": eps, "merged": merged, "longest": longest}
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
            for (seen, *_), weights in alike.items():
                self._move(group, weights, seen)
        return value

    def _move(self, group: Mapping[str, Any], weights: list[Tensor], seen: int) -> None:
        """Step ``weights``, of one shape, whose ``seen`` gradients went before."""
        shape = _merged(weights[0].shape, group["merged"])
        gradient = torch.stack([weight.grad for weight in weights if weight.grad is not None]).reshape(-1, *shape)
        axes = [j for j, d in enumerate(shape, 1) if len(shape) > 1 and 1 < d <= group["longest"]]
        states = [self.state[weight] for weight in weights]
        (first, second), rate = group["betas"], group["lr"]
        if seen == 0:
            products = {j: (1 - second) * _product(gradient, j) for j in axes}
            bases = {j: torch.linalg.eigh(product).eigenvectors.flip(-1) for j, product in products.items()}
            _keep(states, torch.zeros_like(gradient), torch.zeros_like(gradient), bases, products, 1)
            return
        bases = {j: _stacked(states, f"basis{j}") for j in axes}
        products = {j: _stacked(states, f"product{j}").lerp_(_product(gradient, j), 1 - second) for j in axes}
        turned = _turned(gradient, bases)
        mean = _stacked(states, "exp_avg").lerp_(turned, 1 - first)
        square = _stacked(states, "exp_avg_sq").lerp_(turned.square(), 1 - second)
        length = rate * math.sqrt(1 - second**seen) / (1 - first**seen)
        step = _turned_back(mean / (square.sqrt() + group["eps"]), bases)
        torch._foreach_mul_(weights, 1 - rate * group["weight_decay"])
        torch._foreach_add_(weights, list(step.reshape(-1, *weights[0].shape).unbind()), alpha=-length)
        if seen % group["every"] == 0:
            mean = _turned_back(mean, bases)
            for j in axes:
                bases[j], square = _iterated(products[j], bases[j], square, j)
            mean = _turned(mean, bases)
        _keep(states, mean, square, bases, products, seen + 1)


def _merged(shape: torch.Size, longest: int) -> tuple[int, ...]:
    """Return the axes, neighbours made one from the last on while their product is at most ``longest``."""
    axes: list[int] = []
    for d in reversed(shape):
        if axes and axes[0] * d <= longest:
            axes[0] *= d
        else:
            axes.insert(0, d)
    return tuple(axes) or (1,)


def _unfolded(tensor: Tensor, axis: int) -> Tensor:
    """Return (n, d, everything else) with ``axis`` in front, as matrices."""
    return tensor.movedim(axis, 1).flatten(2)


def _product(gradient: Tensor, axis: int) -> Tensor:
    """Return ``G_(j) G_(j)^T``, (n, d, d)."""
    matrix = _unfolded(gradient, axis)
    return matrix @ matrix.mT


def _along(tensor: Tensor, matrices: Tensor, axis: int) -> Tensor:
    """Return the tensor with each of ``matrices`` (n, d, d) applied along an axis."""
    rest = tensor.movedim(axis, 1).shape[2:]
    return (matrices @ _unfolded(tensor, axis)).unflatten(2, rest).movedim(1, axis)


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


def _stacked(states: list[dict[str, Tensor]], name: str) -> Tensor:
    return torch.stack([state[name] for state in states])


def _keep(
    states: list[dict[str, Tensor]],
    mean: Tensor,
    square: Tensor,
    bases: Mapping[int, Tensor],
    products: Mapping[int, Tensor],
    seen: int,
) -> None:
    """Write everything back, each parameter its own part."""
    found = {"exp_avg": mean, "exp_avg_sq": square}
    found |= {f"basis{axis}": basis for axis, basis in bases.items()}
    found |= {f"product{axis}": product for axis, product in products.items()}
    for place, state in enumerate(states):
        state["step"] = torch.tensor(float(seen))
        for name, tensor in found.items():
            state[name] = tensor[place].clone()
