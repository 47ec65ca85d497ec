"""The Poisson equation in the unit square, solved exactly for what is given as series of cosines.

Shape letters: b batch, n and m cells along x and y, p either. Sides are in the order west, east, south, north; a value
along a side has shape ``(b, m)`` for west and east, ``(b, n)`` for south and north.
"""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.solvers.elliptic import Values


def solve_poisson(forcing: Tensor, values: Values, screening: float, waves: int) -> tuple[Tensor, Tensor]:
    """Return ``u`` of ``-Laplace u + screening u = f``, ``u = g`` on the four sides, at the centres of the cells.

    ``f`` and ``g`` are the series of cosines, as long as the grid allows, that have the values given at the centres.
    Wave by wave they have a solution of the equation, whose traces on the sides are cosines too. What is left is to be
    carried by the sides alone: sines along a side fall off from it like a hyperbolic sine. A centre is half a cell
    away from every side, so the sines beyond ``waves`` for each cell come to less than ``exp(-pi waves / 2)``, whether
    or not the sides agree in their corners.

    Args:
        forcing: ``f`` at the centres, ``(b, n, m)``, float64.
        values: ``g`` along each side.
        screening: not negative, per unit length squared.
        waves: sines along a side for each of its cells; even.

    Returns:
        ``u``, ``(b, n, m)``; the share of the last two waves for each cell in it, in the Euclidean norm, ``(b,)``,
        which exceeds that of all that are left out.

    Source: Courant, Hilbert (1953), Methods of Mathematical Physics I, chapter V, section 14.
    """
    _, n, m = forcing.shape
    amplitudes = _transformed(_analysis(n, forcing), forcing, _analysis(m, forcing))
    k, j = _count(n, forcing)[:, None], _count(m, forcing)
    eigenvalue = torch.pi**2 * (k.square() + j.square()) + screening
    if screening == 0:
        eigenvalue[0, 0] = torch.inf
    particular = amplitudes / eigenvalue
    field = _transformed(_synthesis(n, forcing), particular, _synthesis(m, forcing))
    sign_x, sign_y = 1 - 2 * (k % 2), 1 - 2 * (j % 2)
    traces = (particular.sum(1), (particular * sign_x).sum(1), particular.sum(2), (particular * sign_y).sum(2))
    west, east, south, north = (
        _sines(_vectors(_analysis(value.shape[1], value), value) - trace, waves)
        for value, trace in zip(values, traces, strict=True)
    )
    if screening == 0:
        # The mean of f: x (1 - x) / 2 solves -Laplace u = 1 and vanishes in the west and in the east.
        mean, x, odd = amplitudes[:, 0, :1], (_count(n, forcing) + 0.5) / n, _count(waves * n, forcing)
        field = field + mean[:, None] * (x * (1 - x) / 2)[:, None]
        parabola = torch.where(odd % 2 == 1, 4 / (torch.pi * odd.clamp(min=1)) ** 3, 0.0) * mean
        south, north = south - parabola, north - parabola
    from_x, last_x = _from_sides(west, east, n, waves, screening)
    from_y, last_y = _from_sides(south, north, m, waves, screening)
    field = field + from_x + from_y.mT
    size = _norm(field)
    return field, _norm(last_x + last_y.mT) / torch.where(size > 0, size, 1.0)


def finer_cosines(values: Tensor, refine: int) -> Tensor:
    """Return the series of cosines along the first axis of ``values``, ``(b, n, ...)``, on cells ``refine`` times less.

    Centres stay centres where ``refine`` is odd.
    """
    n = values.shape[1]
    x = (_count(refine * n, values) + 0.5) / (refine * n)
    matrix = torch.cos(torch.pi * x[:, None] * _count(n, values)) @ _analysis(n, values)
    return torch.stack([matrix @ one for one in values])


def _from_sides(low: Tensor, high: Tensor, cells: int, waves: int, screening: float) -> tuple[Tensor, Tensor]:
    """Return the field that sines along two opposite sides leave on ``cells`` along the normal, ``(b, cells, p)``.

    ``low`` and ``high`` are the amplitudes of ``sin(pi k y)``, ``k = 0, 1, ...``, ``(b, waves p)``. The second field
    is the part of the last ``2 p`` of them. At the centres ``sin(pi (2 p q + s) y) = (-1)^q sin(pi s y)``.
    """
    turn = 2 * low.shape[1] // waves
    decay = torch.sqrt((torch.pi * _count(low.shape[1], low)).square() + screening).clamp(min=1e-300)
    x = ((_count(cells, low) + 0.5) / cells)[:, None]
    fading = (torch.exp(-decay * x) - torch.exp(-decay * (2 - x))) / -torch.expm1(-2 * decay)
    folded = last = low.new_zeros(len(low), cells, turn)
    for q in range(waves // 2):
        some = slice(q * turn, (q + 1) * turn)
        last = low[:, None, some] * fading[:, some] + high[:, None, some] * fading.flip(0)[:, some]
        last = -last if q % 2 else last
        folded = folded + last
    y = (_count(turn // 2, low) + 0.5) / (turn // 2)
    sines = torch.sin(torch.pi * _count(turn, low)[:, None] * y).expand(len(low), -1, -1)
    return torch.bmm(folded, sines), torch.bmm(last, sines)


def _sines(cosines: Tensor, waves: int) -> Tensor:
    """Return the amplitudes of the sines, ``(b, waves p)``, of the series of cosines with amplitudes ``(b, p)``.

    ``2 integral sin(pi k y) cos(pi j y) dy = 4 k / (pi (k^2 - j^2))`` where ``k + j`` is odd, 0 where it is even.
    """
    k, j = _count(waves * cosines.shape[1], cosines)[:, None], _count(cosines.shape[1], cosines)
    difference = k.square() - j.square()
    return _vectors(torch.where((k + j) % 2 == 1, 4 * k / (torch.pi * difference), 0.0), cosines)


def _analysis(cells: int, like: Tensor) -> Tensor:
    """Return the matrix from values at the centres to amplitudes of cosines (DCT-II)."""
    matrix = 2 / cells * _synthesis(cells, like).mT
    matrix[0] /= 2
    return matrix


def _synthesis(cells: int, like: Tensor) -> Tensor:
    """Return the matrix from amplitudes of ``cos(pi k x)`` to values at the centres (DCT-III)."""
    x = (_count(cells, like) + 0.5) / cells
    return torch.cos(torch.pi * x[:, None] * _count(cells, like))


def _count(size: int, like: Tensor) -> Tensor:
    return torch.arange(size, dtype=like.dtype, device=like.device)


def _transformed(x: Tensor, fields: Tensor, y: Tensor) -> Tensor:
    """Return ``x f y^T`` for each sample; one product for each, so that none depends on the others of the batch."""
    b = len(fields)
    return torch.bmm(torch.bmm(x.expand(b, -1, -1), fields), y.mT.expand(b, -1, -1))


def _vectors(matrix: Tensor, vectors: Tensor) -> Tensor:
    return torch.stack([matrix @ vector for vector in vectors])


def _norm(fields: Tensor) -> Tensor:
    return torch.linalg.vector_norm(fields, dim=(1, 2))
