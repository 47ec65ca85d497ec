"""Fourier neural operator: layers of a spectral and a pointwise operator between a lifting and a projection.

Inside, fields have their channels last, so that a matrix between channels is one product.
Shape letters: b batch, c channels, h hidden channels, s... space.
"""

from __future__ import annotations

from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from surrogate import registry
from surrogate.capabilities import Capabilities
from surrogate.kernels import fourier_layer
from surrogate.kernels.fourier_layer import Mixing
from surrogate.models._coordinates import coordinate_channels, coordinate_count
from surrogate.models._neural_operator import NeuralOperator
from surrogate.models._spectral_box import cropped, dynamic_cells, extended, extension, modes_along
from surrogate.operators.pointwise import matrix, pointwise
from surrogate.operators.spectral import Spectral
from surrogate.operators.trigonometric import Basis, Trigonometric, boundary_bases, most_waves
from surrogate.registry import Depth, Width
from surrogate.spaces import Grid, Placement, Problem

Ratio = Annotated[float, Field(gt=0)]
Waves = tuple[tuple[Basis, ...], tuple[Placement, ...]]


class Settings(registry.Settings):
    """Settings of the Fourier neural operator.

    ``n_modes`` counts the frequencies 0 .. n_modes - 1 kept along an axis beside their negatives: one number for
    every axis, or a list; null keeps all that the grid can hold, but at most 16 in one or two dimensions and 8 in
    three. The ratios and the expansion of the channel mixing (null: no mixing) are relative to
    ``hidden_channels``.

    ``basis`` says what the modes of an axis that is not periodic are: ``fourier`` takes it as periodic after padding by
    ``domain_padding``, a fraction of the domain's length added at its far end; ``boundary`` takes waves that satisfy
    the boundary of the data, and ``cosine`` waves that leave the values at both ends free, as many as Fourier modes
    with their negatives, without padding. Runs of the first version do not name it.
    """

    n_modes: Width | tuple[Width, ...] | None
    hidden_channels: Width
    n_layers: Depth
    lifting_channel_ratio: Ratio
    projection_channel_ratio: Ratio
    channel_mlp_expansion: Ratio | None
    domain_padding: Annotated[float, Field(ge=0, le=1)]
    positional_embedding: bool
    basis: Literal["fourier", "boundary", "cosine"] = "fourier"


class Model(NeuralOperator):
    """``v <- act(W v + F^-1(R F v))`` on lifted channels, with an optional mixing of channels after each layer.

    The same weights act on every grid that holds the kept frequencies.

    Source: Li et al. (2021), Fourier Neural Operator, arXiv:2010.08895, sections 3 and 4; channel mixing and the
    padding of non-periodic domains by a fraction as later versions of it have them.
    """

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        self.problem = problem
        self.bases = chosen_bases(settings, problem)
        self.fraction = settings.domain_padding if settings.basis == "fourier" else 0.0
        self.embedded = settings.positional_embedding
        dimensions, width = problem.dimensions, settings.hidden_channels
        modes = kept_waves(chosen_modes(settings, problem.grid), self.bases, problem.grid)
        waves = None if set(self.bases) == {"fourier"} else (self.bases, problem.grid.placement)
        # Waves of a box with walls are fitted to its points, which a graph for any grid does not know.
        cells = dynamic_cells(problem.boundary, self.fraction) if waves is None else None
        self.capabilities = Capabilities(resolutions="same", blocks=("layers",), dynamic_cells=cells)
        channels = len(problem.channels) + (coordinate_count(problem.boundary, 1) if self.embedded else 0)
        lifted = max(1, round(settings.lifting_channel_ratio * width))
        projected = max(1, round(settings.projection_channel_ratio * width))
        self.lifting = ChannelMLP(channels, lifted, width, dimensions)
        self.layers = nn.ModuleList(
            FourierLayer(width, modes, settings.channel_mlp_expansion, layer == settings.n_layers - 1, waves)
            for layer in range(settings.n_layers)
        )
        self.projection = ChannelMLP(width, projected, len(problem.target.fields), dimensions)

    def forward(self, fields: Tensor) -> Tensor:
        """Map (b, inputs, s...) to (b, outputs, s...), both normalised.

        Raises:
            ValueError: the grid is too coarse to hold the modes.
        """
        space = tuple(fields.shape[2:])
        grid = self.problem.grid.resized(space)
        hidden = fields.movedim(1, -1)
        if self.embedded:
            place = coordinate_channels(grid, self.problem.boundary, 1).to(fields).movedim(0, -1)
            hidden = torch.cat([hidden, place.expand(fields.shape[0], *place.shape)], dim=-1)
        hidden = self.lifting(hidden)
        hidden = extended(hidden, extension(grid, self.problem.boundary, self.fraction))
        for layer in self.layers:
            hidden = layer(hidden)
        return self.projection(cropped(hidden, space)).movedim(-1, 1)


class FourierLayer(nn.Module):
    """One layer, (b, s..., h) to (b, s..., h); the ``last`` one has no activation at its end.

    With mixing, the field that enters is added again, weighted by a learned ``gate`` for each channel. ``waves`` are
    the bases and the placement along each axis where not all are Fourier modes.
    """

    def __init__(
        self, width: int, modes: tuple[int, ...], expansion: float | None, last: bool, waves: Waves | None = None
    ) -> None:
        super().__init__()
        self.last = last
        self.spectral: Spectral | Trigonometric
        if waves is None:
            self.spectral = Spectral(width, width, modes)
        else:
            self.spectral = Trigonometric(width, width, modes, *waves)
        self.pointwise = pointwise(width, width, len(modes), bias=True)
        self.mixing = None
        if expansion is not None:
            self.mixing = ChannelMLP(width, max(1, round(expansion * width)), width, len(modes))
            self.gate = nn.Parameter(torch.ones(width, *(1 for _ in modes)))

    def forward(self, field: Tensor) -> Tensor:
        weight, bias = matrix(self.pointwise)
        mixing = None if self.mixing is None else Mixing(*self.mixing.matrices(), self.gate.flatten())
        if self.spectral.by_products(field.device) and fourier_layer.applies(field):
            self.spectral.check(field.shape[1:-1])
            tables = self.spectral.tables(field)
            return fourier_layer.fourier_layer(field, tables, self.spectral.mix, weight, bias, mixing, self.last)
        convolved = self.spectral.channels_last(field)
        return fourier_layer.plain_layer(field, convolved, weight, bias, mixing, self.last)


class ChannelMLP(nn.Module):
    """Two pointwise matrices with a GELU between, (b, s..., c) to (b, s..., c)."""

    def __init__(self, channels_in: int, hidden: int, channels_out: int, dimensions: int) -> None:
        super().__init__()
        self.enter = pointwise(channels_in, hidden, dimensions, bias=True)
        self.leave = pointwise(hidden, channels_out, dimensions, bias=True)

    def forward(self, field: Tensor) -> Tensor:
        mlp = fourier_layer.channel_mlp if fourier_layer.applies(field) else fourier_layer.plain_mlp
        return mlp(field, *self.matrices())

    def matrices(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return both matrices, (o, i), each with its constants, (o,)."""
        return *matrix(self.enter), *matrix(self.leave)


def chosen_modes(settings: Settings, grid: Grid) -> tuple[int, ...]:
    """Return the frequencies kept per side and axis: those asked for, or the default of the grid.

    Raises:
        SettingsError: they do not fit the grid.
    """
    dimensions = len(grid.points)
    return modes_along(settings.n_modes, grid, (16 if dimensions < 3 else 8,) * dimensions)


def chosen_bases(settings: Settings, problem: Problem) -> tuple[Basis, ...]:
    """Return the waves along each axis."""
    if settings.basis == "boundary":
        return boundary_bases(problem.boundary)
    free: Basis = "cosine" if settings.basis == "cosine" else "fourier"
    return tuple("fourier" if periodic else free for periodic in problem.boundary.periodic)


def kept_waves(modes: tuple[int, ...], bases: tuple[Basis, ...], grid: Grid) -> tuple[int, ...]:
    """Return the modes, and where they are no Fourier modes as many waves as these have with their negatives."""
    axes = zip(modes, bases, grid.placement, grid.points, strict=True)
    return tuple(
        m if basis == "fourier" else min(2 * m - 1, most_waves(basis, where, n)) for m, basis, where, n in axes
    )
