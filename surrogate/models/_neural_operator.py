"""What every model is to those who use it.

Shape letters: b batch, c channels, p training pairs, n points, d axes, s... space.
"""

from __future__ import annotations

from torch import Tensor, nn

from surrogate.capabilities import Capabilities


class NeuralOperator(nn.Module):
    """A map of normalised fields, (b, inputs, s...) to (b, outputs, s...), that says what else it can do."""

    capabilities: Capabilities

    def prepare(self, inputs: Tensor, outputs: Tensor) -> None:
        """Take what the model needs (a basis) from normalised training pairs, (p, c, s...) each.

        Raises:
            ValueError: it needs nothing of them; see :attr:`Capabilities.prepared_from`.
        """
        raise ValueError("this model takes nothing from training pairs before it learns")

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Map (b, inputs, s...) to the outputs (b, outputs, n) at ``points`` (n, d), in the coordinates of the grid.

        Raises:
            ValueError: it answers on a grid alone; see :attr:`Capabilities.any_points`.
        """
        raise ValueError("this model answers on a grid and not at points")
