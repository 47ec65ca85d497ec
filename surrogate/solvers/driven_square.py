"""The unit square of which a part of the side y = 1 is driven: meshes that resolve its ends, and its load."""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate

import torch
from torch import Tensor

from surrogate.solvers.helmholtz import Axis, linear_axis, load_of_top, spectral_axis

# The part of the side y = 1 that is driven is |x - 1/2| <= WIDTH / 2.
WIDTH = 0.3
# Lengths of the intervals: at most a wavelength of the recipe, short beside the ends of the driven part, where the
# slope of the wave has a logarithm.
_HALF = (0.1, 0.1, 0.12, 0.024, 0.006, 0.006, 0.024, 0.12)
_ALONG_X = (*_HALF, *_HALF[::-1])
_ALONG_Y = (*[0.85 / 7] * 7, 0.12, 0.024, 0.006)


@lru_cache(maxsize=4)
def discretised(degree: int | None, points: tuple[int, ...], device: torch.device) -> tuple[tuple[Axis, Axis], Tensor]:
    """Return the bases along x and y and the load of the driven part; degree None is the paper's discretisation."""
    if degree is None:
        x, y = (linear_axis(n, device) for n in points)
        nodes = torch.linspace(0, 1, points[0], dtype=torch.float64, device=device)
        # The paper's flux is linear between the nodes, and its ends are lost to rounding of |0.35 - 0.5| <= 0.15.
        inside = ((nodes - 0.5).abs() < WIDTH / 2 - 1e-9).to(nodes)
        flux = x.modes @ torch.linalg.solve(x.stored, inside)
    else:
        x, y = (
            spectral_axis((0.0, *accumulate(lengths[:-1]), 1.0), degree, n, device)
            for lengths, n in zip((_ALONG_X, _ALONG_Y), points, strict=True)
        )
        beyond = (x.points - 0.5).abs() - WIDTH / 2
        # The intervals beside an end are equally long, so the point they share counts by half.
        flux = torch.where(beyond.abs() < 1e-12, 0.5, (beyond < 0).to(beyond))
    return (x, y), load_of_top(flux, (x, y))
