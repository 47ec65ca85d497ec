"""How far the solution of a linear system is from that of the equation that it discretises.

A residual says how well the system was solved, and nothing about the system: on coarse cells a residual of 1e-10 and an
error of a sixth go together.

Shape letters: n samples, c channels, x and y space.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from surrogate.errors import SolverError
from surrogate.solve.equation import LinearEquation

Array = NDArray[np.float64]

# Cells of a finer solve, along both axes together: a second or two each.
_MOST_CELLS = 1024**2


@dataclass(frozen=True)
class Discretisation:
    """The largest relative L2 distance of ``samples`` solutions from those of a finer solve; None: why none is."""

    relative_l2: float | None
    samples: int
    against: str

    def line(self) -> str:
        """Return it in words."""
        if self.relative_l2 is None:
            return f"discretisation: how far the system is from the equation is not known here: {self.against}"
        worst = "its first sample" if self.samples == 1 else f"the worst of {self.samples} samples"
        return (
            f"discretisation: {100 * self.relative_l2:.2g} % from {self.against} (relative L2, {worst}); a residual "
            "says nothing about that"
        )


def discretisation(equation: LinearEquation, inputs: Array, solutions: Array, refine: int) -> Discretisation:
    """Return how far ``solutions`` ``(n, 1, x, y)`` are from what a finer solve of the equation makes of ``inputs``.

    It is the solver that made the data, at twice its own resolution, and at least at twice that of the system.

    Args:
        equation: of which a linear system was solved.
        inputs: ``(n, c, x, y)``.
        solutions: those of the system, means over the cells of the inputs.
        refine: cells of the system along an axis for each of the inputs.
    """
    points = tuple(inputs.shape[2:])
    resized = equation.resized(points)
    own = resized.fineness
    space = math.ceil(2 * max(own, refine) / own)
    if math.prod(points) * (space * own) ** 2 > _MOST_CELLS:
        return Discretisation(None, 0, f"a finer solve would take more than {_MOST_CELLS:,} cells; try fewer points")
    try:
        finer = resized.refined(space, 1)
        solved = finer.solve(torch.from_numpy(inputs))
    except SolverError as error:
        return Discretisation(None, 0, str(error))
    truth = solved.states[:, 0].numpy()
    apart = [float(np.linalg.norm(a - b) / np.linalg.norm(b)) for a, b in zip(solutions, truth, strict=True) if b.any()]
    if not apart:
        return Discretisation(None, 0, "the solutions are zero")
    how = "as its data are" if finer.fineness == 1 else f"on cells {finer.fineness / refine:.3g} times smaller"
    return Discretisation(max(apart), len(apart), f"{finer.name} solved {how}")
