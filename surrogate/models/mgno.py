"""Multigrid neural operator: layers of a learned multigrid V-cycle and a pointwise operator, nothing else.

Shape letters: b batch, c channels, s... space.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from torch import Tensor, nn

from surrogate import registry
from surrogate.capabilities import Capabilities
from surrogate.errors import SettingsError
from surrogate.models._coordinates import coordinate_count, with_places
from surrogate.models._layer import Layer
from surrogate.models._stack import Stack
from surrogate.operators.operator import Sum
from surrogate.operators.padding import Rules, padding_rules, uniform_rules
from surrogate.operators.pointwise import Pointwise
from surrogate.operators.spectral import Spectral
from surrogate.operators.v_cycle import CycleShape, VCycle, level_points
from surrogate.registry import Depth, Width
from surrogate.spaces import Problem

Count = Annotated[int, Field(ge=0)]


class Settings(registry.Settings):
    """Settings of the multigrid neural operator.

    ``levels`` null follows from the grid, so that the coarsest has 4 to 16 points along its shorter axis. Smoothing
    steps are counted per level from the finest; null is 1 before on every level, 2 on the coarsest, and none after.
    ``pointwise`` adds a matrix between channels, with a bias, to every V-cycle; ``restrict``, ``coarse_init`` and
    ``transfers`` are those of :class:`surrogate.operators.v_cycle.CycleShape`.

    ``padding`` is what stencils see beyond the box: the ``boundary`` of the data, or one rule on every side.
    ``n_modes`` adds the convolution of a Fourier neural operator to every V-cycle (null: none): the frequencies 0 ..
    n_modes - 1 of every axis, the box taken as periodic. ``residual`` adds what enters a layer, after the first, to
    what leaves it. ``shared`` gives all layers after the first the same weights. Runs of the first version name none
    of the four.
    """

    hidden_channels: Width
    n_layers: Depth
    levels: Depth | None
    pre_smoothing: tuple[Width, ...] | None
    post_smoothing: tuple[Count, ...] | None
    pointwise: bool
    restrict: Literal["data", "residual"]
    coarse_init: Literal["restrict", "zero"]
    transfers: Literal["padded", "unpadded"]
    positional_embedding: bool
    padding: Literal["boundary", "zeros", "reflect", "replicate", "circular"] = "boundary"
    n_modes: Width | None = None
    residual: bool = False
    shared: bool = False


class Model(Stack):
    """``h <- gelu(V h + Q h + b)`` from the input channels on, then a matrix to the output channels.

    The neuron whose operators are a V-cycle ``V``, whose stencils see the boundary condition of the data, and a
    pointwise one ``Q``. There is no lifting. The stencils act on any grid with enough points for the levels; what they
    learned is in units of grid points. Where it is asked for, a spectral operator joins the sum, and ``h`` the result.

    Source: He, Liu, Xu (2024), MgNO, arXiv:2310.19809, section 3 and appendix.
    """

    capabilities = Capabilities(resolutions="any", blocks=("layers",))
    layout = "first"

    def __init__(self, settings: Settings, problem: Problem) -> None:
        super().__init__()
        self.settings, self.problem = settings, problem
        self.points, self.rules = problem.grid.points, chosen_rules(settings, problem)
        self.cycle = chosen_cycle(settings, problem)
        self.modes = () if settings.n_modes is None else (settings.n_modes,) * problem.dimensions
        width, depth = settings.hidden_channels, settings.n_layers
        places = coordinate_count(problem.boundary, 1) if settings.positional_embedding else 0
        # Where layers share their weights, the second is used again and again.
        channels = [len(problem.channels) + places] + [width] * ((min(depth, 2) if settings.shared else depth) - 1)
        self.layers = nn.ModuleList(self.layer(entering, first=place == 0) for place, entering in enumerate(channels))
        self.order = tuple(min(place, len(channels) - 1) for place in range(depth))
        self.head = Pointwise(width, len(problem.target.fields), self.layout, bias=False)

    def layer(self, channels: int, first: bool) -> Layer:
        """Return a neuron from so many channels to the hidden ones."""
        width = self.settings.hidden_channels
        return Layer(
            Sum(
                VCycle(channels, width, self.points, self.rules, self.cycle),
                Pointwise(channels, width, self.layout) if self.settings.pointwise else None,
                Spectral(channels, width, self.modes, self.layout) if self.modes else None,
            ),
            activation="gelu",
            residual=self.settings.residual and not first,
        )

    def enter(self, given: Tensor) -> Tensor:
        """Return the inputs, with their places where asked for."""
        return with_places(given, self.problem, self.layout) if self.settings.positional_embedding else given

    def leave(self, hidden: Tensor, given: Tensor) -> Tensor:
        """Return the outputs, a matrix of the hidden channels."""
        answer: Tensor = self.head(hidden)
        return answer


def chosen_rules(settings: Settings, problem: Problem) -> Rules:
    """Return what every stencil sees beyond the box."""
    if settings.padding == "boundary":
        return padding_rules(problem.grid, problem.boundary)
    return uniform_rules(settings.padding, problem.dimensions)


def chosen_cycle(settings: Settings, problem: Problem) -> CycleShape:
    """Return the V-cycle asked for, its levels and smoothing steps completed from the grid.

    Raises:
        SettingsError: the settings do not fit each other or the grid.
    """
    points, rules = problem.grid.points, chosen_rules(settings, problem)
    pre, post = settings.pre_smoothing, settings.post_smoothing
    levels = settings.levels or len(pre or post or ()) or default_levels(min(points))
    pre = pre or (1,) * (levels - 1) + (2,)
    post = post or (0,) * levels
    for name, steps in (("pre_smoothing", pre), ("post_smoothing", post)):
        if len(steps) != levels:
            raise SettingsError(f"model.{name}: got {len(steps)} numbers, expected {levels}, one per level")
    if settings.transfers == "unpadded" and any("circular" in sides for sides in rules):
        raise SettingsError("model.transfers: unpadded transfers drop the ends of an axis, so none may be periodic")
    cycle = CycleShape(pre, post, settings.restrict, settings.coarse_init, settings.transfers)
    try:
        level_points(points, rules, cycle)
    except ValueError as error:
        raise SettingsError(f"model.levels: {error}, expected at most {default_levels(min(points))}") from error
    return cycle


def default_levels(points: int) -> int:
    """Return how many levels a grid of so many points (along its shorter axis) gets: all the published numbers.

    6 for 256, 211 and 128 points, 5 for 101 and 64; 4 for 32, 3 for 16. Larger grids get more, so that the coarsest
    never has more than 16 points.
    """
    halvings = points.bit_length() - 1
    return max(1, min(6, halvings - 1), halvings - 3)
