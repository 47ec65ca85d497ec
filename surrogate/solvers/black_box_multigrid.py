"""Black-box multigrid for five-point stencils with any positive coefficients, batched, on any number of points.

Shape letters: b batch, n and m points along x and y. Fields are ``(b, n, m)`` outside, ``(b, 4, s)`` by colours inside
(``four_colours.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import pad

from surrogate.errors import SolverError
from surrogate.multigrid import v_cycle
from surrogate.solvers.conjugate_gradient import Map, conjugate_gradient
from surrogate.solvers.four_colours import ALONG_X, ALONG_Y, CENTRE, CORNER, Link, apply
from surrogate.solvers.galerkin import Coarsening, NinePoints, coarsen
from surrogate.solvers.sparse_direct import solve_directly

# The order in which the colours are relaxed before the coarser grid; after it, backwards.
ORDER = (ALONG_X, ALONG_Y, CORNER, CENTRE)
# A grid with no more points is solved by its inverse, in float64.
COARSEST = 50
MAX_ITERATIONS = 100

# base + weight * taken -> target, with target = base or weight * taken where base is None
Step = tuple[Tensor, Tensor | None, Tensor, Tensor]


@dataclass(frozen=True)
class FivePoints:
    """A conservative five-point operator: fluxes through faces, ``u = 0`` beyond the walls.

    ``(A u)_c = sum over the four faces of c of conductance * (u_c - u_neighbour)``. ``x`` holds the conductances
    of the faces across x, walls included, ``(b, n + 1, m)``; ``y`` those across y, ``(b, n, m + 1)``; ``diagonal``
    is their sum for each cell, ``(b, n, m)``.
    """

    x: Tensor
    y: Tensor
    diagonal: Tensor

    @classmethod
    def from_faces(cls, x: Tensor, y: Tensor) -> FivePoints:
        """Return the stencil of given face conductances."""
        return cls(x, y, x[:, 1:] + x[:, :-1] + y[:, :, 1:] + y[:, :, :-1])

    def of(self, samples: Tensor) -> FivePoints:
        """Return the stencil of some samples of the batch."""
        return FivePoints(self.x[samples], self.y[samples], self.diagonal[samples])

    def __call__(self, field: Tensor) -> Tensor:
        """Return ``A u`` for ``u`` of shape ``(b, n, m)``, differentiable in both."""
        result = self.diagonal * field
        result[:, 1:].addcmul_(self.x[:, 1:-1], field[:, :-1], value=-1)
        result[:, :-1].addcmul_(self.x[:, 1:-1], field[:, 1:], value=-1)
        result[:, :, 1:].addcmul_(self.y[:, :, 1:-1], field[:, :, :-1], value=-1)
        result[:, :, :-1].addcmul_(self.y[:, :, 1:-1], field[:, :, 1:], value=-1)
        return result


def solve_stencil(stencil: FivePoints, right: Tensor, tolerance: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return the solutions of ``A u = right``, ``(b, n, m)``, the residuals reached and the iterations, ``(b,)``.

    Conjugate gradients in float64, preconditioned by one V-cycle in float32. Where these do not arrive, as where every
    cell draws its own of two values that are 1e6 apart, a sparse factorisation does. The residual is relative to
    ``right``, in the Euclidean norm.

    Args:
        stencil: symmetric and positive definite: no conductance is negative, and some wall lets through.
        right: shape ``(b, n, m)``, float64.
        tolerance: of the relative residual of each sample, or what rounding leaves of it.

    Raises:
        SolverError: a sample misses the tolerance.
    """
    cycle = BlackBoxCycle(stencil)

    def narrowed(samples: Tensor) -> tuple[Map, Map]:
        some = BlackBoxCycle(stencil.of(samples))
        return some.operator, some

    def direct(sample: int) -> Tensor:
        alone = (stencil.diagonal, stencil.x[:, 1:-1], stencil.y[:, :, 1:-1], right)
        solution = solve_directly(*(part[sample].cpu().numpy() for part in alone))
        return cycle.layout.split(torch.from_numpy(solution).to(right)[None])[0]

    field, reached, iterations = conjugate_gradient(
        cycle.operator,
        cycle,
        cycle.layout.split(right),
        tolerance,
        MAX_ITERATIONS,
        narrowed=narrowed,
        rounding=cycle.rounding,
        direct=direct,
    )
    return cycle.layout.join(field), reached, iterations


class BlackBoxCycle:
    """One V-cycle from zero, an approximation of ``A^-1``: symmetric and positive definite, in float32.

    Gauss-Seidel over the four colours before the coarser grid and backwards after it, the interpolation of Dendy and
    the Galerkin product with it. Every level is scaled to a diagonal of one, so that jumps of the coefficients by many
    orders of magnitude leave numbers that float32 can hold. All views and buffers are made once.
    """

    def __init__(self, stencil: FivePoints) -> None:
        points = NinePoints(stencil.diagonal, pad(stencil.x[:, 1:-1], (0, 0, 0, 1)), pad(stencil.y[:, :, 1:-1], (0, 1)))
        finest = coarsen(points)
        self.layout, self.diagonal, self.links = finest.layout, finest.diagonal, finest.links
        self.scale = finest.diagonal.rsqrt()
        self.levels = [_Level(finest)]
        while self.levels[-1].coarse[0].numel() > COARSEST:
            self.levels.append(_Level(coarsen(self.levels[-1].stencil)))
        for finer, level in pairwise(self.levels):
            finer.join(level)
        coarsest = self.levels[-1].stencil
        unit = coarsest.diagonal.flatten(1).rsqrt()
        matrix = coarsest.matrix() * unit[:, :, None] * unit[:, None]
        factor, failed = torch.linalg.cholesky_ex(matrix)
        if bool(failed.any()):
            raise SolverError(
                "multigrid: the stencil is not positive definite, or its numbers differ by more than 1e12"
            )
        self.inverse = torch.cholesky_inverse(factor).float()

    def operator(self, colours: Tensor) -> Tensor:
        """Return ``A u`` for ``u`` by colours, ``(b, 4, s)``, in float64."""
        return apply(self.diagonal, self.links, colours)

    def rounding(self, colours: Tensor) -> Tensor:
        """Return the Euclidean norm of the residual that rounding ``u`` to float64 leaves, ``(b,)``."""
        return (2 * self.diagonal * colours).flatten(1).norm(dim=1) * torch.finfo(colours.dtype).eps

    def __call__(self, right: Tensor) -> Tensor:
        """Return the cycle applied to ``right``, ``(b, 4, s)``, in its precision."""
        scaled = torch.mul(right, self.scale, out=self.levels[0].right)
        return v_cycle(self.levels, self._coarsest, scaled) * self.scale

    def _coarsest(self, right: Tensor) -> Tensor:
        return right.copy_((self.inverse * right.flatten(1)[:, None]).sum(2).view_as(right))


class _Level:
    """A grid of the cycle: its buffers, where its problem and its solution lie, and what is done on them, in order."""

    def __init__(self, made: Coarsening) -> None:
        self.stencil, self.layout = made.coarse, made.layout
        scale = made.diagonal.rsqrt()
        coarse_scale = made.coarse.diagonal.rsqrt()
        self.right = torch.zeros_like(scale, dtype=torch.float32)
        self.field = torch.zeros_like(self.right)
        self.residual = torch.zeros_like(self.right)
        self.coarse = torch.zeros_like(coarse_scale, dtype=torch.float32)
        links = [_scaled(link, scale) for link in made.links]
        nine = any({link.first, link.second} == {CORNER, CENTRE} for link in links)
        transfer = self._transfer(made, scale, coarse_scale.flatten(1), nine)
        row = self.coarse.flatten(1)
        # Views of the same points here and on the coarser grid, and what is handed to the next level.
        self.lower: list[tuple[Tensor, Tensor]] = []
        self.raised: list[tuple[Tensor, Tensor]] = []
        self.handed = self.coarse
        self.sweep: list[Step] = []
        self.restriction: list[Step] = []
        self.interpolation: list[Step] = []
        self.sweep_back: list[Step] = []
        for position, colour in enumerate(ORDER):
            self.sweep += self._relax(links, colour, ORDER[:position])
        for position, colour in enumerate(ORDER):
            self.restriction += _gather(self.residual, self.field, links, colour, ORDER[position + 1 :])
        whole = True
        for colour, shift, weight in transfer:
            length = row.shape[1] - shift
            target = row[:, shift:]
            taken = self.residual[:, colour, :length]
            self.restriction.append((target, None if whole else target, weight, taken))
            whole = False
            own = self.field[:, colour, :length]
            self.interpolation.append((own, own, weight, target))
        for colour in reversed(ORDER):
            self.sweep_back += self._relax(links, colour, ORDER)

    def join(self, coarser: _Level) -> None:
        """Hand what is restricted to the level ``coarser``, by colours, and take its solution."""
        self.lower = coarser.layout.pairs(coarser.right, self.coarse)
        self.raised = coarser.layout.pairs(coarser.field, self.coarse)
        self.handed = coarser.right

    def before(self, right: Tensor) -> Tensor:
        _run(self.sweep)
        return self.field

    def down(self, right: Tensor, field: Tensor) -> Tensor:
        _run(self.restriction)
        for colour, points in self.lower:
            colour.copy_(points)
        return self.handed

    def up(self, field: Tensor, coarse: Tensor) -> Tensor:
        for colour, points in self.raised:
            points.copy_(colour)
        _run(self.interpolation)
        return field

    def after(self, right: Tensor, field: Tensor) -> Tensor:
        _run(self.sweep_back)
        return field

    def _transfer(self, made: Coarsening, scale: Tensor, coarse: Tensor, nine: bool) -> list[tuple[int, int, Tensor]]:
        """Return colour, shift and weight of what a point takes from the coarser grid, and gives to it.

        The centres are left out: their residual is zero, as they are relaxed last, and first on the way back.
        """
        row = made.layout.columns
        terms = []
        parts = [(CORNER, 0, torch.ones_like(coarse))] if nine else []
        parts += [(ALONG_X, 0, made.along_x[0]), (ALONG_X, row, made.along_x[1])]
        parts += [(ALONG_Y, 0, made.along_y[0]), (ALONG_Y, 1, made.along_y[1])]
        for colour, shift, weight in parts:
            length = coarse.shape[1] - shift
            scaled = weight[:, :length] * coarse[:, shift:] / scale[:, colour, :length]
            terms.append((colour, shift, scaled.float()))
        return terms

    def _relax(self, links: list[Link], colour: int, others: tuple[int, ...]) -> list[Step]:
        """Return the steps that solve the equations of ``colour``, given the values of ``others``."""
        steps = _gather(self.field, self.field, links, colour, others)
        own, right = self.field[:, colour], self.right[:, colour]
        if not steps:
            return [(own, None, torch.ones_like(right), right)]
        target, _, weight, taken = steps[0]
        return [(target, right, weight, taken), *steps[1:]]


def _gather(target: Tensor, source: Tensor, links: list[Link], colour: int, others: tuple[int, ...]) -> list[Step]:
    """Return the steps that leave in ``colour`` of ``target`` what ``others`` of ``source`` give it."""
    steps: list[Step] = []
    for link in sorted(links, key=lambda link: max(link.shift, link.other_shift)):
        if link.first == colour and link.second in others:
            own, _, weight = link.ends(target)
            taken = link.ends(source)[1]
        elif link.second == colour and link.first in others:
            own, weight = link.ends(target)[1:]
            taken = link.ends(source)[0]
        else:
            continue
        steps.append((own, own if steps else None, weight, taken))
    return steps


def _run(steps: list[Step]) -> None:
    for target, base, weight, taken in steps:
        if base is None:
            torch.mul(weight, taken, out=target)
        else:
            torch.addcmul(base, weight, taken, out=target)


def _scaled(link: Link, scale: Tensor) -> Link:
    first, second, weight = link.ends(scale)
    scaled = torch.zeros_like(link.weight, dtype=torch.float32)
    torch.mul(weight * first, second, out=scaled[:, : weight.shape[1]])
    return Link(link.first, link.shift, link.second, link.other_shift, scaled)
