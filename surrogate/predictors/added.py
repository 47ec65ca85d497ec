"""An answer added to what is known of it: to the last state, or to an extension of given boundary values.

Shapes: b batch, c channels, k points asked for, s... space.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from torch import Tensor

from surrogate.capabilities import Capabilities
from surrogate.predictors.wrapper import Wrapper


@dataclass(frozen=True)
class Added:
    """Map v to ``known + v``.

    Attributes:
        inner: gives v.
        known: of inputs (b, c_in, s...), (b, c_out or 1, s...).
        setting: what asks for it, for those who cannot have it.
    """

    inner: Wrapper
    known: Callable[[Tensor], Tensor]
    setting: str

    @property
    def capabilities(self) -> Capabilities:
        """What the map within can, but for answers at points."""
        return replace(self.inner.capabilities, any_points=False)

    def __call__(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to (b, c_out, s...)."""
        return self.completed(self.inner(fields), fields)

    def completed(self, answer: Tensor, fields: Tensor) -> Tensor:
        """Return what it makes of an ``answer`` of the map within to ``fields``."""
        return self.known(fields) + answer

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Refuse points: what is added is known on the grid.

        Raises:
            ValueError: always.
        """
        raise ValueError(f"it was trained with {self.setting}, which is defined on the grid and not at points")

    def inner_target(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Return what is to be added to what is known."""
        return outputs - self.known(inputs)


def last_state(channels: int) -> Callable[[Tensor], Tensor]:
    """Return what takes the last ``channels`` of inputs (b, c_in, s...)."""
    return lambda fields: fields[:, -channels:]
