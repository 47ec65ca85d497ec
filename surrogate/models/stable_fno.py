"""A Fourier neural operator that can be applied to its own output for long: bounded, dealiased, normalised.

Shape letters: b batch, c channels, h hidden channels, s... space.
"""

from __future__ import annotations

import math
from typing import Annotated

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from surrogate import registry
from surrogate.capabilities import Capabilities
from surrogate.models._conditioning import conditioning
from surrogate.models._neural_operator import NeuralOperator
from surrogate.models._spectral_box import cropped, dynamic_cells, extended, extension, modes_along
from surrogate.operators.bounded import BoundedSpectral, Contraction
from surrogate.operators.dealiasing import dealiased
from surrogate.operators.pointwise import matrix, pointwise
from surrogate.registry import Depth, Width
from surrogate.spaces import Grid, Problem

Ratio = Annotated[float, Field(gt=0)]


class Settings(registry.Settings):
    """Settings of the stable Fourier neural operator.

    ``n_modes`` counts the frequencies 0 .. n_modes - 1 that the ball of those kept reaches along an axis; null keeps as
    many as ``oversampling`` times the points of the grid leave free of aliasing by a product, but at most 32 in one or
    two dimensions and 8 in three. ``expansion`` is the width of the function of a point between its two matrices,
    relative to ``hidden_channels``; it acts on a grid with ``oversampling`` times as many points. ``normalised`` holds
    the largest singular value of every matrix but the last to 1. ``domain_padding`` is a fraction of the domain's
    length, added at the far end of each axis that is not periodic.
    """

    n_modes: Width | tuple[Width, ...] | None
    hidden_channels: Width
    n_layers: Depth
    expansion: Ratio
    oversampling: Annotated[float, Field(ge=1)]
    normalised: bool
    domain_padding: Annotated[float, Field(ge=0, le=1)]


class Model(NeuralOperator):
    """``v <- v + W S(f(v))``: a function ``f`` of a point first, then the bounded spectral layer ``S``, then a matrix.

    ``S`` comes after what is not linear, so the aliases that ``f`` makes beyond the kept frequencies are removed; the
    output holds no frequency above those at all. Uniform inputs scale and shift the channels inside ``f``.

    Source: McCabe, Harrington, Subramanian, Brown (2023), Towards Stability of Autoregressive Neural Operators,
    arXiv:2306.10619, section 4; without its field of positions, so that the weights fit every grid.
    """

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        self.problem = problem
        self.fraction = settings.domain_padding
        # The finer grid of each layer has a table of its own, which a graph for any grid does not know.
        cells = dynamic_cells(problem.boundary, self.fraction) if settings.oversampling <= 1 else None
        self.capabilities = Capabilities(resolutions="same", blocks=("layers",), dynamic_cells=cells)
        modes = chosen_modes(settings, problem.grid)
        width, inputs = settings.hidden_channels, len(problem.channels)
        self.gain = math.sqrt(max(1.0, width / inputs))
        linear = Contraction if settings.normalised else Matrix
        self.lifting = linear(inputs, width, len(modes))
        self.filter = BoundedSpectral(width, modes)
        self.layers = nn.ModuleList(Layer(settings, problem, modes) for _ in range(settings.n_layers))
        self.projection = pointwise(width, len(problem.target.fields), len(modes), bias=True)

    def forward(self, fields: Tensor) -> Tensor:
        """Map (b, inputs, s...) to (b, outputs, s...), both normalised.

        Raises:
            ValueError: the grid is too coarse to hold the modes.
        """
        space = tuple(fields.shape[2:])
        hidden = self.gain * self.lifting(fields.movedim(1, -1))
        hidden = extended(hidden, extension(self.problem.grid.resized(space), self.problem.boundary, self.fraction))
        hidden = self.filter.channels_last(hidden)
        for layer in self.layers:
            hidden = layer(hidden, fields)
        return F.linear(cropped(hidden, space), *matrix(self.projection)).movedim(-1, 1)


class Layer(nn.Module):
    """One layer, (b, s..., h) to (b, s..., h), with the normalised inputs at hand for what is uniform in them."""

    def __init__(self, settings: Settings, problem: Problem, modes: tuple[int, ...]) -> None:
        super().__init__()
        width = settings.hidden_channels
        between = max(1, round(settings.expansion * width))
        self.oversampling = settings.oversampling
        linear = Contraction if settings.normalised else Matrix
        self.enter = linear(width, between, len(modes))
        self.conditioning = conditioning(problem, between)
        self.leave = linear(between, width, len(modes))
        self.spectral = BoundedSpectral(width, modes)
        self.mix = linear(width, width, len(modes))

    def forward(self, hidden: Tensor, fields: Tensor) -> Tensor:
        def function(values: Tensor) -> Tensor:
            entered = self.enter(values)
            if self.conditioning is not None:
                entered = self.conditioning(entered, fields)
            return self.leave(F.silu(entered))

        return hidden + self.mix(self.spectral.channels_last(dealiased(function, hidden, self.oversampling)))


def chosen_modes(settings: Settings, grid: Grid) -> tuple[int, ...]:
    """Return the frequencies kept per side and axis: those asked for, or what is free of aliasing on the grid.

    Raises:
        SettingsError: they do not fit the grid.
    """
    most = 32 if len(grid.points) < 3 else 8
    free = [min(most, max(1, math.ceil(settings.oversampling * n / 3))) for n in grid.points]
    return modes_along(settings.n_modes, grid, free)


class Matrix(nn.Module):
    """A matrix between channels at every point, (b, s..., i) to (b, s..., o)."""

    def __init__(self, channels_in: int, channels_out: int, dimensions: int) -> None:
        super().__init__()
        self.matrix = pointwise(channels_in, channels_out, dimensions, bias=True)

    def forward(self, field: Tensor) -> Tensor:
        return F.linear(field, *matrix(self.matrix))
