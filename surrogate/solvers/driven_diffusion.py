"""Diffusion with a reaction and a source on a line held at zero: spectral elements, exponential steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from scipy.interpolate import CubicSpline
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock, evolve
from surrogate.solvers.spectral_elements import line


@dataclass(frozen=True)
class Rod:
    """Polynomials between the nodes of a line of length 1, as modes of ``-d_xx`` that vanish at both ends.

    ``eigenvalues`` (m,); ``modes`` (p, m) at all points; ``project`` (m, p) of values there; ``every`` so many points
    is a node; ``spline`` (p, n) takes values at the nodes to the points.
    """

    eigenvalues: Tensor
    modes: Tensor
    project: Tensor
    every: int
    spline: Tensor


@lru_cache(maxsize=4)
def rod(nodes: int, degree: int, device: torch.device) -> Rod:
    """Return polynomials of ``degree`` between ``nodes`` equal nodes, both ends included."""
    at = np.linspace(0, 1, nodes)
    elements = line(tuple(at), degree)
    eigenvalues, modes = elements.pinned_modes()
    project = (elements.weights[:, None] * modes).T
    spline = CubicSpline(at, np.eye(nodes))(elements.points)
    arrays = [torch.from_numpy(np.ascontiguousarray(array)) for array in (eigenvalues, modes, project, spline)]
    first, second, third, last = (array.to(device) for array in arrays)
    return Rod(first, second, third, degree, last)


def react(
    start: Tensor,
    source: Tensor,
    diffusivity: float,
    reaction: Callable[[Tensor], Tensor],
    line_of: Rod,
    clock: Clock,
) -> Tensor:
    """Return ``s`` at the nodes, at the start and after every interval of ``clock``, ``(b, frames + 1, n)``.

    Solves ``s_t = diffusivity s_xx + reaction(s) + u(x)`` on a line of length 1, ``s = 0`` at both ends. Diffusion and
    source are exact in time, the reaction is of fourth order. Between the nodes ``s`` at the start and ``u`` are
    not-a-knot cubic splines.

    Args:
        start: ``s`` at the nodes, ``(b, n)``, zero at both ends.
        source: ``u`` at the nodes, ``(b, n)``, per time.
        diffusivity: length squared per time.
        reaction: of values of ``s``, per time.
        line_of: the basis, from :func:`rod`.
        clock: the intervals and the steps.

    Source: Kassam, Trefethen (2005), SIAM J. Sci. Comput. 26, 1214, section 2 (the steps); Canuto, Hussaini,
        Quarteroni, Zang (2007), Spectral Methods, volume 2, section 5.1 (the elements).
    """
    to_points = line_of.spline.mT @ line_of.project.mT
    driven = source @ to_points

    def nonlinear(state: Tensor) -> Tensor:
        return driven + reaction(state @ line_of.modes.mT) @ line_of.project.mT

    frames = evolve(nonlinear, -diffusivity * line_of.eigenvalues, start @ to_points, clock)
    return frames @ line_of.modes[:: line_of.every].mT
