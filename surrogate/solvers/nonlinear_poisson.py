"""Diffusion whose conductivity depends on the solution, ``div((1 + strength u^2) grad u) = f``, in the unit square."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.solvers.elliptic import Values
from surrogate.solvers.poisson import finer_cosines, solve_poisson

# The flux potential is of degree 3 in u: that of a series of n cosines is a series of fewer than 3 n.
DEGREE = 3


def flux_potential(field: Tensor, strength: float) -> Tensor:
    """Return ``v = u + strength u^3 / 3``, whose gradient is ``(1 + strength u^2) grad u``."""
    return field + strength / 3 * field**3


def from_flux_potential(potential: Tensor, strength: float) -> Tensor:
    """Return the one ``u`` of a given :func:`flux_potential`: the root of a cubic, by hyperbolic sines."""
    root = strength**0.5
    return 2 / root * torch.sinh(torch.asinh(1.5 * root * potential) / 3)


def solve_nonlinear_poisson(forcing: Tensor, values: Values, strength: float, waves: int) -> tuple[Tensor, Tensor]:
    """Return ``u`` of ``div((1 + strength u^2) grad u) = f``, ``u = g`` on the four sides, at the centres of the cells.

    Kirchhoff's transformation: the flux potential ``v`` solves ``Laplace v = f`` with known values on the sides, and
    ``u`` is a function of ``v``. Nothing is iterated, and ``u`` is as exact as ``v`` (:func:`solve_poisson`, whose
    arguments and results these are; ``strength`` is positive and ``waves`` counts for cells a third as wide).

    Source: Kirchhoff (1894), Vorlesungen ueber die Theorie der Waerme; Ames (1965), Nonlinear Partial Differential
    Equations in Engineering, section 1.2.
    """
    finer = finer_cosines(finer_cosines(forcing, DEGREE).mT, DEGREE).mT
    west, east, south, north = (
        flux_potential(finer_cosines(value[:, :, None], DEGREE)[:, :, 0], strength) for value in values
    )
    potential, left_out = solve_poisson(-finer, (west, east, south, north), 0.0, waves)
    middle = slice(DEGREE // 2, None, DEGREE)
    return from_flux_potential(potential[:, middle, middle], strength), left_out
