"""A network at every point by itself: what can be had without looking at any other, on a grid or on a cloud.

Shape letters: b batch, c channels, h hidden channels, s... space.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from surrogate import registry
from surrogate.capabilities import Capabilities
from surrogate.models._coordinates import coordinate_count, with_places
from surrogate.models._layer import Layer
from surrogate.models._stack import Stack
from surrogate.operators.pointwise import Pointwise
from surrogate.registry import Depth, Width
from surrogate.spaces import Grid, Problem


class Settings(registry.Settings):
    """Settings of the pointwise network; with ``coordinates`` it knows where its point lies."""

    hidden_channels: Width
    n_layers: Depth
    coordinates: bool


class Model(Stack):
    """``v <- gelu(W v + b)`` at every point, the last time without gelu: one map on any grid and on any cloud.

    The neuron whose only operator is pointwise. It is no match for an equation, whose solution at a point depends on
    the data everywhere; it is what others have to beat, and exact where the answer is a law between values.
    """

    capabilities = Capabilities(domains=("grid", "cloud"), resolutions="same")

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        self.settings, self.problem = settings, problem
        domain, fields = problem.target.domain, len(problem.channels) - len(problem.placing)
        if settings.coordinates:
            fields += coordinate_count(problem.boundary, 1) if isinstance(domain, Grid) else domain.dimensions
        widths = [fields, *[settings.hidden_channels] * settings.n_layers, len(problem.target.fields)]
        last = settings.n_layers
        self.layers = nn.ModuleList(
            Layer(Pointwise(*sizes, self.layout), activation=None if place == last else "gelu")
            for place, sizes in enumerate(pairwise(widths))
        )
        self.order = tuple(range(len(self.layers)))

    def enter(self, given: Tensor) -> Tensor:
        """Return the values at the points, and their coordinates where asked for."""
        placing = len(self.problem.placing)
        if placing:
            values, coordinates = given[..., placing:], given[..., : placing - 1]
            return torch.cat([values, coordinates], dim=-1) if self.settings.coordinates else values
        return with_places(given, self.problem, self.layout) if self.settings.coordinates else given

    def leave(self, hidden: Tensor, given: Tensor) -> Tensor:
        """Return the outputs, which the last layer gave."""
        return hidden
