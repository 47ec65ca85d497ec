"""Multigrid V-cycle with learned stencils, ``u <- u + S (f - A u)`` on every grid: the whole grid in O(N) work.

Shape letters: b batch, f channels of the right-hand side, u channels of the solution, s... space, k... kernel.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

from torch import Tensor, nn

from surrogate.multigrid import v_cycle
from surrogate.operators.operator import Operator
from surrogate.operators.padding import Rules
from surrogate.operators.stencil import Interpolation, Stencil

Points = tuple[int, ...]
# A right-hand side f, and what to start from: a guess of u, or None, which is zero.
Guessed = tuple[Tensor, Tensor | None]


@dataclass(frozen=True)
class CycleShape:
    """The shape of a V-cycle, one entry per level from the finest to the coarsest.

    Attributes:
        pre: smoothing steps on the way down, at least 1 each.
        post: smoothing steps on the way up; on the coarsest level they follow the steps of ``pre``.
        restrict: what the next level solves for: the restricted ``data`` f, or the restricted ``residual`` f - A u.
        coarse_init: what it starts from: the restricted solution (``restrict``), or ``zero``.
        transfers: ``padded`` keeps every second point from the first on (n to ceil(n/2) points); ``unpadded`` from the
            second on, as interior nodes of a Dirichlet problem have it (n to (n - 1)/2, rounded down).
    """

    pre: tuple[int, ...]
    post: tuple[int, ...]
    restrict: Literal["data", "residual"]
    coarse_init: Literal["restrict", "zero"]
    transfers: Literal["padded", "unpadded"]

    def __post_init__(self) -> None:
        if not self.pre or len(self.pre) != len(self.post):
            raise ValueError(f"pre- and post-smoothing need one entry per level, got {self.pre} and {self.post}")
        if min(self.pre) < 1 or min(self.post) < 0:
            raise ValueError(f"every level needs a pre-smoothing step, got {self.pre} and {self.post}")


def level_points(points: Sequence[int], rules: Rules, shape: CycleShape) -> tuple[Points, ...]:
    """Return the points along each axis of every level, the finest first.

    Raises:
        ValueError: a level would have no points left, or a single one where the boundary rule needs a neighbour.
    """
    grids = [tuple(points)]
    for _ in shape.pre[1:]:
        grids.append(tuple((n + 1) // 2 if shape.transfers == "padded" else (n - 1) // 2 for n in grids[-1]))
    fewest = (2 if "reflect" in sides or "circular" in sides else 1 for sides in rules)
    if any(n < least for n, least in zip(grids[-1], fewest, strict=True)):
        raise ValueError(f"a grid of {tuple(points)} points is too coarse for {len(shape.pre)} levels")
    return tuple(grids)


class VCycle(Operator):
    """Map right-hand sides f to solutions u by one V-cycle without any nonlinearity or bias.

    On each level ``u <- u + S (f - A u)``, then the coarser level is solved for (see :class:`CycleShape`) and its
    solution added, ``u <- u + P u_coarse``, then smoothed again. Every smoothing step owns its A (u to f channels)
    and S (f to u channels); all are dense stencils of 3 points a side. A step that starts from zero is ``u <- S f``
    and has no A. Where the residual is restricted its A is a stencil of its own.

    No stencil is bound to the grid; that of an interpolation has a size that suits it best (see
    :class:`surrogate.operators.stencil.Interpolation`).

    With the five-point stencil, damped Jacobi, full weighting, bilinear interpolation, ``restrict="residual"`` and
    ``coarse_init="zero"``, this is the textbook multigrid solver.

    Source: He, Liu, Xu (2024), MgNO, arXiv:2310.19809, algorithm 1; the parity rule is the one of its released code.

    Args:
        channels_in: channels of the right-hand side.
        channels_out: channels of the solution.
        points: points of the finest grid along each axis, from which the sizes of the interpolation stencils follow.
        rules: the ghost rule of every stencil on every level.
        shape: levels, smoothing steps and transfers.
    """

    def __init__(
        self, channels_in: int, channels_out: int, points: Sequence[int], rules: Rules, shape: CycleShape
    ) -> None:
        super().__init__(channels_in, channels_out, "first")
        self.shape = shape
        self.rules = rules
        grids = level_points(points, rules, shape)
        # A level that starts from zero has no A to apply in its first step.
        guessed = [depth > 0 and shape.coarse_init == "restrict" for depth in range(len(grids))]

        def smoothing(steps: int, guessed: bool) -> nn.ModuleList:
            makes = (_Smoothing(channels_in, channels_out, rules, guessed or step > 0) for step in range(steps))
            return nn.ModuleList(makes)

        self.before = nn.ModuleList(smoothing(n, has) for n, has in zip(shape.pre, guessed, strict=True))
        self.after = nn.ModuleList(smoothing(n, True) for n in shape.post)
        self.transfers = nn.ModuleList(_Transfer(channels_in, channels_out, fine, rules, shape) for fine in grids[:-1])

    def forward(self, field: Tensor) -> Tensor:
        """Map (b, channels_in, s...) to (b, channels_out, s...).

        Raises:
            ValueError: the grid has not enough points for the levels.
        """
        level_points(field.shape[2:], self.rules, self.shape)
        # The coarsest grid has steps of both kinds, and no transfers.
        parts = zip(self.before, self.after, self.transfers, strict=False)
        levels = [_LearnedLevel(*cast("tuple[nn.ModuleList, nn.ModuleList, _Transfer]", part)) for part in parts]
        return v_cycle(levels, self._coarsest, (field, None))

    def add_nothing(self, new: Collection[str]) -> None:
        """Let the levels below the coarsest of a smaller cycle, all of whose weights are new, correct nothing yet."""
        for level, transfer in enumerate(self.transfers):
            if f"transfers.{level}.interpolation.weight" in new:
                nn.init.zeros_(cast(_Transfer, transfer).interpolation.weight)

    def _coarsest(self, problem: Guessed) -> Tensor:
        before, after = (cast(nn.ModuleList, steps[-1]) for steps in (self.before, self.after))
        return _smoothed(after, problem[0], _smoothed(before, *problem))


class _LearnedLevel(NamedTuple):
    """A grid of the cycle; its problem is a right-hand side and a first guess of the solution."""

    pre: nn.ModuleList
    post: nn.ModuleList
    transfer: _Transfer

    def before(self, problem: Guessed) -> Tensor:
        return _smoothed(self.pre, *problem)

    def down(self, problem: Guessed, field: Tensor) -> Guessed:
        return self.transfer.down(problem[0], field)

    def up(self, field: Tensor, coarse: Tensor) -> Tensor:
        return self.transfer.interpolation(coarse, field.shape[2:]).add_(field)

    def after(self, problem: Guessed, field: Tensor) -> Tensor:
        return _smoothed(self.post, problem[0], field)


def _smoothed(steps: nn.ModuleList, data: Tensor, field: Tensor | None) -> Tensor:
    for step in steps:
        field = step(data, field)
    return cast(Tensor, field)


class _Transfer(nn.Module):
    """The stencils between a level and the next coarser one."""

    def __init__(self, channels_in: int, channels_out: int, fine: Points, rules: Rules, shape: CycleShape) -> None:
        super().__init__()
        padded = shape.transfers == "padded"
        three, ghosts = (3,) * len(fine), rules if padded else None
        self.operator = self.restrict_solution = None
        if shape.restrict == "residual":
            self.operator = Stencil(channels_out, channels_in, three, rules)
        self.restrict_data = Stencil(channels_in, channels_in, three, ghosts, stride=2)
        if shape.coarse_init == "restrict":
            self.restrict_solution = Stencil(channels_out, channels_out, three, ghosts, stride=2)
        self.interpolation = Interpolation(channels_out, channels_out, fine, rules, offset=1 if padded else 0)

    def down(self, data: Tensor, solution: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the right-hand side and the first guess of the coarser level."""
        if self.operator is not None:
            data = data - self.operator(solution)
        guess = None if self.restrict_solution is None else self.restrict_solution(solution)
        return self.restrict_data(data), guess


class _Smoothing(nn.Module):
    """``u + S (f - A u)``, or ``S f`` for the step that starts from zero and so has no A."""

    def __init__(self, channels_in: int, channels_out: int, rules: Rules, guessed: bool) -> None:
        super().__init__()
        three = (3,) * len(rules)
        self.operator = Stencil(channels_out, channels_in, three, rules) if guessed else None
        self.smoother = Stencil(channels_in, channels_out, three, rules)

    def forward(self, data: Tensor, guess: Tensor | None) -> Tensor:
        if guess is None or self.operator is None:
            return self.smoother(data)
        return self.smoother(data - self.operator(guess)).add_(guess)
