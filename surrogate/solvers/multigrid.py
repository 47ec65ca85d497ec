"""Geometric multigrid for five-point stencils with variable coefficients, batched, on any number of cells.

Shape letters: b batch, n and m cells along x and y. The unknowns are values of cells, ``(b, n, m)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import pad

# Chebyshev smoothing damps the eigenvalues of D^-1 A from SMOOTHED up to 2, which bounds them all for an M-matrix
# whose rows sum to at least zero. Lower eigenvalues belong to waves that the next coarser grid can hold.
SMOOTHED = 0.25


@dataclass(frozen=True)
class Stencil:
    """A conservative five-point operator: fluxes through faces, ``u = 0`` beyond the walls.

    ``(A u)_c = sum over the four faces of c of conductance * (u_c - u_neighbour)``. ``x`` holds the conductances
    of the faces across x, walls included, ``(b, n + 1, m)``; ``y`` those across y, ``(b, n, m + 1)``; ``diagonal``
    is their sum for each cell, ``(b, n, m)``.
    """

    x: Tensor
    y: Tensor
    diagonal: Tensor

    @classmethod
    def from_faces(cls, x: Tensor, y: Tensor) -> Stencil:
        """Return the stencil of given face conductances."""
        return cls(x, y, x[:, 1:] + x[:, :-1] + y[:, :, 1:] + y[:, :, :-1])

    def __call__(self, field: Tensor) -> Tensor:
        """Return ``A u`` for ``u`` of shape ``(b, n, m)``, differentiable in both."""
        result = self.diagonal * field
        result[:, 1:].addcmul_(self.x[:, 1:-1], field[:, :-1], value=-1)
        result[:, :-1].addcmul_(self.x[:, 1:-1], field[:, 1:], value=-1)
        result[:, :, 1:].addcmul_(self.y[:, :, 1:-1], field[:, :, :-1], value=-1)
        result[:, :, :-1].addcmul_(self.y[:, :, 1:-1], field[:, :, 1:], value=-1)
        return result

    def coarser(self) -> Stencil:
        """Return the stencil of cells joined in pairs along both axes (an odd last cell stays alone).

        Resistances add along a path from one pair's middle to the next, conductances of parallel paths add: exact
        for layers across the path, and between the bounds for any other coefficient.
        """
        x = _add_parallel(_add_in_series(self.x, axis=1), axis=2)
        y = _add_parallel(_add_in_series(self.y, axis=2), axis=1)
        return Stencil.from_faces(x, y)


def hierarchy(finest: Stencil) -> tuple[Stencil, ...]:
    """Return ``finest`` and its coarser stencils, down to a single cell."""
    levels = [finest]
    while levels[-1].diagonal[0].numel() > 1:
        levels.append(levels[-1].coarser())
    return tuple(levels)


def v_cycle(levels: tuple[Stencil, ...], right: Tensor) -> Tensor:
    """Return an approximation of ``A^-1 right`` by one V-cycle from zero, ``(b, n, m)``.

    Two Chebyshev steps before and after, bilinear interpolation and its transpose: a symmetric positive definite
    map, so that it can precondition conjugate gradients.

    Source: Trottenberg, Oosterlee, Schueller (2001), Multigrid, sections 2.4 and 7.7.
    """
    stencil = levels[0]
    if len(levels) == 1:
        return right / stencil.diagonal
    field = _smooth(stencil, None, right)
    coarse = v_cycle(levels[1:], restrict(right - stencil(field)))
    field += interpolate(coarse, (right.shape[1], right.shape[2]))
    return _smooth(stencil, field, right)


def interpolate(coarse: Tensor, cells: tuple[int, int]) -> Tensor:
    """Return the values of ``cells``, from the pairs of them, linearly along each axis, zero at the walls."""
    return _interpolate_rows(_interpolate_rows(coarse, cells[0]).mT, cells[1]).mT


def restrict(fine: Tensor) -> Tensor:
    """Return the transpose of :func:`interpolate` applied to ``fine``: integrals over pairs of cells."""
    return _restrict_rows(_restrict_rows(fine).mT).mT


def _smooth(stencil: Stencil, field: Tensor | None, right: Tensor) -> Tensor:
    """Return ``field`` (None is zero) after two Chebyshev steps on ``D^-1 A`` (Saad 2003, algorithm 12.1)."""
    centre, half_width = (2 + SMOOTHED) / 2, (2 - SMOOTHED) / 2
    rho = half_width / centre
    residual = right if field is None else right - stencil(field)
    step = residual / stencil.diagonal / centre
    field = step.clone() if field is None else field + step
    next_rho = 1 / (2 / rho - rho)
    residual = right - stencil(field)
    return field.add_(step, alpha=next_rho * rho).addcdiv_(residual, stencil.diagonal, value=2 * next_rho / half_width)


def _add_in_series(faces: Tensor, axis: int) -> Tensor:
    resistance = faces.movedim(axis, 0).reciprocal()
    if len(resistance) % 2 == 0:  # an odd number of cells: the last one is joined to nothing, at no distance
        resistance = torch.cat((resistance[:-1], torch.zeros_like(resistance[:1]), resistance[-1:]))
    inner = resistance[1::2] / 2
    total = resistance[::2].clone()
    total[:-1] += inner
    total[1:] += inner
    return total.reciprocal().movedim(0, axis)


def _add_parallel(faces: Tensor, axis: int) -> Tensor:
    rows = faces.movedim(axis, 0)
    if len(rows) % 2:
        rows = torch.cat((rows, torch.zeros_like(rows[:1])))
    return (rows[::2] + rows[1::2]).movedim(0, axis)


def _interpolate_rows(coarse: Tensor, cells: int) -> Tensor:
    walled = torch.cat((-coarse[:, :1], coarse, -coarse[:, -1:]), dim=1)
    fine = coarse.new_empty(coarse.shape[0], 2 * coarse.shape[1], coarse.shape[2])
    torch.lerp(coarse, walled[:, :-2], 0.25, out=fine[:, ::2])
    torch.lerp(coarse, walled[:, 2:], 0.25, out=fine[:, 1::2])
    return fine[:, :cells]


def _restrict_rows(fine: Tensor) -> Tensor:
    fine = pad(fine, (0, 0, 0, fine.shape[1] % 2))
    low, high = fine[:, ::2], fine[:, 1::2]
    coarse = 0.75 * (low + high)
    coarse[:, :-1] += 0.25 * low[:, 1:]
    coarse[:, 1:] += 0.25 * high[:, :-1]
    coarse[:, 0] -= 0.25 * low[:, 0]
    coarse[:, -1] -= 0.25 * high[:, -1]
    return coarse
