"""What training minimises: a norm of the error, relative to the outputs, on the grid and boundary of the problem."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from surrogate import norms
from surrogate.datasets.proof import one_thread
from surrogate.errors import InputError
from surrogate.spaces import Problem, Split

NORMS: dict[str, norms.Norm] = {
    "relative_l2": norms.relative_l2,
    "h1_fd": norms.h1_fd,
    "h1_mgno": norms.h1_mgno,
    "mse": norms.mse,
}
REPORTED = ("relative_l2", "h1_fd")

Loss = Callable[[Tensor, Tensor], Tensor]


class Scale:
    """What a loss has to know of the outputs of a split, which it is shown a block at a time: their mean square."""

    def __init__(self, name: str, split: Split = "train") -> None:
        self.name = name
        self.split = split
        self._seen = 0
        self._numbers = 0
        self._squares = 0.0

    def add(self, targets: Tensor) -> None:
        """Take a block of outputs (n, c, s...).

        Raises:
            InputError: the loss is relative and one of them is zero everywhere.
        """
        zero = targets.flatten(1).abs().amax(1) == 0
        if self.name != "mse" and zero.any():
            number = self._seen + int(zero.nonzero()[0])
            kind = {"train": "training", "valid": "validation"}.get(self.split, self.split)
            what = f"{kind} output {number} is zero everywhere, so that it has no relative error"
            raise InputError(f"loss={self.name}: {what}; take loss=mse")
        self._seen += len(targets)
        self._numbers += targets.numel()
        with one_thread():
            self._squares += float(targets.double().square().sum())

    @property
    def mean_square(self) -> float:
        """The mean square of all that was seen; 1 where that is zero."""
        return self._squares / self._numbers or 1.0


def build_loss(name: str, problem: Problem, scale: Scale) -> Loss:
    """Return the loss of predictions and targets (b, c, s...), per sample (b,).

    ``mse`` is divided by the mean square of the training outputs: Adam's epsilon and the gradient clipping then do not
    depend on the unit of the field. The fields are divided by the power of two near the root of that mean first, so
    that their squares fit into float32 in any unit, with the bits that they had.
    """
    norm = NORMS[name]
    if name != "mse":
        return lambda prediction, target: norm(prediction, target, problem.grid, problem.boundary)
    square = scale.mean_square
    unit = 2.0 ** math.floor(math.log2(square) / 2)
    return lambda prediction, target: (
        norm(prediction / unit, target / unit, problem.grid, problem.boundary) / (square / unit**2)
    )


def reported(name: str) -> tuple[str, ...]:
    """Return the names of the figures reported on validation data, the one that selects (the loss's) first.

    That of ``mse`` is ``relative_mse``: over the mean square of the outputs that it was measured on. So of every loss 1
    is what predicting zero would have.
    """
    first = "relative_mse" if name == "mse" else name
    return (first, *(other for other in REPORTED if other != first))
