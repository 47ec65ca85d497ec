"""The second opinion on periodic flow: central differences, a direct solve for the stream, SciPy's integrator.

Numpy throughout. It shares no code with the spectral solver: neither transforms nor time steps nor torch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surrogate.solvers.method_of_lines import Array, difference, integrate_lines


def vorticity_by_differences(
    initial: Array,
    forcing: Array,
    viscosity: float,
    length: float,
    times: Sequence[float],
    tolerance: float,
    drag: float = 0.0,
) -> Array:
    """Return the vorticity at ``times``, ``(t, n, n)``, of one flow.

    Solves ``w_t + u . grad w = viscosity Laplace w - drag w + f`` with ``u = (psi_y, -psi_x)``, ``-Laplace psi = w``
    and no mean flow, with period ``length`` along x (axis 0) and y (axis 1), by central differences of order 8. The
    stream function is solved for directly, by the eigenvectors of the second difference along one axis.

    Args:
        initial: ``w`` at the left ends of ``n x n`` equal cells, ``(n, n)``, per time.
        forcing: ``f`` at the same points, per time squared.
        viscosity: length squared per time.
        length: the period.
        times: increasing; the first is the start's.
        tolerance: relative, of each time step.
        drag: per time.

    Raises:
        SolverError: the integrator gave up.

    Source: Lynch, Rice, Thomas (1964), Numer. Math. 6, 185, for the direct solve.
    """
    n = len(initial)
    unit = np.eye(n)
    first = difference(unit, 1, length / n, axis=0)
    second = difference(unit, 2, length / n, axis=0)
    values, vectors = np.linalg.eigh(second)
    both = values[:, None] + values
    inverse = np.where(np.abs(both) > 1e-10 * np.abs(both).max(), -1, 0) / np.where(both == 0, 1, both)

    def tendency(w: Array) -> Array:
        stream = vectors @ (inverse * (vectors.T @ w @ vectors)) @ vectors.T
        advection = (stream @ first.T) * (first @ w) - (first @ stream) * (w @ first.T)
        return viscosity * (second @ w + w @ second) - advection - drag * w + forcing

    return integrate_lines(tendency, initial, times, tolerance)
