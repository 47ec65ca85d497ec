"""The order of convergence of a data set's solver: observed on three levels, and what it leaves of the error."""

from __future__ import annotations

import math

import numpy as np

from surrogate.datasets.proof import Proof
from surrogate.errors import SolverError

# An order is measured only where the finest of its levels takes no more steps of points than this: a matter of seconds.
_MOST_WORK = 5e7
_MOST_WORK_OF_BOTH = 1e7
# No levels are taken to approach their limit more slowly than the L2 error of a contact does in theory, with 5/12.
_LEAST_ORDER = 0.4


def observed_order(proof: Proof) -> tuple[float | None, str]:
    """Return the order of convergence of the first sample, seen on three levels, and in what; None where not seen.

    Levels that do not approach a limit have an order near zero, or below.
    """
    axes, one = len(proof.spec.grid.points), slice(0, 1)
    steady = len(proof.spec.times) == 1
    work = float(proof.iterations(one)[0]) * proof.equation.cells
    if work * 4**axes <= _MOST_WORK if steady else work * 4 ** (axes + 1) <= _MOST_WORK_OF_BOTH:
        levels, of = [(1, 1), (2, 2), (4, 4)], "space" if steady else "space and time"
    elif not steady and 4 * work <= _MOST_WORK:
        levels, of = [(1, 1), (1, 2), (1, 4)], "time"
    else:
        return None, ""
    try:
        coarse, middle, fine = (proof.solve(*level, among=one)[0] for level in levels)
    except SolverError:
        return None, ""
    first, second = float(np.linalg.norm(coarse - middle)), float(np.linalg.norm(middle - fine))
    if min(first, second) < 1e-12 * float(np.linalg.norm(fine)):
        return None, "rounding is all that is left"
    return math.log2(first / second), of


def remaining(order: float) -> float:
    """Return how many times its distance from the next level, which is twice as fine, the error of a level may be.

    Errors that shrink by ``2^order`` from level to level add up to that distance times ``1 / (1 - 2^-order)``
    (Richardson; Roache 1998, Verification and Validation in Computational Science and Engineering, section 5).
    """
    return 1 / (1 - 2 ** -max(order, _LEAST_ORDER))
