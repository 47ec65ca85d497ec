"""The multigrid V-cycle, once: who calls it brings the smoothing, the transfers and the solve on the coarsest grid.

Source: Trottenberg, Oosterlee, Schueller (2001), Multigrid, section 2.4.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from torch import Tensor

# What is solved for on a grid: the right-hand side ``f`` of ``A u = f``, or it and a first guess of ``u``.
P = TypeVar("P")


class CycleLevel(Protocol[P]):
    """A grid of the cycle that is not its coarsest; a field may be changed in place, as the cycle holds no other."""

    def before(self, problem: P) -> Tensor:
        """Return an approximate solution ``u``, smoothed on the way down."""

    def down(self, problem: P, field: Tensor) -> P:
        """Return the problem of the coarser grid, whose solution corrects ``field``."""

    def up(self, field: Tensor, coarse: Tensor) -> Tensor:
        """Return ``field`` corrected by the solution ``coarse`` of the coarser grid."""

    def after(self, problem: P, field: Tensor) -> Tensor:
        """Return ``field`` smoothed on the way up."""


def v_cycle(levels: Sequence[CycleLevel[P]], coarsest: Callable[[P], Tensor], problem: P) -> Tensor:
    """Return an approximate solution of ``problem`` by one V-cycle.

    Args:
        levels: the grids from the finest on, without the coarsest.
        coarsest: returns the solution, or what stands for it, on the coarsest grid.
        problem: on the finest grid.
    """
    if not levels:
        return coarsest(problem)
    level, coarser = levels[0], levels[1:]
    field = level.before(problem)
    coarse = v_cycle(coarser, coarsest, level.down(problem, field))
    return level.after(problem, level.up(field, coarse))
