"""Steady diffusion in a rectangle with any condition on each side: finite volumes, fast diagonalisation.

Shape letters: b batch, n and m cells along x and y. Sides are in the order west, east (x low, high), south, north (y
low, high); a value along a side has shape ``(b, m)`` for west and east, ``(b, n)`` for south and north.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor

from surrogate.solvers.conjugate_gradient import conjugate_gradient

MAX_ITERATIONS = 400

Condition = Literal["dirichlet", "neumann", "robin", "periodic"]
Sides = tuple["Side", "Side", "Side", "Side"]
Values = tuple[Tensor, Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Side:
    """What holds on one side of the rectangle, ``n`` pointing outwards and ``g`` the value given there.

    ``dirichlet``: ``u = g``; ``neumann``: ``a du/dn = g``; ``robin``: ``a du/dn + exchange u = g``, ``exchange``
    positive; ``periodic``: joined to the opposite side, without a value.
    """

    condition: Condition
    exchange: float = 0.0


@dataclass(frozen=True)
class Diffusion:
    """The fluxes of ``-div(a grad u) + screening u`` out of the cells, integrated over them.

    ``x`` holds the conductances of the faces across x, walls included, ``(b, n + 1, m)``, ``y`` those across y; a
    periodic axis has its seam at both ends. ``weights`` are what the value ``g`` of each wall adds to its cells.
    """

    sides: Sides
    x: Tensor
    y: Tensor
    weights: Values
    sink: float

    def __call__(self, field: Tensor) -> Tensor:
        """Return ``A u`` for ``u`` of shape ``(b, n, m)``, differentiable in both."""
        west, _, south, _ = self.sides
        through_x = self.x * _rises(field, west.condition == "periodic")
        through_y = self.y * _rises(field.mT, south.condition == "periodic").mT
        out = through_x[:, :-1] - through_x[:, 1:] + through_y[:, :, :-1] - through_y[:, :, 1:]
        return out + self.sink * field if self.sink else out

    def right(self, forcing: Tensor, values: Values, spacing: tuple[float, float]) -> Tensor:
        """Return the integrals of ``f`` over the cells and what enters through the walls, ``(b, n, m)``."""
        right = forcing * (spacing[0] * spacing[1])
        west, east, south, north = (weight * value for weight, value in zip(self.weights, values, strict=True))
        right[:, 0] += west
        right[:, -1] += east
        right[:, :, 0] += south
        right[:, :, -1] += north
        return right


def diffusion(coefficient: Tensor, sides: Sides, spacing: tuple[float, float], screening: float) -> Diffusion:
    """Return the discrete operator of ``-div(a grad u) + screening u``.

    Two-point fluxes, the harmonic mean of ``a`` across a face. A wall is half a cell away from the centre of its cell:
    ``u = g`` there is the ghost value ``2 g - u`` of a cell beyond it, and a Robin wall adds its resistance
    ``1 / exchange`` to that of half a cell.

    Source: Eymard, Gallouet, Herbin (2000), Finite Volume Methods, Handbook of Numerical Analysis VII, section 9.
    """
    h, k = spacing
    x, west, east = _conductances(coefficient, sides[:2], h)
    y, south, north = _conductances(coefficient.mT, sides[2:], k)
    return Diffusion(sides, x * k, y.mT * h, (west * k, east * k, south * h, north * h), screening * h * k)


def is_singular(sides: Sides, screening: float) -> bool:
    """Return whether a constant may be added to every solution, so that what flows in must flow out again."""
    return screening == 0 and all(
        side.condition in ("neumann", "periodic") or (side.condition == "robin" and side.exchange == 0)
        for side in sides
    )


def solve_diffusion(
    coefficient: Tensor,
    forcing: Tensor,
    values: Values,
    sides: Sides,
    spacing: tuple[float, float],
    *,
    screening: float,
    tolerance: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the solutions of ``-div(a grad u) + screening u = f``, their residuals and the iterations.

    Conjugate gradients on :func:`diffusion`, preconditioned by the exact inverse for the mean coefficient, which needs
    about ``sqrt(max a / min a)`` times six iterations for ten digits, on any grid, and one where ``a`` is constant.
    Where no side holds the level of ``u`` (:func:`is_singular`), the mean of what flows in, forcing and walls
    together, is subtracted from the forcing, and ``u`` has mean zero.

    Args:
        coefficient: ``a`` in the cells, shape ``(b, n, m)``, float64, positive.
        forcing: ``f`` in the cells, ``(b, n, m)``.
        values: ``g`` along each side (ignored on periodic sides).
        sides: what holds on each side.
        spacing: the width of a cell along x and y.
        screening: not negative, per unit length squared.
        tolerance: of the residual, relative to what flows in, in the Euclidean norm, for each sample.

    Returns:
        ``u`` in the cells, ``(b, n, m)``; the relative residuals reached, ``(b,)``; the iterations, ``(b,)``.

    Raises:
        ValueError: a coefficient is not positive, the shapes differ, or an axis is periodic on one side only.
        SolverError: the tolerance is not reached.
    """
    if coefficient.shape != forcing.shape:
        raise ValueError(f"expected two equal shapes, got {tuple(coefficient.shape)} and {tuple(forcing.shape)}")
    if not bool((coefficient > 0).all()):
        raise ValueError(f"the coefficient must be positive, its minimum is {float(coefficient.min()):g}")
    operator = diffusion(coefficient, sides, spacing, screening)
    inverse = FastInverse.of_mean(coefficient, sides, spacing, screening)
    right = operator.right(forcing, values, spacing)
    singular = is_singular(sides, screening)
    if singular:
        right = _without_mean(right)
    field, residual, iterations = conjugate_gradient(operator, inverse, right, tolerance, MAX_ITERATIONS)
    return (_without_mean(field) if singular else field), residual, iterations


def diffusion_residual(
    coefficient: Tensor,
    field: Tensor,
    forcing: Tensor,
    values: Values,
    sides: Sides,
    spacing: tuple[float, float],
    *,
    screening: float,
) -> Tensor:
    """Return how far ``field`` is from solving the discrete equation, ``(b,)``, relative to forcing and walls.

    The norm is the discrete H^-1 norm, ``|r|^2 = (r, P^-1 r)`` with the operator ``P`` of ``a = 1``: the error in the
    energy norm up to the contrast of ``a``, so it means the same on every grid. Differentiable in the fields.
    The other arguments are those of
    :func:`solve_diffusion`.
    """
    operator = diffusion(coefficient, sides, spacing, screening)
    inverse = FastInverse.of_mean(torch.ones_like(coefficient), sides, spacing, screening)
    right = operator.right(forcing, values, spacing)
    if is_singular(sides, screening):
        right = _without_mean(right)
    residual = right - operator(field)
    size = [(one * inverse(one)).sum((1, 2)).clamp(min=0) for one in (residual, right)]
    return torch.sqrt(size[0] / size[1])


@dataclass(frozen=True)
class FastInverse:
    """The exact inverse of :class:`Diffusion` for constant coefficients, one for each sample.

    ``x`` ``(b, n, n)`` and ``y`` ``(b, m, m)`` hold eigenvectors along each axis as rows, ``values`` ``(b, n, m)`` the
    reciprocal eigenvalues, zero for a constant that no side holds.

    Source: Lynch, Rice, Thomas (1964), Numerische Mathematik 6, 185.
    """

    x: Tensor
    y: Tensor
    values: Tensor

    @classmethod
    def of_mean(cls, coefficient: Tensor, sides: Sides, spacing: tuple[float, float], screening: float) -> FastInverse:
        """Return the inverse for the mean of ``coefficient`` over each sample."""
        _, n, m = coefficient.shape
        means = [float(a.mean()) for a in coefficient]
        along_x = [_eigenvectors(n, spacing[0], *(_scaled(side, mean) for side in sides[:2])) for mean in means]
        along_y = [_eigenvectors(m, spacing[1], *(_scaled(side, mean) for side in sides[2:])) for mean in means]
        x, of_x = (torch.stack(part).to(coefficient) for part in zip(*along_x, strict=True))
        y, of_y = (torch.stack(part).to(coefficient) for part in zip(*along_y, strict=True))
        mean = torch.tensor(means, dtype=coefficient.dtype, device=coefficient.device)[:, None, None]
        total = (mean * (of_x[:, :, None] + of_y[:, None]) + screening) * (spacing[0] * spacing[1])
        if is_singular(sides, screening):
            total[:, 0, 0] = torch.inf
        return cls(x, y, total.reciprocal())

    def __call__(self, right: Tensor) -> Tensor:
        """Return ``A^-1 right`` for ``right`` of shape ``(b, n, m)``."""
        amplitudes = torch.bmm(torch.bmm(self.x, right), self.y.mT)
        return torch.bmm(torch.bmm(self.x.mT, amplitudes * self.values), self.y)


def _scaled(side: Side, mean: float) -> Side:
    return replace(side, exchange=side.exchange / mean)


@lru_cache(maxsize=16)
def _eigenvectors(points: int, spacing: float, low: Side, high: Side) -> tuple[Tensor, Tensor]:
    """Return the eigenvectors (rows) and eigenvalues of ``-d^2/dx^2`` on cells, the smallest first."""
    faces, _, _ = _conductances(torch.ones(1, points, 1, dtype=torch.float64), (low, high), spacing)
    through = faces[0, :, 0] / spacing
    matrix = torch.diag(through[1:] + through[:-1])
    matrix -= torch.diag(through[1:-1], 1) + torch.diag(through[1:-1], -1)
    if low.condition == "periodic":
        matrix[0, -1] -= through[0]
        matrix[-1, 0] -= through[0]
    values, vectors = torch.linalg.eigh(matrix)
    return vectors.mT.contiguous(), values


def _conductances(coefficient: Tensor, sides: tuple[Side, ...], spacing: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return the conductances per area of the faces across the first space axis, and the weights of both walls."""
    low, high = sides
    if (low.condition == "periodic") != (high.condition == "periodic"):
        raise ValueError("an axis is periodic on both sides or on none")
    inner = 2 * coefficient[:, 1:] * coefficient[:, :-1] / (coefficient[:, 1:] + coefficient[:, :-1]) / spacing
    first, last = coefficient[:, 0], coefficient[:, -1]
    if low.condition == "periodic":
        seam = (2 * first * last / (first + last) / spacing)[:, None]
        return torch.cat((seam, inner, seam), dim=1), torch.zeros_like(first), torch.zeros_like(first)
    west, of_west = _wall(2 * first / spacing, low)
    east, of_east = _wall(2 * last / spacing, high)
    return torch.cat((west[:, None], inner, east[:, None]), dim=1), of_west, of_east


def _wall(half_cell: Tensor, side: Side) -> tuple[Tensor, Tensor]:
    """Return the conductance of a wall, and what a unit of its value adds, given that of half a cell."""
    if side.condition == "dirichlet":
        return half_cell, half_cell
    share = half_cell / (half_cell + side.exchange)
    return share * side.exchange, share


def _rises(field: Tensor, periodic: bool) -> Tensor:
    """Return the rise of ``u`` across every face along the first space axis, from zero or the seam and to it."""
    low = field[:, -1:] if periodic else torch.zeros_like(field[:, :1])
    high = field[:, :1] if periodic else low
    return torch.diff(field, dim=1, prepend=low, append=high)


def _without_mean(field: Tensor) -> Tensor:
    return field - field.mean((1, 2), keepdim=True)
