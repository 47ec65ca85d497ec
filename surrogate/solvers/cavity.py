"""Steady flow in a box whose lid slides: the stream function, by Chebyshev collocation and Newton's method."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.errors import SolverError

# Newton's method doubles its digits at every step once it is near. It starts from a slower lid, by so much at most.
MOST_STEPS = 15
LARGEST_REYNOLDS_STEP = 250.0
# The matrices are dense: a gigabyte at this degree.
LARGEST_DEGREE = 60


class Cavity:
    """Collocation of clamped polynomials of degree ``degree + 2`` on the unit square.

    Solves ``Laplace^2 psi = Reynolds (psi_y Laplace psi_x - psi_x Laplace psi_y)`` with velocity ``(psi_y, -psi_x)``,
    which is ``(lid, 0)`` along ``y = 1`` and nothing at the other walls, where ``psi = 0``. Along each axis ``psi`` is
    ``(1 - s^2) q(s)``, with ``s`` from -1 to 1 across the square and ``q = 0`` at walls at rest, so that ``psi`` and
    its slope are 0 there; the slope at the lid is ``-4 q`` there. The lid and its slope must be 0 at its ends.

    Shape letters: n inner nodes along an axis, ``degree - 1``. ``q`` is ``(n, n + 1)``, its last column at the lid.

    Source: Trefethen (2000), Spectral Methods in MATLAB, chapter 14, for clamped polynomials.
    """

    def __init__(self, degree: int) -> None:
        self.degree = degree
        self.nodes, self._first = _chebyshev(degree)
        inner = self._clamped(np.eye(degree + 1), 4, self.nodes)
        along_x, along_y = ([d[1:-1, cut] for d in inner] for cut in (slice(1, -1), slice(1, None)))
        # Operators on all of q, flattened; those of the unknown q leave the columns of the lid out.
        full = {(a, b): np.kron(along_x[a], along_y[b]) for a, b in _ORDERS}
        unknown = np.arange((degree - 1) * degree).reshape(degree - 1, degree)[:, :-1].ravel()
        operators = {
            "biharmonic": full[4, 0] + 2 * full[2, 2] + full[0, 4],
            "stream_x": full[1, 0],
            "stream_y": full[0, 1],
            "laplace_x": full[3, 0] + full[1, 2],
            "laplace_y": full[2, 1] + full[0, 3],
        }
        self.full = {name: torch.from_numpy(matrix) for name, matrix in operators.items()}
        self.unknown = {name: matrix[:, unknown].contiguous() for name, matrix in self.full.items()}

    def solve(self, lid: Tensor, reynolds: float, tolerance: float) -> tuple[Tensor, float, int]:
        """Return ``q``, the last relative change by Newton's method and its number of steps.

        Args:
            lid: its speed at the inner nodes, ``(n,)``, float64.
            reynolds: the Reynolds number of speed 1 and the side of the box.
            tolerance: bounds the last change, relative.

        Raises:
            SolverError: no convergence; the message holds the change reached.
        """
        q = self._resting(lid)
        slower = math.ceil(reynolds / LARGEST_REYNOLDS_STEP)
        steps, change = 0, math.inf
        for stage in range(1, slower + 1):
            goal = tolerance if stage == slower else 1e-2
            for _ in range(MOST_STEPS):
                step = self._newton(q, reynolds * stage / slower)
                q[:, :-1] += step
                steps, change = steps + 1, float(step.norm() / q[:, :-1].norm())
                if change <= goal or not change < 1e6:
                    break
        if not change <= tolerance:
            raise SolverError(
                f"cavity: the last change of Newton's method was {change:.1e}, expected at most {tolerance:.1e}: "
                "take a lower reynolds, or a larger resolution"
            )
        return q, change, steps

    def carried(self, lid: Tensor, velocity: Tensor, reynolds: float) -> Tensor:
        """Return ``q`` of the flow whose vorticity is carried by ``velocity``, ``(2, n, n)`` at the inner nodes."""
        known = self._resting(lid)
        u, v = (reynolds * component.reshape(-1, 1) for component in velocity)

        def operator(part: dict[str, Tensor]) -> Tensor:
            laplace_x, laplace_y = part["laplace_x"].to(lid), part["laplace_y"].to(lid)
            return part["biharmonic"].to(lid) - u * laplace_x - v * laplace_y

        inner = torch.linalg.solve(operator(self.unknown), -operator(self.full) @ known.reshape(-1, 1))
        return torch.cat((inner.reshape(len(lid), -1), known[:, -1:]), dim=1)

    def velocity(self, q: Tensor, points: Sequence[NDArray[np.floating]]) -> Tensor:
        """Return the velocity ``(2, x, y)`` at ``points`` from 0 to 1 along each axis."""
        along = [self._clamped(self._interpolation(p), 1, 2 * p - 1) for p in points]
        (x, x1), (y, y1) = ([torch.from_numpy(matrix).to(q) for matrix in matrices] for matrices in along)
        whole = torch.nn.functional.pad(q, (1, 0, 1, 1))  # q is 0 at the walls at rest
        return torch.stack((x @ whole @ y1.T, -x1 @ whole @ y.T))

    def _resting(self, lid: Tensor) -> Tensor:
        """Return ``q`` that is nothing but at the lid."""
        q = lid.new_zeros(len(lid), len(lid) + 1)
        q[:, -1] = -lid / (4 * torch.from_numpy(1 - self.nodes[1:-1] ** 2).to(lid))
        return q

    def _newton(self, q: Tensor, reynolds: float) -> Tensor:
        flat = q.reshape(-1, 1)
        part = {name: matrix.to(q) @ flat for name, matrix in self.full.items()}
        carried = part["stream_y"] * part["laplace_x"] - part["stream_x"] * part["laplace_y"]
        of = {name: matrix.to(q) for name, matrix in self.unknown.items()}
        jacobian = (
            of["biharmonic"]
            - reynolds * part["stream_y"] * of["laplace_x"]
            - reynolds * part["laplace_x"] * of["stream_y"]
            + reynolds * part["stream_x"] * of["laplace_y"]
            + reynolds * part["laplace_y"] * of["stream_x"]
        )
        return torch.linalg.solve(jacobian, reynolds * carried - part["biharmonic"]).reshape(len(q), -1)

    def _clamped(
        self, interpolation: NDArray[np.float64], highest: int, s: NDArray[np.floating]
    ) -> list[NDArray[np.float64]]:
        """Return the derivatives of order 0 to ``highest``, at ``s``, of ``(1 - s^2) q`` by the values of ``q``."""
        of_q = [interpolation @ np.linalg.matrix_power(self._first, order) for order in range(highest + 1)]
        derivatives = []
        for order in range(highest + 1):
            derivative = (1 - s[:, None] ** 2) * of_q[order]
            if order > 0:
                derivative = derivative - 2 * order * s[:, None] * of_q[order - 1]
            if order > 1:
                derivative = derivative - order * (order - 1) * of_q[order - 2]
            derivatives.append(2.0**order * derivative)  # s runs twice as far as x
        return derivatives

    def _interpolation(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the matrix that takes values at the nodes to ``points``, by the barycentric formula."""
        apart = np.subtract.outer(2 * points - 1, self.nodes)
        at_node = np.abs(apart) < 1e-14
        terms = np.where(at_node.any(1, keepdims=True), at_node, _weights(self.degree) / np.where(at_node, 1, apart))
        matrix: NDArray[np.float64] = terms / terms.sum(1, keepdims=True)
        return matrix


_ORDERS = ((4, 0), (2, 2), (0, 4), (1, 0), (0, 1), (3, 0), (1, 2), (2, 1), (0, 3))


@lru_cache(maxsize=2)
def cavity(degree: int) -> Cavity:
    """Return the collocation of ``degree``; its matrices are kept.

    Raises:
        SolverError: they would take too much memory.
    """
    if degree > LARGEST_DEGREE:
        raise SolverError(f"cavity: resolution {degree} takes too much memory, expected at most {LARGEST_DEGREE}")
    return Cavity(degree)


def _weights(degree: int) -> NDArray[np.float64]:
    weights = np.where(np.arange(degree + 1) % 2 == 0, 1.0, -1.0)
    weights[[0, -1]] *= 0.5
    return weights


def _chebyshev(degree: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the nodes from -1 to 1 and the matrix of the first derivative, by barycentric weights."""
    angles = np.pi * np.arange(degree + 1) / degree
    # Differences of cosines by products of sines: no digits are lost between neighbours.
    apart = 2 * np.sin(np.add.outer(angles, angles) / 2) * np.sin(np.subtract.outer(angles, angles) / 2)
    np.fill_diagonal(apart, 1.0)
    weights = _weights(degree)
    matrix = weights / weights[:, None] / apart
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, -matrix.sum(1))
    return -np.cos(angles), matrix


def lid_at(speeds: Tensor, nodes: NDArray[np.float64]) -> Tensor:
    """Return the sum of sines through ``speeds``, ``(x,)``, at the inner ones of ``nodes``, from -1 to 1."""
    points = len(speeds) - 1
    number = np.arange(1, points)
    to_heights = np.sin(np.pi * np.outer(number, number) / points) * 2 / points
    to_values = np.sin(np.pi * np.outer((nodes[1:-1] + 1) / 2, number))
    return torch.from_numpy(to_values @ to_heights).to(speeds) @ speeds[1:-1]
