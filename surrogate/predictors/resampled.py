"""An operator tied to its grid, used on another.

Shapes: b batch, c channels, k points asked for, s... space.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from surrogate.capabilities import Capabilities
from surrogate.predictors.other_grids import OffGrid
from surrogate.predictors.wrapper import Wrapper


@dataclass(frozen=True)
class Resampled:
    """The map within on its own grid; on another what ``off_grid`` makes of it."""

    inner: Wrapper
    off_grid: OffGrid

    @property
    def capabilities(self) -> Capabilities:
        """What the map within can, and fields on any grid."""
        return replace(self.inner.capabilities, resolutions="any")

    def __call__(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to (b, c_out, s...)."""
        if tuple(fields.shape[2:]) == self.off_grid.grid.points:
            return self.inner(fields)
        return self.off_grid(self.inner, fields)

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to (b, c_out, k) at ``points`` (k, d), as the map within does."""
        return self.inner.at(fields, points)

    def inner_target(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Return ``outputs``: it is fitted on its own grid."""
        return outputs
