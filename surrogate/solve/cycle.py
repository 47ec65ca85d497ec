"""A multigrid V-cycle for five-point operators whose relaxation, transfers and coarser operators are given as fields.

It is symmetric and positive definite whatever the fields are: relaxations lie between 0 and 2, conductances are
positive, the restriction is the transpose of the interpolation, and the sweep after the coarser grid is the adjoint of
that before it. So plain conjugate gradients converge with it, fast or slowly.

Shape letters: b batch, n and m cells along x and y.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from surrogate.multigrid import v_cycle
from surrogate.solvers.black_box_multigrid import FivePoints


@dataclass(frozen=True)
class Conductances:
    """A five-point operator: ``(A u)_c = sum over the faces of c of conductance (u_c - u_neighbour) + sink u_c``.

    ``x`` holds the faces across x, walls included (``u = 0`` behind them), ``(b, n + 1, m)``; ``y`` those across y,
    ``(b, n, m + 1)``; ``sink`` is ``(b, n, m)``.
    """

    x: Tensor
    y: Tensor
    sink: Tensor

    @classmethod
    def of(cls, stencil: FivePoints) -> tuple[Conductances, Tensor]:
        """Return a stencil in float32, over its mean diagonal, so that any unit fits; and that mean, ``(b, 1, 1)``."""
        unit = stencil.diagonal.mean((1, 2), keepdim=True)
        faces = stencil.x[:, 1:] + stencil.x[:, :-1] + stencil.y[:, :, 1:] + stencil.y[:, :, :-1]
        sink = ((stencil.diagonal - faces) / unit).clamp(min=0)
        return cls((stencil.x / unit).float(), (stencil.y / unit).float(), sink.float()), unit

    @property
    def diagonal(self) -> Tensor:
        return self.x[:, 1:] + self.x[:, :-1] + self.y[:, :, 1:] + self.y[:, :, :-1] + self.sink

    def even(self) -> Conductances:
        """Return it with a row or column more where there is an odd number of them.

        The faces to an added cell are those of the wall; as long as zero is kept there, nothing has changed.
        """
        n, m = self.sink.shape[1:]
        return Conductances(*(_longer(field, n % 2, m % 2) for field in (self.x, self.y, self.sink)))


@dataclass(frozen=True)
class RelaxedLevel:
    """What the cycle needs on one grid, all of shape ``(b, n, m)`` but for the inner conductances.

    ``first`` and ``second`` are the relaxation over the diagonal on the cells of one colour of a chessboard and zero on
    the others, ``spread`` that of the interpolation; ``real`` is 1, and 0 in cells that were added. ``points`` are
    those of the grid before they were.
    """

    points: tuple[int, int]
    x: Tensor
    y: Tensor
    diagonal: Tensor
    first: Tensor
    second: Tensor
    spread: Tensor
    real: Tensor

    @classmethod
    def of(cls, operator: Conductances, relaxation: Tensor, spread: Tensor, points: tuple[int, int]) -> RelaxedLevel:
        """Return the level of ``operator``, of even size.

        Args:
            operator: on a grid of even size.
            relaxation: of each cell, between 0 and 2.
            spread: relaxation of the interpolation, any number.
            points: of the grid without added cells.
        """
        n, m = operator.sink.shape[1:]
        device = relaxation.device
        row, column = torch.arange(n, device=device)[:, None], torch.arange(m, device=device)
        real = ((row < points[0]) & (column < points[1])).to(relaxation)
        colour = ((row + column) % 2).to(relaxation)
        diagonal = operator.diagonal
        scaled = real / diagonal
        relaxed = relaxation * scaled
        return cls(
            points,
            operator.x[:, 1:-1],
            operator.y[:, :, 1:-1],
            diagonal,
            relaxed * (1 - colour),
            relaxed * colour,
            spread * scaled,
            real,
        )

    def apply(self, field: Tensor) -> Tensor:
        """Return ``A u``."""
        return self.residual(None, field)

    def residual(self, right: Tensor | None, field: Tensor) -> Tensor:
        """Return ``right - A u``, or ``A u`` where ``right`` is None."""
        sign = -1.0 if right is None else 1.0
        out = self.diagonal * field if right is None else torch.addcmul(right, self.diagonal, field, value=-1)
        out[:, 1:].addcmul_(self.x, field[:, :-1], value=sign)
        out[:, :-1].addcmul_(self.x, field[:, 1:], value=sign)
        out[:, :, 1:].addcmul_(self.y, field[:, :, :-1], value=sign)
        out[:, :, :-1].addcmul_(self.y, field[:, :, 1:], value=sign)
        return out

    def interpolate(self, coarse: Tensor) -> Tensor:
        """Return the field that is constant on squares of 2 x 2 cells, relaxed once."""
        n, m = self.diagonal.shape[1:]
        blocks = coarse[:, :, None, :, None].expand(-1, -1, 2, -1, 2).reshape(-1, n, m) * self.real
        return torch.addcmul(blocks, self.spread, self.apply(blocks), value=-1)

    def restrict(self, field: Tensor) -> Tensor:
        """Return the transpose of :meth:`interpolate` applied to ``field``."""
        relaxed = self.residual(field, self.spread * field) * self.real
        return F.avg_pool2d(relaxed[:, None], 2, divisor_override=1)[:, 0]

    def before(self, right: Tensor) -> Tensor:
        """Return what one relaxation of each colour makes of zero, on the grid of even size."""
        right = self._even(right)
        field = self.first * right
        return torch.addcmul(field, self.second, self.residual(right, field))

    def down(self, right: Tensor, field: Tensor) -> Tensor:
        return self.restrict(self.residual(self._even(right), field))

    def up(self, field: Tensor, coarse: Tensor) -> Tensor:
        return field + self.interpolate(coarse)

    def after(self, right: Tensor, field: Tensor) -> Tensor:
        """Return ``field`` after the adjoint of :meth:`before`, on the points of the grid."""
        n, m = self.points
        right = self._even(right)
        field = torch.addcmul(field, self.second, self.residual(right, field))
        return torch.addcmul(field, self.first, self.residual(right, field))[:, :n, :m]

    def _even(self, right: Tensor) -> Tensor:
        n, m = self.points
        return _longer(right, n % 2, m % 2, mode="constant")


@dataclass(frozen=True)
class SymmetricCycle:
    """One V-cycle from zero: an approximation of ``A^-1``, symmetric and positive definite.

    ``levels`` are from the finest on, ``inverse`` is that of the coarsest operator, ``(b, n m, n m)``.
    """

    levels: tuple[RelaxedLevel, ...]
    inverse: Tensor

    def __call__(self, right: Tensor) -> Tensor:
        """Return the cycle applied to ``right``, ``(b, n, m)``, in its own precision."""
        return v_cycle(self.levels, self._coarsest, right.to(self.inverse.dtype))

    def _coarsest(self, right: Tensor) -> Tensor:
        return (self.inverse @ right.flatten(1)[:, :, None]).view_as(right)


def series_and_parallel(fine: Conductances) -> Conductances:
    """Return the operator on squares of 2 x 2 cells: conductances of a square in series, of its rows in parallel.

    On a constant coefficient it is the operator of the coarser grid itself.
    """
    x = _coarser_faces(fine.x)
    y = _coarser_faces(fine.y.mT).mT
    return Conductances(x, y, F.avg_pool2d(fine.sink[:, None], 2, divisor_override=1)[:, 0])


def dense_inverse(operator: Conductances) -> Tensor:
    """Return the inverses, ``(b, n m, n m)``, in the precision of the operator.

    Raises:
        torch.linalg.LinAlgError: it is not positive definite.
    """
    b, n, m = operator.sink.shape
    matrix = torch.diag_embed(operator.diagonal.reshape(b, -1).double())
    index = torch.arange(n * m, device=matrix.device).reshape(n, m)
    ends = ((operator.x[:, 1:-1], index[:-1], index[1:]), (operator.y[:, :, 1:-1], index[:, :-1], index[:, 1:]))
    for weights, low, high in ends:
        values = -weights.reshape(b, -1).double()
        matrix[:, low.flatten(), high.flatten()] = values
        matrix[:, high.flatten(), low.flatten()] = values
    return torch.cholesky_inverse(torch.linalg.cholesky(matrix)).to(operator.sink.dtype)


def _coarser_faces(x: Tensor) -> Tensor:
    """Return the conductances across x between squares, ``(b, n/2 + 1, m/2)``, of those between cells."""
    inside, between = 1 / x[:, 1::2], 1 / x[:, ::2]
    half = 0.5 * F.pad(inside, (0, 0, 1, 1))
    through = 1 / (between + half[:, :-1] + half[:, 1:])
    return through[:, :, ::2] + through[:, :, 1::2]


def _longer(field: Tensor, rows: int, columns: int, mode: str = "replicate") -> Tensor:
    if rows == columns == 0:
        return field
    return F.pad(field[:, None], (0, columns, 0, rows), mode=mode)[:, 0]
