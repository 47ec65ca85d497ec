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
from surrogate.models._conditioning import Conditioning, conditioning
from surrogate.models._dealiasing import dealiased
from surrogate.models._spectral_box import cropped, dynamic_cells, extended, extension, modes_along
from surrogate.models._stack import Stack
from surrogate.operators.bounded import BoundedSpectral, Contraction
from surrogate.operators.operator import Compose, Operator
from surrogate.operators.pointwise import Pointwise
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


class Model(Stack):
    """``v <- v + W S f(v)``: a function ``f`` of a point first, then the bounded spectral operator ``S`` and a matrix.

    ``S`` comes after what is not linear, so the aliases that ``f`` makes beyond the kept frequencies are removed; the
    output holds no frequency above those at all. Uniform inputs scale and shift the channels inside ``f``.

    Source: McCabe, Harrington, Subramanian, Brown (2023), Towards Stability of Autoregressive Neural Operators,
    arXiv:2306.10619, section 4; without its field of positions, so that the weights fit every grid.
    """

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        self.settings, self.problem = settings, problem
        self.fraction = settings.domain_padding
        self.modes = chosen_modes(settings, problem.grid)
        # The finer grid of each layer has a table of its own, which a graph for any grid does not know.
        cells = dynamic_cells(problem.boundary, self.fraction) if settings.oversampling <= 1 else None
        self.capabilities = Capabilities(resolutions="same", blocks=("layers",), dynamic_cells=cells)
        width, inputs = settings.hidden_channels, len(problem.channels)
        self.gain = math.sqrt(max(1.0, width / inputs))
        self.lifting = self.linear(inputs, width)
        self.filter = BoundedSpectral(width, self.modes, self.layout)
        self.layers = nn.ModuleList(self.layer() for _ in range(settings.n_layers))
        self.order = tuple(range(settings.n_layers))
        self.projection = Pointwise(width, len(problem.target.fields), self.layout)

    def layer(self) -> StableLayer:
        """Return a layer, whose function is made before its operator."""
        width, expansion = self.settings.hidden_channels, self.settings.expansion
        between = max(1, round(expansion * width))
        enter, condition = self.linear(width, between), conditioning(self.problem, between)
        leave = self.linear(between, width)
        operator = Compose(BoundedSpectral(width, self.modes, self.layout), self.linear(width, width))
        return StableLayer(enter, condition, leave, self.settings.oversampling, operator)

    def linear(self, channels_in: int, channels_out: int) -> Pointwise:
        """Return a matrix between channels, held to a norm of at most 1 where the settings ask for it."""
        return (Contraction if self.settings.normalised else Pointwise)(channels_in, channels_out, self.layout)

    def enter(self, given: Tensor) -> Tensor:
        """Lift the inputs to hidden channels on the extended box, in the kept frequencies alone."""
        extra = extension(given.shape[1:-1], self.problem.grid, self.problem.boundary, self.fraction)
        hidden = extended(self.gain * self.lifting(given), extra)
        filtered: Tensor = self.filter(hidden)
        return filtered

    def through(self, layer: nn.Module, hidden: Tensor, given: Tensor) -> Tensor:
        """Return what ``layer`` makes of the hidden functions, the inputs at hand for what is uniform in them."""
        result: Tensor = layer(hidden, given)
        return result

    def leave(self, hidden: Tensor, given: Tensor) -> Tensor:
        """Return the outputs, a matrix of the hidden channels inside the box."""
        answer: Tensor = self.projection(cropped(hidden, given.shape[1:-1]))
        return answer


class StableLayer(nn.Module):
    """``v -> v + A f(v)`` with ``f(v) = W' silu(c(W v + a)) + b`` on a finer grid, and ``A`` linear.

    ``c`` scales and shifts channels by the uniform inputs; it is left out where there are none.
    """

    def __init__(
        self,
        enter: Pointwise,
        condition: Conditioning | None,
        leave: Pointwise,
        oversampling: float,
        operator: Operator,
    ) -> None:
        super().__init__()
        self.enter, self.conditioning, self.leave = enter, condition, leave
        self.oversampling, self.operator = oversampling, operator

    def forward(self, hidden: Tensor, given: Tensor) -> Tensor:
        """Map (b, s..., h) to (b, s..., h), with the normalised inputs (b, s..., inputs) at hand."""

        def function(values: Tensor) -> Tensor:
            entered = self.enter(values)
            if self.conditioning is not None:
                entered = self.conditioning(entered, given)
            left: Tensor = self.leave(F.silu(entered))
            return left

        result: Tensor = hidden + self.operator(dealiased(function, hidden, self.oversampling))
        return result


def chosen_modes(settings: Settings, grid: Grid) -> tuple[int, ...]:
    """Return the frequencies kept per side and axis: those asked for, or what is free of aliasing on the grid.

    Raises:
        SettingsError: they do not fit the grid.
    """
    most = 32 if len(grid.points) < 3 else 8
    free = [min(most, max(1, math.ceil(settings.oversampling * n / 3))) for n in grid.points]
    return modes_along(settings.n_modes, grid, free)
