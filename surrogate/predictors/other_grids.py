"""A map between fields on one grid, applied to fields on another grid over the same box.

Shape letters: b batch, i input channels, o output channels, s... space.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from surrogate.operators.resampling import Points, double, doubled, interleaved, resample
from surrogate.predictors.refinement import Refinement
from surrogate.spaces import Boundary, Grid


class OffGrid(nn.Module):
    """Ask the map on its own grid alone, for fields of the kind that it knows, and bring the answers to a finer one.

    The cells of a grid with half the spacing hold 2^d fields on the own grid, interleaved. The map answers each of
    them and the mean of the answers is taken: a mean of the inputs instead would ask it for values between those that
    it has learned from, where a coefficient jumps, and would have another solution (a fine mixture conducts worse
    than its mean). That each field lies a quarter of a cell aside cancels in the mean. The answer is brought to the
    finer grid by interpolation, or by a learned :class:`Refinement` that sees the inputs there. Finer grids repeat
    this from grid to grid, so that the map does as much work per point as on its own grid.

    Sizes between two doublings are reached from the finer one. A coarser grid is between as well: its inputs are
    copied up, the answer is averaged.

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
        return self._at(self._on(answer, self._at(inputs, levels[-1]), len(levels) - 1), points)

    def coarse(self, answer: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
        """Map (b, i, 2 s...) to (b, o, s...), the mean of what ``answer`` gives for the fields that lie in them."""
        answers = [answer(part.contiguous()) for part in interleaved(inputs, self.grid.placement)]
        return torch.stack(answers).mean(0)

    def _on(self, answer: Callable[[Tensor], Tensor], inputs: Tensor, doublings: int) -> Tensor:
        if doublings == 0:
            return answer(inputs)
        coarse = self.coarse(lambda part: self._on(answer, part, doublings - 1), inputs)
        return self.finer(coarse, inputs, 0.5**doublings)

    def levels(self, points: Points) -> list[Points]:
        """Return the map's own grid, and each finer one up to the first that is nowhere coarser than ``points``."""
        sizes = [self.grid.points]
        while any(n < m for n, m in zip(sizes[-1], points, strict=True)):
            sizes.append(doubled(sizes[-1], self.grid.placement))
        return sizes

    def finer(self, solution: Tensor, inputs: Tensor, spacing: float) -> Tensor:
        """Return ``solution`` on the grid of ``inputs``, whose spacing is half of its own; see :class:`Refinement`."""
        if self.refinement is None:
            return double(solution, self.grid, self.periodic)
        return self.refinement(solution, inputs, self.grid, self.periodic, spacing)

    def _at(self, field: Tensor, points: Points) -> Tensor:
        return resample(field, self.grid.resized(points), self.periodic)
