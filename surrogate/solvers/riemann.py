"""Exact solutions of conservation laws, in numpy: what becomes of one jump; inviscid Burgers flow from any start."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from surrogate.errors import SolverError

Array = NDArray[np.float64]
State = tuple[float, float, float]
Water = tuple[float, float]


def euler_riemann(left: State, right: State, gamma: float, speeds: Array) -> Array:
    """Return density, velocity and pressure, ``(3, n)``, on the rays ``x / t = speeds``, ``(n,)``.

    Args:
        left: density, velocity, pressure where ``x < 0`` at the start.
        right: the same where ``x > 0``.
        gamma: ratio of the specific heats.
        speeds: length per time.

    Raises:
        SolverError: the states part so fast that a vacuum opens between them.

    Source: Toro (2009), Riemann Solvers, 3rd edition, sections 4.2, 4.3 and 4.5.
    """
    sound = [float(np.sqrt(gamma * p / rho)) for rho, _, p in (left, right)]
    if 2 * sum(sound) / (gamma - 1) <= right[1] - left[1]:
        raise SolverError("exact Riemann solution: a vacuum opens between the states")

    def jump(pressure: float, state: State, c: float) -> float:
        rho, _, p = state
        if pressure > p:
            return float((pressure - p) * np.sqrt(2 / rho / ((gamma + 1) * pressure + (gamma - 1) * p)))
        return float(2 * c / (gamma - 1) * ((pressure / p) ** ((gamma - 1) / (2 * gamma)) - 1))

    def mismatch(pressure: float) -> float:
        return jump(pressure, left, sound[0]) + jump(pressure, right, sound[1]) + right[1] - left[1]

    high = max(left[2], right[2])
    while mismatch(high) < 0:
        high *= 2
    pressure = brentq(mismatch, 1e-14 * high, high, xtol=1e-15 * high, rtol=1e-14)
    velocity = (left[1] + right[1] + jump(pressure, right, sound[1]) - jump(pressure, left, sound[0])) / 2
    from_left = _euler_side(left, sound[0], pressure, velocity, gamma, speeds)
    mirrored = _euler_side((right[0], -right[1], right[2]), sound[1], pressure, -velocity, gamma, -speeds)
    mirrored[1] *= -1
    return np.where(speeds < velocity, from_left, mirrored)


def _euler_side(state: State, sound: float, pressure: float, velocity: float, gamma: float, speeds: Array) -> Array:
    """Return the fields left of the contact."""
    rho, u, p = state
    ratio = pressure / p
    shape = (3, len(speeds))
    outer = np.broadcast_to(np.array(state)[:, None], shape)
    if ratio > 1:
        front = u - sound * np.sqrt((gamma + 1) / (2 * gamma) * ratio + (gamma - 1) / (2 * gamma))
        weight = (gamma - 1) / (gamma + 1)
        inner = np.array([rho * (ratio + weight) / (weight * ratio + 1), velocity, pressure])
        return np.where(speeds < front, outer, inner[:, None])
    inner = np.array([rho * ratio ** (1 / gamma), velocity, pressure])
    head, tail = u - sound, velocity - sound * ratio ** ((gamma - 1) / (2 * gamma))
    inside = np.clip(speeds, head, tail)
    c = 2 / (gamma + 1) * (sound + (gamma - 1) / 2 * (u - inside))
    relative = c / sound
    fan = np.stack([rho * relative ** (2 / (gamma - 1)), inside + c, p * relative ** (2 * gamma / (gamma - 1))])
    return np.where(speeds <= head, outer, np.where(speeds < tail, fan, inner[:, None]))


def shallow_water_riemann(left: Water, right: Water, gravity: float, speeds: Array) -> Array:
    """Return height and velocity, ``(2, n)``, on the rays ``x / t = speeds``, ``(n,)``, from two such pairs.

    Raises:
        SolverError: the states part so fast that the bed falls dry between them.

    Source: Toro (2001), Shock-Capturing Methods for Free-Surface Shallow Flows, sections 5.2 and 5.3.
    """
    sound = [float(np.sqrt(gravity * h)) for h, _ in (left, right)]
    if 2 * sum(sound) <= right[1] - left[1]:
        raise SolverError("exact Riemann solution: the bed falls dry between the states")

    def jump(height: float, h: float) -> float:
        if height > h:
            return float((height - h) * np.sqrt(gravity / 2 * (height + h) / (height * h)))
        return float(2 * (np.sqrt(gravity * height) - np.sqrt(gravity * h)))

    def mismatch(height: float) -> float:
        return jump(height, left[0]) + jump(height, right[0]) + right[1] - left[1]

    high = max(left[0], right[0])
    while mismatch(high) < 0:
        high *= 2
    height = brentq(mismatch, 1e-14 * high, high, xtol=1e-15 * high, rtol=1e-14)
    velocity = (left[1] + right[1] + jump(height, right[0]) - jump(height, left[0])) / 2
    from_left = _shallow_side(left, height, velocity, gravity, speeds)
    mirrored = _shallow_side((right[0], -right[1]), height, -velocity, gravity, -speeds)
    mirrored[1] *= -1
    return np.where(speeds < velocity, from_left, mirrored)


def _shallow_side(state: Water, height: float, velocity: float, gravity: float, speeds: Array) -> Array:
    h, u = state
    outer = np.broadcast_to(np.array(state)[:, None], (2, len(speeds)))
    inner = np.array([height, velocity])[:, None]
    if height > h:
        front = u - np.sqrt(gravity * h) * np.sqrt((height + h) * height / 2) / h
        return np.where(speeds < front, outer, inner)
    head, tail = u - np.sqrt(gravity * h), velocity - np.sqrt(gravity * height)
    inside = np.clip(speeds, head, tail)
    c = (u + 2 * np.sqrt(gravity * h) - inside) / 3
    fan = np.stack([c**2 / gravity, inside + c])
    return np.where(speeds <= head, outer, np.where(speeds < tail, fan, inner))


def burgers_means(means: Array, length: float, time: float) -> Array:
    """Return the exact means of inviscid Burgers flow over cells, ``(n,)``, from a start that is constant on them.

    Solves ``u_t + (u^2 / 2)_x = 0`` with the entropy condition: the integral of ``u`` up to ``x`` is the least of
    ``U(y) + (x - y)^2 / (2 time)`` over all ``y``, where ``U`` is the integral of the start. ``U`` is a chain of
    straight lines, on each of which the least is known, so nothing is approximated.

    Args:
        means: velocity in ``n`` equal cells, length per time.
        length: the period.
        time: positive.

    Source: Hopf (1950), Comm. Pure Appl. Math. 3, 201, section 3; Evans, Partial Differential Equations, 3.4.2.
    """
    n = len(means)
    cell = length / n
    turns = 1 + int(np.ceil(np.abs(means).max() * time / length))
    cells = np.tile(means, 2 * turns + 1)
    begins = cell * (np.arange(len(cells)) - turns * n)
    integral = cell * np.concatenate(([0.0], np.cumsum(cells)))
    faces = cell * np.arange(n + 1)
    least = np.full(n + 1, np.inf)
    for begin, velocity, up_to in zip(begins, cells, integral[:-1], strict=True):
        y = np.clip(faces - velocity * time, begin, begin + cell)
        least = np.minimum(least, up_to + velocity * (y - begin) + (faces - y) ** 2 / (2 * time))
    return np.diff(least) / cell
