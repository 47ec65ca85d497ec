"""Matrix products of fields whose channels come last: along an axis, and between channels.

Shape letters: b batch, s... space, k... coefficients, h... rows of the tables, c channels, p points, q rows of a table,
r what follows an axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]

# oneDNN's ``x W^T + b``, absent from builds without oneDNN.
_ONEDNN = getattr(torch.ops.mkldnn, "_linear_pointwise", None)

# Below this many columns one batched product is faster than one product a sample.
_WIDE = 256


class Tables(NamedTuple):
    """A transform and its inverse, one matrix an axis, and their transposes, each contiguous.

    ``analysis`` and ``synthesis_t`` are (h_j, s_j); ``synthesis`` and ``analysis_t`` are (s_j, h_j).
    """

    analysis: tuple[Tensor, ...]
    analysis_t: tuple[Tensor, ...]
    synthesis: tuple[Tensor, ...]
    synthesis_t: tuple[Tensor, ...]

    @classmethod
    def of(cls, matrices: Sequence[tuple[Array, Array]], dtype: torch.dtype, device: torch.device) -> Tables:
        """Return the tables whose transform and inverse along each axis are the pair of ``matrices``."""
        analysis, synthesis = (
            tuple(torch.from_numpy(table).to(dtype=dtype, device=device) for table in tables)
            for tables in zip(*matrices, strict=True)
        )
        analysis_t, synthesis_t = (tuple(table.t().contiguous() for table in each) for each in (analysis, synthesis))
        return cls(analysis, analysis_t, synthesis, synthesis_t)


def analyse(field: Tensor, tables: Sequence[Tensor]) -> Tensor:
    """Return the coefficients (b, k..., c) of a field (b, s..., c): table j, (k_j, s_j), is applied along axis j."""
    for axis, table in enumerate(tables, start=1):
        field = along(table, field, axis)
    return field


def synthesise(coefficients: Tensor, tables: Sequence[Tensor]) -> Tensor:
    """Return the field (b, s..., c) of coefficients (b, k..., c): table j, (s_j, k_j), is applied along axis j.

    With the transposed tables, :func:`analyse` and this are each other's adjoints.
    """
    for axis in range(len(tables), 0, -1):
        coefficients = along(tables[axis - 1], coefficients, axis)
    return coefficients


def along(table: Tensor, values: Tensor, axis: int) -> Tensor:
    """Return ``sum_n table[q, n] values[..., n, ...]`` for ``values`` of any shape, n long along ``axis``."""
    before, after = values.shape[:axis], values.shape[axis + 1 :]
    stacked = values.flatten(0, axis - 1).flatten(2)
    if torch.compiler.is_compiling() or stacked.requires_grad or not _wide(stacked):
        result = torch.matmul(table, stacked)
    else:
        result = torch.stack([product(table, part.t()) for part in stacked])
    return result.reshape(*before, table.shape[0], *after)


def add_synthesis(field: Tensor, coefficients: Tensor, tables: Sequence[Tensor], out: Tensor) -> None:
    """Put the sum of ``field`` (b, s..., c) and :func:`synthesise` of ``coefficients`` into ``out``; without a graph.

    Both are contiguous, and may be the same.
    """
    for axis in range(len(tables), 1, -1):
        coefficients = along(tables[axis - 1], coefficients, axis)
    stacked = coefficients.flatten(2)
    summand, total = (tensor.view(*tensor.shape[:2], -1) for tensor in (field, out))
    if not _wide(stacked):
        torch.baddbmm(summand, tables[0].expand(len(stacked), -1, -1), stacked, out=total)
        return
    for sample, part, target in zip(summand, stacked, total, strict=True):
        torch.add(sample, product(tables[0], part.t()), out=target)


def product(rows: Tensor, matrix: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``rows @ matrix.T + bias`` for rows (p, i) and a matrix (o, i), as ``F.linear`` does; without a graph.

    On a CPU single precision goes to oneDNN, whose product of a tall and a small matrix was measured at twice the rate
    of the one that ``F.linear`` takes (155 against 80 GF/s a core for 32 x 32).
    """
    if by_onednn(rows) and _ONEDNN is not None:
        return _ONEDNN(rows, matrix, bias, "none", [], "none")
    return F.linear(rows, matrix, bias)


def by_onednn(*factors: Tensor) -> bool:
    """Return whether oneDNN multiplies such factors: single precision on a CPU, in a build that has it."""
    return _ONEDNN is not None and all(f.device.type == "cpu" and f.dtype == torch.float32 for f in factors)


def _wide(stacked: Tensor) -> bool:
    return stacked.device.type == "cpu" and stacked.dtype == torch.float32 and stacked.shape[2] >= _WIDE
