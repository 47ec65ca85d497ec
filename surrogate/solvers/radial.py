"""Round waves on shallow water, along one ray, in numpy: the truth for solvers on two axes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def solve_round_dam(
    inside: float, outside: float, radius: float, gravity: float, reach: float, cells: int, time: float
) -> tuple[Array, Array]:
    """Return the radii, ``(n,)``, and the heights there at ``time`` after a round dam broke, ``(n,)``.

    Solves ``(r h)_t + (r h u)_r = 0`` and ``(r h u)_t + (r (h u^2 + g h^2 / 2))_r = g h^2 / 2`` from rest, in rings of
    equal width with limited slopes and two-stage steps: second order, first at the shock. Nothing comes in at
    ``reach``, which no wave should have met.

    Args:
        inside: height where ``r < radius`` at the start.
        outside: height elsewhere.
        radius: of the dam.
        gravity: length per time squared.
        reach: the largest radius.
        cells: number of rings.
        time: positive.

    Source: Toro (2001), Shock-Capturing Methods for Free-Surface Shallow Flows, section 12.2.2 (equations), 9.4 (flux).
    """
    width = reach / cells
    edges = width * np.arange(cells + 1)
    radii = (edges[1:] + edges[:-1]) / 2
    share = np.clip((radius**2 - edges[:-1] ** 2) / (edges[1:] ** 2 - edges[:-1] ** 2), 0, 1)
    state = np.stack((outside + (inside - outside) * share, np.zeros(cells)))

    def tendency(conserved: Array) -> Array:
        flux = _flux(conserved, gravity)
        change = -(edges[1:] * flux[:, 1:] - edges[:-1] * flux[:, :-1]) / (radii * width)
        change[1] += gravity * conserved[0] ** 2 / (2 * radii)
        return change

    clock = 0.0
    while clock < time:
        fastest = (np.abs(state[1] / state[0]) + np.sqrt(gravity * state[0])).max()
        step = min(0.5 * width / fastest, time - clock)
        first = state + step * tendency(state)
        state = (state + first + step * tendency(first)) / 2
        clock = time if step == time - clock else clock + step
    return radii, state[0]


def _flux(conserved: Array, gravity: float) -> Array:
    fields = np.stack((conserved[0], conserved[1] / conserved[0]))
    mirrored = fields[:, 1::-1] * np.array([[1.0], [-1.0]])
    jumps = np.diff(np.concatenate((mirrored, fields, fields[:, -1:], fields[:, -1:]), axis=1), axis=1)
    behind, ahead = jumps[:, :-1], jumps[:, 1:]
    slope = np.where(behind * ahead > 0, np.sign(ahead) * np.minimum(np.abs(behind), np.abs(ahead)), 0.0)
    cells = np.concatenate((mirrored[:, 1:], fields, fields[:, -1:]), axis=1)
    left, right = (cells + slope / 2)[:, :-1], (cells - slope / 2)[:, 1:]
    sounds = np.sqrt(gravity * left[0]), np.sqrt(gravity * right[0])
    slow = np.minimum(np.minimum(left[1] - sounds[0], right[1] - sounds[1]), 0.0)
    fast = np.maximum(np.maximum(left[1] + sounds[0], right[1] + sounds[1]), 0.0)
    before, after = (np.stack((h, h * u)) for h, u in (left, right))
    push = [np.stack((h * u, h * u**2 + gravity * h**2 / 2)) for h, u in (left, right)]
    return np.asarray((fast * push[0] - slow * push[1] + slow * fast * (after - before)) / (fast - slow))
