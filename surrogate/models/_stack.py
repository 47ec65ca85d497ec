"""Layers upon layers: what most models are.

Shape letters: b batch, c channels, h hidden channels, s... space.
"""

from __future__ import annotations

from abc import abstractmethod

from torch import Tensor, nn

from surrogate.models._neural_operator import NeuralOperator
from surrogate.operators.operator import Layout


class Stack(NeuralOperator):
    """Enter, the layers in their order, leave.

    Attributes:
        layout: where the hidden functions have their channels; fields are turned at the entry and at the exit alone.
        layers: each kept once.
        order: which of them is used when; one that stands in it twice is used twice, with the same weights.
    """

    layout: Layout = "last"
    layers: nn.ModuleList
    order: tuple[int, ...]

    @abstractmethod
    def enter(self, given: Tensor) -> Tensor:
        """Return the first hidden functions of the inputs, both in the model's layout."""

    @abstractmethod
    def leave(self, hidden: Tensor, given: Tensor) -> Tensor:
        """Return the outputs, on the points of the inputs."""

    def through(self, layer: nn.Module, hidden: Tensor, given: Tensor) -> Tensor:
        """Return what ``layer`` makes of the hidden functions."""
        result: Tensor = layer(hidden)
        return result

    def forward(self, fields: Tensor) -> Tensor:
        """Map (b, inputs, s...) to (b, outputs, s...), both normalised.

        Raises:
            ValueError: it cannot take this grid, such as one too coarse for its modes or levels.
        """
        given = fields.movedim(1, -1) if self.layout == "last" else fields
        hidden = self.enter(given)
        for place in self.order:
            hidden = self.through(self.layers[place], hidden, given)
        answer = self.leave(hidden, given)
        return answer.movedim(-1, 1) if self.layout == "last" else answer
