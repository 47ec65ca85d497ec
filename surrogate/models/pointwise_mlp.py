"""A network at every point by itself: what can be had without looking at any other, on a grid or on a cloud.

Shape letters: b batch, c channels, p points, d coordinates, s... space.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from surrogate import registry
from surrogate.capabilities import Capabilities
from surrogate.models._coordinates import coordinate_channels, coordinate_count
from surrogate.models._neural_operator import NeuralOperator
from surrogate.registry import Width
from surrogate.spaces import Grid, Problem


class Settings(registry.Settings):
    """Settings of the pointwise network; with ``coordinates`` it knows where its point lies."""

    hidden_channels: Width
    n_layers: Annotated[int, Field(ge=1, le=64)]
    coordinates: bool


class Model(NeuralOperator):
    """``u(x) = N(a(x), x)``: the same small network at every point, so the same map on any grid and on any cloud.

    It is no match for an equation, whose solution at a point depends on the data everywhere; it is what others have to
    beat, and exact where the answer is a law between values.
    """

    capabilities = Capabilities(domains=("grid", "cloud"), resolutions="same")

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        self.problem = problem
        self.coordinates = settings.coordinates
        domain, width = problem.target.domain, settings.hidden_channels
        places = coordinate_count(problem.boundary, 1) if isinstance(domain, Grid) else domain.dimensions
        given = len(problem.channels) - len(problem.placing) + (places if self.coordinates else 0)
        widths = [given, *[width] * settings.n_layers, len(problem.target.fields)]
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(widths))

    def forward(self, fields: Tensor) -> Tensor:
        """Map (b, inputs, s...) to (b, outputs, s...)."""
        functions = self.problem.functions(fields)
        hidden = functions.values.movedim(1, -1)
        if self.coordinates:
            place = functions.coordinates
            if place is None:
                grid = self.problem.grid.resized(tuple(fields.shape[2:]))
                place = coordinate_channels(grid, self.problem.boundary, 1).to(fields).movedim(0, -1)
                place = place.expand(fields.shape[0], *place.shape)
            hidden = torch.cat([hidden, place], dim=-1)
        first, *others = self.layers
        hidden = first(hidden)
        for layer in others:
            hidden = layer(F.gelu(hidden))
        return hidden.movedim(-1, 1)
