"""The energy-weighted mean energy log ratio of the spectra, no unit."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from surrogate.evaluation.metric import Metric
from surrogate.evaluation.spectra import shells
from surrogate.spaces import Boundary, Grid, Space


def spectrum_distance(prediction: Tensor, target: Tensor, space: Space, weights: Tensor | None = None) -> Tensor:
    """Return the energy-weighted mean energy log ratio, ``sum_k w_k |log(E(k) / E_true(k))|``, no unit.

    ``E(k)`` is the energy in a shell, summed over channels, see :func:`shells`, and ``w_k`` the share of shell k in the
    energy of the target; a shell without any counts nothing. Every axis must be periodic.

    Source: Wan et al. (2023), Debias coarsely, sample conditionally, arXiv:2305.15618 (MELR, here of each sample).
    """
    ours, true = (_energies(field, space.grid) for field in (prediction, target))
    share = true / true.sum(dim=1, keepdim=True)
    ratio = torch.where(true > 0, ours / true, torch.ones_like(true))
    return (share * torch.log(ratio).abs()).nan_to_num(nan=math.nan, posinf=math.inf).sum(dim=1)


def why_absent(grid: Grid, boundary: Boundary) -> str | None:
    """Return that an axis is not periodic, where one is not."""
    return None if all(boundary.periodic) else "an axis is not periodic"


def _energies(field: Tensor, grid: Grid) -> Tensor:
    """Return the energy in each shell, ``(b, k)``, sum over channels."""
    shell = torch.from_numpy(shells(grid)).to(field.device)
    amplitude = torch.fft.fftn(field, dim=tuple(range(2, field.ndim)), norm="forward")
    square = amplitude.abs().square().sum(dim=1)
    kept = shell >= 0
    sums = field.new_zeros(len(field), int(shell.max()) + 1)
    return sums.index_add(1, shell[kept], square[:, kept])


METRIC = Metric(
    name="spectrum_distance",
    label="spectrum distance",
    of_each=spectrum_distance,
    unit="none",
    why_absent=why_absent,
    place=130,
)
