"""Discretisations of Darcy flow in published data sets, as they are: for comparison, not for truth."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.interpolate
import scipy.sparse
import scipy.sparse.linalg
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.solvers.black_box_multigrid import FivePoints


def pdebench_stencil(permeability: Tensor, spacing: tuple[float, float]) -> FivePoints:
    """Return the fluxes out of the cells as PDEBench has them: ``u = 0`` half a cell beyond the boundary.

    Arithmetic means of ``a`` across a face. A square of ``n`` cells is ``(n + 1) / n`` times as wide as it should be.

    Args:
        permeability: ``a`` in the cells, shape ``(b, n, m)``.
        spacing: the width of a cell along x and y.

    Source: Takamoto et al. (2022), PDEBench, arXiv:2210.07182, appendix D.
    """
    ratio = spacing[1] / spacing[0]
    return FivePoints.from_faces(_means(permeability, axis=1) * ratio, _means(permeability, axis=2) / ratio)


def fno_script(permeability: NDArray[np.float64], forcing: float) -> NDArray[np.float64]:
    """Return the pressures that the script of the FNO authors makes of ``a`` at ``n`` by ``n`` cell centres.

    ``a`` goes by cubic splines to ``n`` nodes with both ends, where it overshoots below zero beside jumps; five-point
    differences with arithmetic means of the nodes; a sparse direct solve; ``u`` goes back by splines.

    Args:
        permeability: ``a`` on the unit square, ``(n, n)``.
        forcing: ``f``, the same everywhere.

    Source: Li et al. (2021), FNO, arXiv:2010.08895, appendix A.3.2, and the authors' script.
    """
    n = len(permeability)
    to_nodes, to_cells = _splines(n)
    a = to_nodes @ permeability @ to_nodes.T
    x, y = (a[1:] + a[:-1])[:, 1:-1] / 2, (a[:, 1:] + a[:, :-1])[1:-1] / 2
    points = np.arange((n - 2) ** 2).reshape(n - 2, n - 2)
    diagonal = x[1:] + x[:-1] + y[:, 1:] + y[:, :-1]
    rows = (points, points[1:], points[:-1], points[:, 1:], points[:, :-1])
    columns = (points, points[:-1], points[1:], points[:, :-1], points[:, 1:])
    parts = (diagonal, -x[1:-1], -x[1:-1], -y[:, 1:-1], -y[:, 1:-1])
    where = tuple(np.concatenate([part.ravel() for part in entries]) for entries in (rows, columns))
    matrix = scipy.sparse.coo_array((np.concatenate([part.ravel() for part in parts]), where)).tocsc()
    values = scipy.sparse.linalg.spsolve(matrix, np.full(points.size, forcing / (n - 1) ** 2))
    pressure = np.pad(values.reshape(points.shape), 1)
    back: NDArray[np.float64] = to_cells @ pressure @ to_cells.T
    return back


def fno_pressures(permeability: Tensor, forcing: float) -> Tensor:
    """Return :func:`fno_script` of each sample of ``(b, n, n)``, on the device of the permeability."""
    pressures = [torch.from_numpy(fno_script(a, forcing)) for a in permeability.cpu().numpy()]
    return torch.stack(pressures).to(permeability)


@lru_cache(maxsize=4)
def _splines(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the matrices that take values at ``n`` cell centres to ``n`` nodes and back, by not-a-knot splines."""
    centres, nodes = (np.arange(n) + 0.5) / n, np.arange(n) / (n - 1)
    to_nodes = scipy.interpolate.CubicSpline(centres, np.eye(n))(nodes)
    to_cells = scipy.interpolate.CubicSpline(nodes, np.eye(n))(centres)
    return to_nodes, to_cells


def _means(permeability: Tensor, axis: int) -> Tensor:
    a = permeability.movedim(axis, 0)
    return torch.cat((a[:1], (a[1:] + a[:-1]) / 2, a[-1:])).movedim(0, axis)
