"""Flow through a porous rectangle: finite volumes on equal cells, conjugate gradients, multigrid."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.solvers.black_box_multigrid import FivePoints, solve_stencil


def darcy_stencil(permeability: Tensor, spacing: tuple[float, float]) -> FivePoints:
    """Return the fluxes of ``-div(a grad u)`` integrated over the cells, ``u = 0`` on the boundary.

    Two-point fluxes with the harmonic mean of ``a`` across a face, which is exact for layers; a wall is half a cell
    away from the centre of its cell.

    Args:
        permeability: ``a`` in the cells, shape ``(b, n, m)``, positive.
        spacing: the width of a cell along x and y.

    Source: Eymard, Gallouet, Herbin (2000), Finite Volume Methods, Handbook of Numerical Analysis VII, section 9.
    """
    ratio = spacing[1] / spacing[0]
    return FivePoints.from_faces(
        _faces(permeability, axis=1) * ratio,
        _faces(permeability, axis=2) / ratio,
    )


def solve_darcy(
    permeability: Tensor, forcing: Tensor, spacing: tuple[float, float], tolerance: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the pressures that drive flow through a porous rectangle, their residuals and the iterations.

    Solves ``-div(a grad u) = f`` with ``u = 0`` on the boundary, by :func:`darcy_stencil`. Second order where ``a``
    is smooth, first order across its jumps.

    Args:
        permeability: ``a`` in the cells, shape ``(b, n, m)``, float64, positive, dimensionless.
        forcing: ``f`` in the cells, shape ``(b, n, m)``, per unit length squared.
        spacing: the width of a cell along x and y.
        tolerance: of the residual, relative to the forcing, in the Euclidean norm, for each sample. Rounding allows
            about ``1e-16`` times the number of cells.

    Returns:
        ``u`` in the cells, ``(b, n, m)``; the relative residuals reached, ``(b,)``; the iterations, ``(b,)``.

    Raises:
        ValueError: a permeability is not positive, or the shapes differ.
        SolverError: the tolerance is not reached.
    """
    if permeability.shape != forcing.shape:
        raise ValueError(f"expected two equal shapes, got {tuple(permeability.shape)} and {tuple(forcing.shape)}")
    if not bool(((permeability > 0) & (permeability < torch.inf)).all()):
        least, most = float(permeability.min()), float(permeability.max())
        raise ValueError(f"permeability must be positive, its minimum is {least:g} and its maximum {most:g}")
    return solve_stencil(darcy_stencil(permeability, spacing), forcing * (spacing[0] * spacing[1]), tolerance)


def darcy_residual(permeability: Tensor, pressure: Tensor, forcing: Tensor, spacing: tuple[float, float]) -> Tensor:
    """Return how far ``pressure`` is from solving the discrete equation, ``(b,)``, relative to ``forcing``.

    The norm is the discrete H^-1 norm, ``|r|^2 = (r, P^-1 r)`` with the stencil ``P`` of ``a = 1``: the error in
    the energy norm up to the contrast of ``a``, so it means the same on every grid. Differentiable in the fields.

    Args:
        permeability: ``a`` in the cells, shape ``(b, n, m)``.
        pressure: ``u`` in the cells, ``(b, n, m)``.
        forcing: ``f`` in the cells, ``(b, n, m)``.
        spacing: the width of a cell along x and y.
    """
    right = forcing * (spacing[0] * spacing[1])
    residual = right - darcy_stencil(permeability, spacing)(pressure)
    x, eigenvalue_x = _sines(residual, axis=1)
    y, eigenvalue_y = _sines(residual, axis=2)
    ratio = spacing[1] / spacing[0]
    eigenvalue = eigenvalue_x[:, None] * ratio + eigenvalue_y / ratio
    size = [((x @ field @ y.mT).square() / eigenvalue).sum((1, 2)) for field in (residual, right)]
    return torch.sqrt(size[0] / size[1])


def _sines(like: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    """Return the eigenvectors (rows) and eigenvalues of the stencil of ``a = 1`` along one axis."""
    n = like.shape[axis]
    k = torch.arange(1, n + 1, dtype=like.dtype, device=like.device)
    vectors = torch.sin(torch.pi * k[:, None] * (k - 0.5) / n) * (2 / n) ** 0.5
    vectors[-1] /= 2**0.5
    return vectors, 4 * torch.sin(torch.pi * k / (2 * n)).square()


def _faces(permeability: Tensor, axis: int) -> Tensor:
    a = permeability.movedim(axis, 0)
    inner = 2 * a[1:] * a[:-1] / (a[1:] + a[:-1])
    return torch.cat((2 * a[:1], inner, 2 * a[-1:])).movedim(0, axis)
