"""The learned preconditioner: a small network that makes a V-cycle of a coefficient.

The network sees what the faces of a cell and of its neighbours conduct, relative to each other, so scaling the
coefficient changes nothing, and it is the same on every level: a coarser grid is another problem of the same kind. What
it does not say is that of a classical cycle, with which training starts.

Shape letters: b batch, n and m cells along x and y.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from surrogate.solve.cycle import Conductances, RelaxedLevel, SymmetricCycle, dense_inverse, series_and_parallel

# Cells of the coarsest grid, at most.
COARSEST = 64
# Before it has learned: relaxation of the sweeps and of the interpolation.
RELAXATION, SPREAD = 1.1, 0.7
# The relaxation of a sweep is at most so far from 1; at 1 away from it the cycle would no longer be definite.
REACH = 0.9
# A conductance of a coarser grid is at most this power of e away from that of series and parallel circuits.
LARGEST = 1.5
FEATURES, OUTPUTS = 6, 12


class Preconditioner(nn.Module):
    """Make an approximate inverse, linear, symmetric and positive definite, of every five-point operator.

    Args:
        width: channels of the network on the finer of two grids; the coarser has twice as many.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fine = nn.Conv2d(FEATURES, width, 3, padding=1)
        self.coarse = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
        self.head = nn.Conv2d(2 * width, OUTPUTS, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def forward(self, operator: Conductances) -> SymmetricCycle:
        """Return the cycle of ``operator``, in its precision."""
        levels = []
        while operator.sink[0].numel() > COARSEST:
            n, m = operator.sink.shape[1:]
            operator = operator.even()
            corrections = self.head(F.gelu(self.coarse(F.gelu(self.fine(features(operator))))))
            per_cell = F.pixel_shuffle(corrections[:, 4:], 2)
            relaxation = 1 + REACH * torch.tanh(per_cell[:, 0] + math.atanh((RELAXATION - 1) / REACH))
            levels.append(RelaxedLevel.of(operator, relaxation, SPREAD + per_cell[:, 1], (n, m)))
            operator = _scaled(series_and_parallel(operator), corrections[:, :4])
        return SymmetricCycle(tuple(levels), dense_inverse(operator))


def features(operator: Conductances) -> Tensor:
    """Return what the network sees of each cell, ``(b, FEATURES, n, m)``.

    The shares of its diagonal that lie in the four faces and in the sink, and how far the diagonal is from the
    geometric mean of all.
    """
    diagonal = operator.diagonal
    faces = (operator.x[:, :-1], operator.x[:, 1:], operator.y[:, :, :-1], operator.y[:, :, 1:])
    shares = [4 * face / diagonal - 1 for face in faces]
    size = diagonal.log()
    size = torch.tanh(size - size.mean((1, 2), keepdim=True))
    return torch.stack([*shares, operator.sink / diagonal, size], dim=1)


def _scaled(operator: Conductances, corrections: Tensor) -> Conductances:
    """Return ``operator`` with each face times what the cells on both sides of it say."""
    west, east, south, north = corrections.unbind(1)
    along_x = F.pad(west, (0, 0, 0, 1)) + F.pad(east, (0, 0, 1, 0))
    along_y = F.pad(south, (0, 1)) + F.pad(north, (1, 0))
    return Conductances(operator.x * _factor(along_x), operator.y * _factor(along_y), operator.sink)


def _factor(logarithm: Tensor) -> Tensor:
    return torch.exp(LARGEST * torch.tanh(logarithm / LARGEST))
