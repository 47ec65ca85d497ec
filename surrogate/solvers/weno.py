"""Values at the faces of cells, from the means of the cells: three degrees of care."""

from __future__ import annotations

import torch
from torch import Tensor

# Keeps the weights finite where a field is constant; far below the square of any difference that matters.
TINY = 1e-40


def weno_correction(differences: Tensor) -> Tensor:
    """Return what to add to a cell's mean for the value at its right face, fifth order where the field is smooth.

    Three parabolas, weighed by how smooth they are (weights of the Z kind), so that none is taken across a jump.
    The correction is odd: the differences of the mirrored field, negated and reversed, give minus the correction.

    Args:
        differences: of the means of the cells ``i-2 ... i+2``, four of them, stacked first, ``(4, ...)``.

    Source: Borges, Carmona, Costa, Don (2008), J. Comput. Phys. 227, 3191, equations (16) to (28), power 1.
    """
    d1, d2, d3, d4 = differences
    left = 3 * d2 - d1
    centre = d2 + d3
    right = 3 * d3 - d4
    smooth_left = torch.addcmul(left.square(), d2 - d1, d2 - d1, value=13 / 3)
    smooth_centre = torch.addcmul(centre.square(), d3 - d2, d3 - d2, value=13 / 3)
    smooth_right = torch.addcmul(right.square(), d4 - d3, d4 - d3, value=13 / 3)
    rough = (smooth_left - smooth_right).abs()
    weight_left = 1 + (rough / (smooth_left + TINY))
    weight_centre = 6 + 6 * (rough / (smooth_centre + TINY))
    weight_right = 3 + 3 * (rough / (smooth_right + TINY))
    total = weight_left * (5 * d2 - 2 * d1) + weight_centre * (d2 + 2 * d3) + weight_right * (4 * d3 - d4)
    return total / (6 * (weight_left + weight_centre + weight_right))


def limited_slope(differences: Tensor) -> Tensor:
    """Return the slopes ``(..., n)`` of cells, times their size, from the differences ``(..., n + 1)`` of neighbours.

    The monotonised central slope: the central one, but never more than twice either one-sided slope, and none at an
    extremum. Second order where the field is monotone.

    Source: van Leer (1977), J. Comput. Phys. 23, 276, equation (66).
    """
    behind, ahead = differences[..., :-1], differences[..., 1:]
    steepest = 2 * torch.minimum(behind.abs(), ahead.abs())
    central = (behind + ahead) / 2
    slope = torch.minimum(central.abs(), steepest) * central.sign()
    return torch.where(behind * ahead > 0, slope, torch.zeros_like(slope))
