"""Steady diffusion in a rectangle with values given on its sides, as one linear system for each sample."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from surrogate.solvers.black_box_multigrid import FivePoints
from surrogate.solvers.elliptic import Side, Sides, Values, diffusion

DIRICHLET: Sides = (Side("dirichlet"), Side("dirichlet"), Side("dirichlet"), Side("dirichlet"))


@dataclass(frozen=True)
class DirichletProblem:
    """``-div(a grad u) + screening u = f`` on cells, ``u = g`` on the four sides.

    Attributes:
        coefficient: ``a`` in the cells, ``(b, n, m)``, float64, positive.
        forcing: ``f`` in the cells, ``(b, n, m)``.
        values: ``g`` along each side, as in :mod:`surrogate.solvers.elliptic`.
        screening: not negative, per unit length squared.
        spacing: the width of a cell along x and y.
    """

    coefficient: Tensor
    forcing: Tensor
    values: Values
    screening: float
    spacing: tuple[float, float]

    def system(self) -> tuple[FivePoints, Tensor]:
        """Return ``A`` and ``b`` of the finite volumes of :func:`surrogate.solvers.elliptic.diffusion`: ``A x = b``.

        Fluxes through two points with harmonic means, integrated over the cells; on ``a`` and ``f`` alone it is
        :func:`surrogate.solvers.darcy.darcy_stencil`.
        """
        operator = diffusion(self.coefficient, DIRICHLET, self.spacing, self.screening)
        stencil = FivePoints.from_faces(operator.x, operator.y)
        right = operator.right(self.forcing, self.values, self.spacing)
        return FivePoints(stencil.x, stencil.y, stencil.diagonal + operator.sink), right
