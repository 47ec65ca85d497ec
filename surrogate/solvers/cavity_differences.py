"""The second opinion on a box with a sliding lid: central differences and SciPy's sparse direct solve."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.fft
import scipy.sparse as sparse
import scipy.sparse.linalg
from numpy.typing import NDArray
from scipy.interpolate import RectBivariateSpline

from surrogate.errors import SolverError

Array = NDArray[np.float64]
Points = NDArray[np.floating[Any]]
MOST_STEPS = 20
LARGEST_REYNOLDS_STEP = 250.0
# Nodes along an axis, and of the finer grid that they are extrapolated with.
_NODES = (49, 97)


def cavity_by_differences(lid: Array, reynolds: float, tolerance: float = 1e-9) -> Array:
    """Return the stream function of the steady flow under a sliding lid at ``n x n`` nodes of the unit square.

    Solves ``Laplace w = Reynolds u . grad w`` with ``w = -Laplace psi``, velocity ``(psi_y, -psi_x)``, which is
    ``(lid, 0)`` along ``y = 1`` and nothing at the other walls, where ``psi = 0``. Second order in the distance of
    nodes: vorticity at walls by Thom's formula, everything else by central differences, all of it by Newton's method.

    Args:
        lid: speed at the nodes along the lid, ends included, ``(n,)``.
        reynolds: the Reynolds number of speed 1 and the side of the box.
        tolerance: of the last change, relative.

    Raises:
        SolverError: no convergence; the message holds the change reached.

    Source: Weinan E, Liu (1996), J. Comput. Phys. 124, 368, section 2, for Thom's formula.
    """
    n = len(lid)
    h = 1 / (n - 1)
    inner = np.zeros((n, n), dtype=bool)
    inner[1:-1, 1:-1] = True
    keep = sparse.eye_array(n * n, format="csr")[inner.ravel()]
    first = sparse.csr_array((np.eye(n, k=1) - np.eye(n, k=-1)) / (2 * h))
    second = (np.eye(n, k=1) - 2 * np.eye(n) + np.eye(n, k=-1)) / h**2
    # Beyond a wall psi repeats what lies inside, but for the slope of the lid.
    second[0, 1] = second[-1, -2] = 2 / h**2
    unit = sparse.eye_array(n)
    laplace = (sparse.kron(sparse.csr_array(second), unit) + sparse.kron(unit, sparse.csr_array(second))).tocsr()
    gradient_x, gradient_y = keep @ sparse.kron(first, unit), keep @ sparse.kron(unit, first)
    to_vorticity, diffusion = -laplace @ keep.T, keep @ laplace
    of_lid = np.zeros((n, n))
    of_lid[:, -1] = -2 * lid / h
    stream_x, stream_y = gradient_x @ keep.T, gradient_y @ keep.T
    stream, change = np.zeros(inner.sum()), np.inf
    slower = int(np.ceil(reynolds / LARGEST_REYNOLDS_STEP))
    for stage in range(1, slower + 1):
        speed = reynolds * stage / slower
        for _ in range(MOST_STEPS):
            vorticity = to_vorticity @ stream + of_lid.ravel()
            u, v = np.asarray(stream_y @ stream), -np.asarray(stream_x @ stream)
            along_x, along_y = np.asarray(gradient_x @ vorticity), np.asarray(gradient_y @ vorticity)
            wrong = diffusion @ vorticity - speed * (u * along_x + v * along_y)
            carried = sparse.diags_array(u) @ gradient_x + sparse.diags_array(v) @ gradient_y
            pushed = sparse.diags_array(along_x) @ stream_y - sparse.diags_array(along_y) @ stream_x
            jacobian = (diffusion - speed * carried) @ to_vorticity - speed * pushed
            step = scipy.sparse.linalg.spsolve(jacobian.tocsc(), -wrong)
            stream = stream + step
            change = float(np.linalg.norm(step) / np.linalg.norm(stream))
            if change <= (tolerance if stage == slower else 1e-2):
                break
    if not change <= tolerance:
        raise SolverError(f"cavity by differences: last change {change:.1e}, expected at most {tolerance:.1e}")
    field = np.zeros((n, n))
    field[1:-1, 1:-1] = stream.reshape(n - 2, n - 2)
    return field


def velocity_by_differences(speeds: Array, reynolds: float, x: Points, y: Points) -> Array:
    """Return the velocity at the points ``x`` and ``y`` under a lid of ``speeds``, ``(n,)``: ``(2, x, y)``.

    The lid is the sum of sines through the speeds; the stream function is extrapolated from two grids (Richardson).
    """
    heights = scipy.fft.dst(speeds[1:-1], type=1) / (len(speeds) - 1)
    number = np.arange(1, len(heights) + 1)
    coarse, fine = (
        cavity_by_differences(np.sin(np.pi * np.outer(np.linspace(0, 1, n), number)) @ heights, reynolds)
        for n in _NODES
    )
    nodes = np.linspace(0, 1, _NODES[0])
    stream = RectBivariateSpline(nodes, nodes, (4 * fine[::2, ::2] - coarse) / 3, kx=5, ky=5)
    return np.stack((stream(x, y, dy=1), -stream(x, y, dx=1)))
