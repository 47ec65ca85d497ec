"""Linear operators between function spaces, their sums and their compositions.

Shape letters: b batch, c channels, s... space.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Collection
from itertools import pairwise
from typing import Literal, NamedTuple, Self, cast

from torch import Tensor, nn

from surrogate.capabilities import Resolutions

# Where a batch of functions has its channels: "first", (b, c, s...), or "last", (b, s..., c).
Layout = Literal["first", "last"]
_ORDER: tuple[Resolutions, ...] = ("own", "any", "same")


class WeightAxis(NamedTuple):
    """What stands along an axis of a weight.

    Attributes:
        what: channels, or waves or points of a stencil, which have ``names``.
        names: of the places, the same ones in an operator of more or fewer of them; None for channels.
        summed: whether what the operator gives is a sum over the axis, so that zeros at a new place change nothing.
    """

    what: Literal["channels", "waves", "points", "parts"]
    names: tuple[int | str, ...] | None = None
    summed: bool = False


CHANNELS_IN, CHANNELS_OUT = WeightAxis("channels", summed=True), WeightAxis("channels")
# A matrix between channels with its constants.
MATRIX = {"weight": (CHANNELS_OUT, CHANNELS_IN), "bias": (CHANNELS_OUT,)}


class Operator(nn.Module, ABC):
    """A linear map between functions on a domain, up to a constant: ``A(u) - A(0)`` is linear in u.

    What it returns is its own: not its input, nor a view of it.

    Attributes:
        channels_in: of the functions that it takes.
        channels_out: of those that it gives.
        layout: where both have their channels.
        domains: the kinds of domain they may live on.
        resolutions: on which grids it acts, and whether it is one map between functions on all of them; see
            :data:`surrogate.capabilities.Resolutions`.
    """

    domains: tuple[Literal["grid", "cloud"], ...] = ("grid",)
    resolutions: Resolutions = "any"

    def __init__(self, channels_in: int, channels_out: int, layout: Layout) -> None:
        super().__init__()
        self.channels_in, self.channels_out, self.layout = channels_in, channels_out, layout

    @abstractmethod
    def forward(self, field: Tensor) -> Tensor:
        """Return ``A u``."""

    def adjoint(self) -> Operator | None:
        """Return ``A*`` with ``<A u - A 0, v> = <u, A* v>`` in L2 on equally spaced points, None where none is known.

        Its weights are copies of those that the operator has now.
        """
        return None

    def axes(self) -> dict[str, tuple[WeightAxis, ...]]:
        """Return what stands along the axes of its own weights, by the names of these: none where that is not known."""
        return {}

    def add_nothing(self, new: Collection[str]) -> None:
        """Make the weights named ``new``, beside those of a smaller operator, add nothing to it, where they can."""

    def _turned(self) -> Self:
        """Return a copy from the functions that it gives to those that it takes, whose weights are to be set."""
        other = copy.deepcopy(self)
        other.channels_in, other.channels_out = self.channels_out, self.channels_in
        return other


class _Several(Operator):
    """Operators in a row, numbered by their places; a place may be empty."""

    def __init__(self, channels_in: int, channels_out: int, operators: tuple[Operator | None, ...]) -> None:
        parts = [operator for operator in operators if operator is not None]
        if len({part.layout for part in parts}) != 1:
            raise ValueError(f"expected operators of one layout, got {[part.layout for part in parts]}")
        super().__init__(channels_in, channels_out, parts[0].layout)
        self.domains = tuple(kind for kind in parts[0].domains if all(kind in part.domains for part in parts))
        self.resolutions = min((part.resolutions for part in parts), key=_ORDER.index)
        for place, operator in enumerate(operators):
            if operator is not None:
                self.add_module(str(place), operator)

    @property
    def operators(self) -> list[Operator]:
        """The operators, in order."""
        return list(self._modules.values())  # type: ignore[arg-type]

    def __getitem__(self, place: int) -> Operator:
        """Return the operator that was given at ``place``."""
        return cast(Operator, self.get_submodule(str(place)))


class Sum(_Several):
    """``u -> sum_k A_k u``, added in order, into what the first operator gives.

    Args:
        operators: of the same channels and layout; None is a term that is left out, whose place stays empty.

    Raises:
        ValueError: they have not the same channels and layout.
    """

    def __init__(self, *operators: Operator | None) -> None:
        channels = {(part.channels_in, part.channels_out) for part in operators if part is not None}
        if len(channels) != 1:
            raise ValueError(f"expected operators between the same channels, got {sorted(channels)}")
        super().__init__(*channels.pop(), operators)

    def forward(self, field: Tensor) -> Tensor:
        first, *others = self.operators
        total: Tensor = first(field)
        for operator in others:
            total = total.add_(operator(field))
        return total

    def adjoint(self) -> Sum | None:
        adjoints = [operator.adjoint() for operator in self.operators]
        return None if None in adjoints else Sum(*adjoints)


class Compose(_Several):
    """``u -> A_n ... A_2 A_1 u``: the operators act in the order in which they are given.

    Raises:
        ValueError: one does not take what the one before gives.
    """

    def __init__(self, *operators: Operator) -> None:
        for one, other in pairwise(operators):
            if one.channels_out != other.channels_in:
                raise ValueError(f"{one.channels_out} channels cannot be taken for {other.channels_in}")
        super().__init__(operators[0].channels_in, operators[-1].channels_out, operators)

    def forward(self, field: Tensor) -> Tensor:
        for operator in self.operators:
            field = operator(field)
        return field

    def adjoint(self) -> Compose | None:
        adjoints = [operator.adjoint() for operator in reversed(self.operators)]
        return None if None in adjoints else Compose(*[each for each in adjoints if each is not None])
