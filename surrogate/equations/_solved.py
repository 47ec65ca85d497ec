"""What the solver of an equation returns."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Solved:
    """A batch of solutions, in float64, on the device of their inputs.

    ``states`` has shape ``(n, time, state, space...)``; ``residual`` and ``iterations``, ``(n,)``, say per sample the
    relative residual (or error bound) that was reached and the work it took.
    """

    states: Tensor
    residual: Tensor
    iterations: Tensor
