"""An answer that is zero on the walls, where its values are given.

Shapes: b batch, c channels, k points asked for, s... space.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from surrogate.capabilities import Capabilities
from surrogate.predictors.held_values import HeldValues
from surrogate.predictors.wrapper import Wrapper


@dataclass(frozen=True)
class Vanishing:
    """Map v to ``F v``, with the factor F of ``held``, which is zero on the walls and positive elsewhere."""

    inner: Wrapper
    held: HeldValues

    @property
    def capabilities(self) -> Capabilities:
        """What the map within can, but for answers at points."""
        return replace(self.inner.capabilities, any_points=False)

    def __call__(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to (b, c_out, s...)."""
        return self.completed(self.inner(fields), fields)

    def completed(self, answer: Tensor, fields: Tensor) -> Tensor:
        """Return what it makes of an ``answer`` of the map within to ``fields``."""
        return self.held.factor(answer) * answer

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Refuse points: the factor is known on the grid.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            "it was trained with physics.hard_boundary=true, which is defined on the grid and not at points"
        )

    def inner_target(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Return ``outputs``: divided by the factor they would be without bound at the walls."""
        return outputs
