"""Multigrid for seven-point stencils in boxes, batched, on any number of cells; written for any number of axes.

Coarser stencils add resistances in series and conductances in parallel, interpolation is linear: lean, and good for
coefficients that jump by less than a hundred. In two dimensions ``black_box_multigrid.py`` takes jumps of any size.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from surrogate.multigrid import v_cycle
from surrogate.solvers.conjugate_gradient import conjugate_gradient

# Chebyshev smoothing damps the eigenvalues of D^-1 A from SMOOTHED up to 2, which bounds them all for an M-matrix
# whose rows sum to at least zero. Lower eigenvalues belong to waves that the next coarser grid can hold.
SMOOTHED = 0.25
MAX_ITERATIONS = 300


@dataclass(frozen=True)
class BoxStencil:
    """A conservative operator: fluxes through the faces of cells, ``u = 0`` beyond the walls.

    ``faces[axis]`` holds the conductances of the faces across an axis, walls included: one more than cells along it.
    ``diagonal`` is their sum for each cell, ``(b, s...)``.
    """

    faces: tuple[Tensor, ...]
    diagonal: Tensor

    @classmethod
    def from_faces(cls, faces: tuple[Tensor, ...]) -> BoxStencil:
        """Return the stencil of given face conductances."""
        cells = [face.shape[axis] - 1 for axis, face in enumerate(faces, 1)]
        sums = [
            face.narrow(axis, 0, n) + face.narrow(axis, 1, n)
            for axis, (face, n) in enumerate(zip(faces, cells, strict=True), 1)
        ]
        return cls(faces, torch.stack(sums).sum(0))

    def __call__(self, field: Tensor) -> Tensor:
        """Return ``A u`` for ``u`` of shape ``(b, s...)``, differentiable in both."""
        result = self.diagonal * field
        for axis, face in enumerate(self.faces, 1):
            n = field.shape[axis] - 1
            inner = face.narrow(axis, 1, n)
            result.narrow(axis, 1, n).addcmul_(inner, field.narrow(axis, 0, n), value=-1)
            result.narrow(axis, 0, n).addcmul_(inner, field.narrow(axis, 1, n), value=-1)
        return result

    def coarser(self) -> BoxStencil:
        """Return the stencil of cells joined in pairs along every axis (an odd last cell stays alone).

        Resistances add along a path from one pair's middle to the next, conductances of parallel paths add: exact
        for layers across the path, and between the bounds for any other coefficient.
        """
        axes = range(1, len(self.faces) + 1)
        faces = []
        for axis, face in zip(axes, self.faces, strict=True):
            joined = _add_in_series(face, axis)
            for other in axes:
                joined = joined if other == axis else _add_parallel(joined, other)
            faces.append(joined)
        return BoxStencil.from_faces(tuple(faces))


def solve_box(
    permeability: Tensor, forcing: Tensor, spacing: tuple[float, ...], tolerance: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the solutions of ``-div(a grad u) = f`` in a box, ``u = 0`` on its walls, residuals and iterations.

    Finite volumes with harmonic means, conjugate gradients preconditioned by a V-cycle. Second order where ``a`` is
    smooth, first order across its jumps.

    Args:
        permeability: ``a`` in the cells, shape ``(b, s...)``, float64, positive.
        forcing: ``f`` in the cells, ``(b, s...)``.
        spacing: the width of a cell along each axis.
        tolerance: of the residual, relative to the forcing, in the Euclidean norm, for each sample.

    Returns:
        ``u`` in the cells, ``(b, s...)``; the relative residuals reached, ``(b,)``; the iterations, ``(b,)``.

    Raises:
        ValueError: a permeability is not positive, or the shapes differ.
        SolverError: the tolerance is not reached.

    Source: Eymard, Gallouet, Herbin (2000), Finite Volume Methods, Handbook of Numerical Analysis VII, section 9.
    """
    if permeability.shape != forcing.shape:
        raise ValueError(f"expected two equal shapes, got {tuple(permeability.shape)} and {tuple(forcing.shape)}")
    if not bool(((permeability > 0) & (permeability < torch.inf)).all()):
        raise ValueError(f"permeability must be positive, its minimum is {float(permeability.min()):g}")
    levels = hierarchy(box_stencil(permeability, spacing))
    right = forcing * float(torch.tensor(spacing, dtype=torch.float64).prod())
    return conjugate_gradient(levels[0], lambda r: box_cycle(levels, r), right, tolerance, MAX_ITERATIONS)


def box_stencil(permeability: Tensor, spacing: tuple[float, ...]) -> BoxStencil:
    """Return the fluxes of ``-div(a grad u)`` out of the cells: harmonic means, walls half a cell away."""
    volume = float(torch.tensor(spacing, dtype=torch.float64).prod())
    faces = []
    for axis, width in enumerate(spacing, 1):
        half = permeability.reciprocal().movedim(axis, 0) / 2
        resistance = torch.cat((half[:1], half[1:] + half[:-1], half[-1:]))
        faces.append(resistance.reciprocal().movedim(0, axis) * (volume / width**2))
    return BoxStencil.from_faces(tuple(faces))


def hierarchy(finest: BoxStencil) -> tuple[BoxStencil, ...]:
    """Return ``finest`` and its coarser stencils, down to a single cell."""
    levels = [finest]
    while levels[-1].diagonal[0].numel() > 1:
        levels.append(levels[-1].coarser())
    return tuple(levels)


@dataclass(frozen=True)
class BoxLevel:
    """A grid of the cycle: two Chebyshev steps before and after, linear interpolation and its transpose."""

    stencil: BoxStencil

    def before(self, right: Tensor) -> Tensor:
        return _smooth(self.stencil, None, right)

    def down(self, right: Tensor, field: Tensor) -> Tensor:
        return restrict(right - self.stencil(field))

    def up(self, field: Tensor, coarse: Tensor) -> Tensor:
        return field.add_(interpolate(coarse, tuple(field.shape[1:])))

    def after(self, right: Tensor, field: Tensor) -> Tensor:
        return _smooth(self.stencil, field, right)


def box_cycle(levels: tuple[BoxStencil, ...], right: Tensor) -> Tensor:
    """Return an approximation of ``A^-1 right`` by one V-cycle from zero, ``(b, s...)``.

    A symmetric positive definite map, so that it can precondition conjugate gradients.

    Source: Trottenberg, Oosterlee, Schueller (2001), Multigrid, sections 2.4 and 7.7.
    """
    *finer, coarsest = levels
    return v_cycle([BoxLevel(stencil) for stencil in finer], lambda single: single / coarsest.diagonal, right)


def interpolate(coarse: Tensor, cells: tuple[int, ...]) -> Tensor:
    """Return the values of ``cells``, from the pairs of them, linearly along each axis, zero at the walls."""
    for axis, n in enumerate(cells, 1):
        rows = coarse.movedim(axis, 0)
        walled = torch.cat((-rows[:1], rows, -rows[-1:]))
        fine = rows.new_empty(2 * len(rows), *rows.shape[1:])
        torch.lerp(rows, walled[:-2], 0.25, out=fine[::2])
        torch.lerp(rows, walled[2:], 0.25, out=fine[1::2])
        coarse = fine[:n].movedim(0, axis)
    return coarse


def restrict(fine: Tensor) -> Tensor:
    """Return the transpose of :func:`interpolate` applied to ``fine``: integrals over pairs of cells."""
    for axis in range(1, fine.ndim):
        rows = fine.movedim(axis, 0)
        if len(rows) % 2:
            rows = torch.cat((rows, torch.zeros_like(rows[:1])))
        low, high = rows[::2], rows[1::2]
        coarse = 0.75 * (low + high)
        coarse[:-1] += 0.25 * low[1:]
        coarse[1:] += 0.25 * high[:-1]
        coarse[0] -= 0.25 * low[0]
        coarse[-1] -= 0.25 * high[-1]
        fine = coarse.movedim(0, axis)
    return fine


def _smooth(stencil: BoxStencil, field: Tensor | None, right: Tensor) -> Tensor:
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
    return total.reciprocal().movedim(0, axis).contiguous()


def _add_parallel(faces: Tensor, axis: int) -> Tensor:
    rows = faces.movedim(axis, 0)
    if len(rows) % 2:
        rows = torch.cat((rows, torch.zeros_like(rows[:1])))
    return (rows[::2] + rows[1::2]).movedim(0, axis).contiguous()


def box_residual(permeability: Tensor, field: Tensor, forcing: Tensor, spacing: tuple[float, ...]) -> Tensor:
    """Return how far ``field`` is from solving the discrete equation, ``(b,)``, relative to ``forcing``.

    The norm is the discrete H^-1 norm, ``|r|^2 = (r, P^-1 r)`` with the stencil ``P`` of ``a = 1``: the error in the
    energy norm up to the contrast of ``a``, so it means the same on every grid. Differentiable in the fields.
    The arguments are those of :func:`solve_box`.
    """
    volume = float(torch.tensor(spacing, dtype=torch.float64).prod())
    right = forcing * volume
    waves = [right - box_stencil(permeability, spacing)(field), right]
    total = torch.zeros((1,) * field.ndim, dtype=field.dtype, device=field.device)
    for axis, width in enumerate(spacing, 1):
        n = field.shape[axis]
        k = torch.arange(1, n + 1, dtype=field.dtype, device=field.device)
        vectors = torch.sin(torch.pi * k[:, None] * (k - 0.5) / n)
        vectors /= vectors.norm(dim=1, keepdim=True)
        waves = [(wave.movedim(axis, -1) @ vectors.T).movedim(-1, axis) for wave in waves]
        eigenvalue = 4 * torch.sin(torch.pi * k / (2 * n)).square() * (volume / width**2)
        total = total + eigenvalue.reshape(-1, *[1] * (field.ndim - 1 - axis))
    size = [(wave.square() / total).flatten(1).sum(1) for wave in waves]
    return torch.sqrt(size[0] / size[1])
