"""What training minimises: a norm of the error in physical units, on the grid and boundary of the problem."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from surrogate import norms
from surrogate.errors import InputError
from surrogate.fields import Problem

NORMS: dict[str, norms.Norm] = {
    "relative_l2": norms.relative_l2,
    "h1_fd": norms.h1_fd,
    "h1_mgno": norms.h1_mgno,
    "mse": norms.mse,
}
REPORTED = ("relative_l2", "h1_fd")

Loss = Callable[[Tensor, Tensor], Tensor]


def build_loss(name: str, problem: Problem, targets: Tensor) -> Loss:
    """Return the loss of predictions and targets (b, c, s...), per sample (b,).

    ``mse`` is divided by the mean square of ``targets``, the training outputs: Adam's epsilon and the gradient
    clipping then do not depend on the unit of the field.

    Raises:
        InputError: the loss is relative and one of ``targets`` is zero everywhere.
    """
    norm = NORMS[name]
    if name != "mse":
        zero = (targets.flatten(1).abs().amax(1) == 0).nonzero()
        if len(zero):
            what = f"training output {int(zero[0])} is zero everywhere, so that it has no relative error"
            raise InputError(f"loss={name}: {what}; take loss=mse")
        return lambda prediction, target: norm(prediction, target, problem.grid, problem.boundary)
    scale = float(targets.double().square().mean()) or 1.0
    return lambda prediction, target: norm(prediction, target, problem.grid, problem.boundary) / scale


def reported(name: str) -> tuple[str, ...]:
    """Return the names of the figures reported on validation data, the one that selects (the loss's) first."""
    return (name, *(other for other in REPORTED if other != name))
