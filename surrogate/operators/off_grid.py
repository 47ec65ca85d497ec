"""A map between fields on one grid, applied to fields on another grid over the same box.

Shape letters: b batch, i input channels, o output channels, s... space.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from surrogate.fields import Boundary, Grid
from surrogate.operators.refinement import Refinement
from surrogate.operators.resampling import Points, double, doubled, resample


class OffGrid(nn.Module):
    """Bring the inputs to the grid of the map, apply it there, and take its answer back, half the spacing at a time.

    Means over cells go down as means; the answer goes up by interpolation, or by a learned :class:`Refinement` that
    sees the inputs on each finer grid. Sizes between two doublings are reached from the finer one. A coarser grid is
    between as well: its inputs are copied up, the answer is averaged.

    Args:
        grid: of the map.
        boundary: which axes are periodic.
        refinement: None to interpolate.
    """

    def __init__(self, grid: Grid, boundary: Boundary, refinement: Refinement | None) -> None:
        super().__init__()
        self.grid = grid
        self.periodic = boundary.periodic
        self.refinement = refinement

    def forward(self, answer: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
        """Map (b, i, s...) on any grid to (b, o, s...) on it, by ``answer``, which does so on the map's own grid."""
        points: Points = tuple(inputs.shape[2:])
        levels = self.levels(points)
        finest = self._at(inputs, levels[-1])
        solution = answer(self._at(finest, levels[0]))
        for depth, level in enumerate(levels[1:], start=1):
            solution = self.finer(solution, self._at(finest, level), 0.5**depth)
        return self._at(solution, points)

    def levels(self, points: Points) -> list[Points]:
        """Return the map's own grid, and each finer one up to the first that is nowhere coarser than ``points``."""
        found = [self.grid.points]
        while any(n < m for n, m in zip(found[-1], points, strict=True)):
            found.append(doubled(found[-1], self.grid.placement))
        return found

    def finer(self, solution: Tensor, inputs: Tensor, spacing: float) -> Tensor:
        """Return ``solution`` on the grid of ``inputs``, whose spacing is half of its own; see :class:`Refinement`."""
        if self.refinement is None:
            return double(solution, self.grid, self.periodic)
        return self.refinement(solution, inputs, self.grid, self.periodic, spacing)

    def _at(self, field: Tensor, points: Points) -> Tensor:
        return resample(field, self.grid.resized(points), self.periodic)
