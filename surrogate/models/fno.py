"""Fourier neural operator: layers of a spectral and a pointwise operator between a lifting and a projection.

Inside, fields have their channels last, so that a matrix between channels is one product.
Shape letters: b batch, c channels, h hidden channels, s... space.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from surrogate import registry
from surrogate.capabilities import Capabilities
from surrogate.models._coordinates import coordinate_count, with_places
from surrogate.models._layer import ChannelMLP, Layer, Mixing
from surrogate.models._spectral_box import cropped, dynamic_cells, extended, extension, modes_along
from surrogate.models._stack import Stack
from surrogate.operators.operator import Sum
from surrogate.operators.pointwise import Pointwise
from surrogate.operators.spectral import Spectral
from surrogate.operators.trigonometric import Basis, Trigonometric, boundary_bases, most_waves
from surrogate.registry import Depth, Width
from surrogate.spaces import Grid, Problem

Ratio = Annotated[float, Field(gt=0)]


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


class Model(Stack):
    """``v <- gelu(F^-1(R F v) + W v + b)`` on lifted channels; the last layer bends nothing.

    The neuron whose operators are a spectral and a pointwise one. With channel mixing it is
    ``v <- gelu(M(F^-1(R F v) + W v + b) + g v)``. The same weights act on every grid that holds the kept frequencies.

    Source: Li et al. (2021), Fourier Neural Operator, arXiv:2010.08895, sections 3 and 4; channel mixing and the
    padding of non-periodic domains by a fraction as later versions of it have them.
    """

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        self.settings, self.problem = settings, problem
        bases = chosen_bases(settings, problem)
        self.modes = kept_waves(chosen_modes(settings, problem.grid), bases, problem.grid)
        self.waves = None if set(bases) == {"fourier"} else (bases, problem.grid.placement)
        self.fraction = settings.domain_padding if settings.basis == "fourier" else 0.0
        # Waves of a box with walls are fitted to its points, which a graph for any grid does not know.
        cells = dynamic_cells(problem.boundary, self.fraction) if self.waves is None else None
        self.capabilities = Capabilities(resolutions="same", blocks=("layers",), dynamic_cells=cells)
        width, depth = settings.hidden_channels, settings.n_layers
        places = coordinate_count(problem.boundary, 1) if settings.positional_embedding else 0
        self.lifting = ChannelMLP(len(problem.channels) + places, self.times(settings.lifting_channel_ratio), width)
        self.layers = nn.ModuleList(self.layer(width, last=place == depth - 1) for place in range(depth))
        self.order = tuple(range(depth))
        self.projection = ChannelMLP(width, self.times(settings.projection_channel_ratio), len(problem.target.fields))

    def layer(self, channels: int, last: bool) -> Layer:
        """Return a neuron from so many channels to the hidden ones."""
        width = self.settings.hidden_channels
        return Layer(
            Sum(
                Spectral(channels, width, self.modes, self.layout)
                if self.waves is None
                else Trigonometric(channels, width, self.modes, *self.waves, self.layout),
                Pointwise(channels, width, self.layout),
            ),
            activation=None if last else "gelu",
            mixing=self.mixing(),
        )

    def mixing(self) -> Mixing | None:
        """Return what mixes the channels of a layer, None where the settings ask for nothing."""
        expansion = self.settings.channel_mlp_expansion
        return None if expansion is None else Mixing(self.settings.hidden_channels, self.times(expansion))

    def times(self, ratio: float) -> int:
        """Return so many times the hidden channels."""
        return max(1, round(ratio * self.settings.hidden_channels))

    def enter(self, given: Tensor) -> Tensor:
        """Lift the inputs, and their places where asked for, to hidden channels on the extended box."""
        extra = extension(given.shape[1:-1], self.problem.grid, self.problem.boundary, self.fraction)
        if self.settings.positional_embedding:
            given = with_places(given, self.problem, self.layout)
        return extended(self.lifting(given), extra)

    def leave(self, hidden: Tensor, given: Tensor) -> Tensor:
        """Project the hidden channels inside the box to the outputs."""
        answer: Tensor = self.projection(cropped(hidden, given.shape[1:-1]))
        return answer


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
