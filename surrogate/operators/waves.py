"""Operators on the amplitudes of waves, ``v = T^-1 M T u``: a transform, a map of amplitudes, and the transform back.

Shape letters: b batch, i channels in, o channels out, s... space, h... rows of the real tables.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from surrogate.kernels.products import Tables, analyse, synthesise
from surrogate.operators.operator import Operator


class WaveOperator(Operator):
    """Transform a field by real tables, one an axis, map its amplitudes, and transform back.

    Amplitudes are not sums over points: the weights mean the same thing on every grid that holds the waves.
    """

    resolutions = "same"

    def forward(self, field: Tensor) -> Tensor:
        """Map a field of i channels to one of o channels on the same points.

        Raises:
            ValueError: the grid is too coarse to hold the waves.
        """
        if self.layout == "last":
            return self._applied(field)
        return self._applied(field.movedim(1, -1)).movedim(-1, 1)

    def _applied(self, field: Tensor) -> Tensor:
        """Map (b, s..., i) to (b, s..., o)."""
        self.check(field.shape[1:-1])
        tables = self.tables(field)
        return synthesise(self.mix(analyse(field, tables.analysis)), tables.synthesis)

    @abstractmethod
    def check(self, space: Sequence[int]) -> None:
        """Refuse a grid that is too coarse to hold the waves.

        Raises:
            ValueError: it is.
        """

    @abstractmethod
    def by_products(self, device: torch.device) -> bool:
        """Return whether fields on ``device`` are transformed by products with tables."""

    @abstractmethod
    def tables(self, like: Tensor) -> Tables:
        """Return the real tables for fields of the shape (b, s..., i), type and device of ``like``."""

    @abstractmethod
    def mix(self, coefficients: Tensor) -> Tensor:
        """Map what ``tables.analysis`` gives, (b, h..., i), to what ``tables.synthesis`` takes, (b, h..., o)."""
