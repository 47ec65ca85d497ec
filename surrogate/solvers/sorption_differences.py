"""The second opinion on a column that holds what passes: differences on nodes, not conserving, and SciPy's BDF."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import scipy.integrate
import scipy.sparse
from numpy.typing import NDArray

from surrogate.errors import SolverError

Array = NDArray[np.float64]


def column_by_differences(
    start: Array, resolution: int, diffusivity: float, retardation: Callable[[Array], Array], times: Sequence[float]
) -> Array:
    """Return the means over the cells of ``start``, ``(x,)``, at ``times``, from 0 on, ``(t, x)``.

    Solves ``retardation(u) u_t = diffusivity u_xx`` on a length of 1 with ``u = 1`` at the inlet and
    ``u = -diffusivity u_x`` at the outlet, on at least ``resolution`` nodes.

    Raises:
        SolverError: the integrator gave up.
    """
    # An even number of intervals in each cell, over which Simpson's rule takes the mean.
    finer = 2 * math.ceil(resolution / (2 * len(start)))
    nodes = finer * len(start)
    scale = diffusivity * nodes**2
    lower, middle = np.full(nodes - 1, scale), np.full(nodes, -2 * scale)
    lower[-1] *= 2  # the outlet by a mirrored node
    middle[-1] -= 2 * scale / (nodes * diffusivity)
    laplace = scipy.sparse.csr_array(np.diag(lower, -1) + np.diag(middle) + np.diag(np.full(nodes - 1, scale), 1))
    inlet = np.zeros(nodes)
    inlet[0] = scale
    integrated = scipy.integrate.solve_ivp(
        lambda _, u: np.asarray((laplace @ u + inlet) / retardation(u), dtype=np.float64),
        (times[0], times[-1]),
        np.repeat(start, finer).astype(np.float64),
        method="BDF",
        t_eval=times,
        jac_sparsity=laplace,
        rtol=1e-5,
        atol=1e-8,
    )
    if not integrated.success:
        raise SolverError(f"BDF: {integrated.message}")
    values = np.concatenate((np.ones((1, len(times))), integrated.y))
    rule = np.array([1.0, *[4.0, 2.0] * (finer // 2 - 1), 4.0, 1.0]) / (3 * finer)
    means = [rule @ values[cell * finer : (cell + 1) * finer + 1] for cell in range(len(start))]
    return np.concatenate((start[None], np.stack(means, axis=1)[1:]))
