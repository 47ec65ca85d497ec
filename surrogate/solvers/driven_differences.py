"""Second opinions on what is driven from rest: a rod by differences of order two, a system of functions of time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.integrate
import scipy.sparse
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline

from surrogate.errors import SolverError

Array = NDArray[np.float64]
Points = NDArray[np.floating[Any]]
# A rod has so many intervals between two nodes.
_FINER = 6


def rod_by_differences(
    source: Array, nodes: Points, times: Points, diffusivity: float, reaction: Callable[[Array], Array]
) -> Array:
    """Return ``s`` of ``s_t = diffusivity s_xx + reaction(s) + source``, zero at first and at both ends, ``(x, t)``.

    Central differences between a spline through ``source``, ``(x,)``, and SciPy's Radau.

    Raises:
        SolverError: the integrator gave up.
    """
    inner = np.linspace(0, 1, _FINER * (len(nodes) - 1) + 1)[1:-1]
    scale = diffusivity * (len(inner) + 1) ** 2
    bands = scipy.sparse.diags_array([scale, -2 * scale, scale], offsets=[-1, 0, 1], shape=(len(inner),) * 2)
    laplace = scipy.sparse.csr_array(bands.astype(np.float64))
    given = make_interp_spline(nodes, source, k=3)(inner)
    states = _integrated(
        lambda _, state: np.asarray(laplace @ state + reaction(state) + given, dtype=np.float64),
        np.zeros(len(inner)),
        times,
        method="Radau",
        jac_sparsity=laplace,
        rtol=1e-6,
        atol=1e-8 * float(np.abs(given).max()),
    )
    return np.pad(states, ((1, 1), (0, 0)))[::_FINER]


def driven_from_rest(rate: Callable[[Array, float], Array], states: int, forcing: Array, nodes: Points) -> Array:
    """Return the ``states`` of ``s' = rate(s, u)`` at the ``nodes`` of time, by SciPy's DOP853, ``(c, t)``.

    ``u`` is a spline through ``forcing``, ``(t,)``.

    Raises:
        SolverError: the integrator gave up.
    """
    spline = make_interp_spline(nodes, forcing, k=3)
    return _integrated(
        lambda time, state: rate(state, float(spline(time))),
        np.zeros(states),
        nodes,
        method="DOP853",
        rtol=1e-10,
        atol=1e-12,
        max_step=4 * float(nodes[1] - nodes[0]),
    )


def _integrated(slope: Callable[[float, Array], Array], start: Array, times: Points, **options: Any) -> Array:
    integrated = scipy.integrate.solve_ivp(slope, (float(times[0]), float(times[-1])), start, t_eval=times, **options)
    if not integrated.success:
        raise SolverError(f"{options['method']}: {integrated.message}")
    states: Array = integrated.y
    return states
