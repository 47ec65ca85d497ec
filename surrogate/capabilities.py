"""What a model, or what is made of one, can do: said once, in one record, and read by whoever has to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# On which grids fields are taken: the training data's "own", "any" with enough points, or "any" as one map between
# functions ("same"), rather than as maps between grids that fit other grids too.
Resolutions = Literal["own", "any", "same"]


@dataclass(frozen=True)
class Capabilities:
    """What a neural operator declares of itself.

    Attributes:
        domains: the kinds of domain that its functions may live on.
        resolutions: on which grids it takes fields, see :data:`Resolutions`.
        observations: whether it takes sources that are several functions in no order.
        any_points: whether it answers at any points of the target's domain, by ``at``.
        prepared_from: from how many training pairs, evenly spaced, it takes something (a basis) by ``prepare`` before
            it learns; 0: there is nothing to take.
        blocks: the names of its parts, modules or lists of them, that are computed again and cut up as one.
        dynamic_cells: for each axis, the number of whose multiples of cells a single graph of it takes; None: a graph
            is tied to its grid.
    """

    domains: tuple[Literal["grid", "cloud"], ...] = ("grid",)
    resolutions: Resolutions = "own"
    observations: bool = False
    any_points: bool = False
    prepared_from: int = 0
    blocks: tuple[str, ...] = ()
    dynamic_cells: tuple[int, ...] | None = None

    @property
    def any_grid(self) -> bool:
        """Whether fields on another grid than the training data's are taken."""
        return self.resolutions != "own"

    @property
    def same_on_any_grid(self) -> bool:
        """Whether it is one map between functions there, rather than one between grids that fits other grids too."""
        return self.resolutions == "same"
