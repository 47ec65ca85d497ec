"""The second opinion on evolutions: central differences in space, SciPy's integrators in time, numpy throughout.

It shares no code with the spectral solvers: neither transforms nor time steps nor torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import sparray

from surrogate.errors import SolverError

Array = NDArray[np.float64]

# Weights of u(x + j h), j = 0..4, of the eighth-order central difference; odd orders change sign with j.
_WEIGHTS = {
    1: (0.0, 4 / 5, -1 / 5, 4 / 105, -1 / 280),
    2: (-205 / 72, 8 / 5, -1 / 5, 8 / 315, -1 / 560),
}


def difference(field: Array, order: int, spacing: float, axis: int = -1) -> Array:
    """Return the derivative of ``order`` (1 or 2) along a periodic axis, with an error of order ``spacing ** 8``.

    Source: Fornberg (1988), Math. Comp. 51, 699, table 1.
    """
    weights = _WEIGHTS[order]
    total = weights[0] * field
    for j in range(1, len(weights)):
        behind = np.roll(field, j, axis)
        total = total + weights[j] * (np.roll(field, -j, axis) + (behind if order % 2 == 0 else -behind))
    return total / spacing**order


def resample(field: Array, points: Sequence[int]) -> Array:
    """Return a periodic field ``(..., s...)`` on other numbers of points, by SciPy's trigonometric interpolation."""
    for axis, n in zip(range(-len(points), 0), points, strict=True):
        if n != field.shape[axis]:
            import scipy.signal  # slow to import, and seldom needed

            field = scipy.signal.resample(field, n, axis=axis)
    return field


def integrate_lines(
    tendency: Callable[[Array], Array],
    start: Array,
    times: Sequence[float],
    tolerance: float,
    method: Literal["DOP853", "Radau", "BDF"] = "DOP853",
    sparsity: sparray | None = None,
) -> Array:
    """Return ``v`` of ``v' = tendency(v)``, ``v(times[0]) = start``, at ``times``, shape ``(t, *start.shape)``.

    Args:
        tendency: of a field of the shape of ``start``.
        start: the first frame.
        times: increasing; the first is the start's.
        tolerance: relative and, by the size of the start, absolute, of each step.
        method: of SciPy's ``solve_ivp``: DOP853 where diffusion is mild, Radau or BDF where it is stiff.
        sparsity: which numbers of the tendency depend on which of the field, for Radau and BDF.

    Raises:
        SolverError: the integrator gave up.
    """
    options: dict[str, Any] = {} if sparsity is None else {"jac_sparsity": sparsity}
    import scipy.integrate

    integrated = scipy.integrate.solve_ivp(
        lambda _, flat: tendency(flat.reshape(start.shape)).ravel(),
        (times[0], times[-1]),
        start.ravel(),
        method=method,
        t_eval=times,
        rtol=tolerance,
        atol=tolerance * float(np.abs(start).max()),
        **options,
    )
    if not integrated.success:
        raise SolverError(f"method of lines: {integrated.message}")
    return np.ascontiguousarray(integrated.y.T).reshape(len(times), *start.shape)
