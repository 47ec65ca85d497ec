"""Conservation laws with shocks: finite volumes on one or two axes, every sample at its own pace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, Protocol

import torch
from torch import Tensor

from surrogate.errors import SolverError
from surrogate.solvers.weno import limited_slope, weno_correction

Scheme = Literal["first_order", "muscl", "weno"]
Side = Literal["periodic", "open", "wall"]
GHOSTS = 3


class Law(Protocol):
    """A system of conservation laws, seen along its first axis; fields are ``(b, c, ..., n)``.

    The conserved fields and the primitive ones, which are positive where they must be, have as many channels. In both
    the channels ``1 ... vectors`` are the components of a vector, one per axis, none where ``vectors`` is 0.
    """

    @property
    def vectors(self) -> int:
        """The number of components of the vector."""

    def primitive(self, conserved: Tensor) -> Tensor:
        """Return the primitive fields."""

    def conserved(self, primitive: Tensor) -> Tensor:
        """Return the conserved fields."""

    def admissible(self, primitive: Tensor) -> Tensor:
        """Return where the fields are physical, ``(b, 1, ...)``."""

    def repaired(self, conserved: Tensor) -> Tensor:
        """Return physical fields near the conserved ones given."""

    def speed(self, primitive: Tensor, axis: int) -> Tensor:
        """Return the speed of the fastest wave along ``axis``, ``(b, ...)``."""

    def flux(self, left: Tensor, right: Tensor) -> Tensor:
        """Return the flux of the conserved fields through faces between two primitive states."""

    def to_waves(self, change: Tensor, left: Tensor, right: Tensor) -> Tensor:
        """Return changes of conserved fields, ``(k, b, c, ...)``, as waves of the linear law between two states."""

    def from_waves(self, waves: Tensor, left: Tensor, right: Tensor) -> Tensor:
        """Return the changes of conserved fields that ``waves`` are."""


@dataclass(frozen=True)
class Method:
    """How a law is solved: cells of size ``spacing`` along each axis, what is beyond the sides, faces, time step.

    ``sides`` are the (low, high) sides of each axis. No wave crosses more than the fraction ``courant`` of a cell in
    a step. ``repair`` replaces what is not physical by what is, where otherwise it is an error.
    """

    spacing: tuple[float, ...]
    sides: tuple[tuple[Side, Side], ...]
    scheme: Scheme
    courant: float
    repair: bool = False


def solve_conservation(law: Law, start: Tensor, times: Sequence[float], method: Method) -> tuple[Tensor, Tensor]:
    """Return the conserved fields at ``times``, ``(b, t, c, s...)``, and the number of steps of each sample, ``(b,)``.

    Solves ``u_t + f(u)_x + g(u)_y = 0`` for means over cells. Every sample has its own time steps: the longest that
    ``method`` allows, equal ones up to the next of ``times``, on which a step ends. Three-stage Runge-Kutta steps keep
    every bound that one Euler step keeps. In space first order, second order (``muscl``) or, on one axis, fifth order
    (``weno``; on two axes second, with small errors), and first order at shocks. Boundaries: periodic; open (the
    last cell goes on for ever); wall (mirrored, the velocity across it reversed).

    Args:
        law: fluxes, and what is physical.
        start: conserved fields at ``times[0]``, means over cells, ``(b, c, s...)``, float64.
        times: increasing.
        method: cells, sides, scheme.

    Raises:
        SolverError: a sample left what is physical; the message holds which, and when.

    Source: Shu, Osher (1988), J. Comput. Phys. 77, 439, equation (2.18); Shu (1998), ICASE report 97-65, procedure
    2.8 (waves of the linear law at each face).
    """
    state = start
    frames = [start]
    steps = torch.zeros(len(start), dtype=torch.int64, device=start.device)
    for begin, end in pairwise(times):
        clock = torch.full((len(start),), begin, dtype=torch.float64, device=start.device)
        while bool((clock < end).any()):
            moving = torch.nonzero(clock < end)[:, 0]
            whole = len(moving) == len(start)
            part = state if whole else state[moving]
            rate = _rate(law, part, method, clock[moving], moving)
            left = end - clock[moving]
            count = torch.ceil(left * rate / method.courant).clamp(min=1)
            part = _step(law, part, left / count, method)
            state = part if whole else state.index_copy(0, moving, part)
            clock = clock.index_copy(0, moving, torch.where(count == 1, end, clock[moving] + left / count))
            steps[moving] += 1
        frames.append(state)
    _rate(law, state, method, torch.full_like(clock, times[-1]), torch.arange(len(start)))
    return torch.stack(frames, dim=1), steps


def _rate(law: Law, state: Tensor, method: Method, clock: Tensor, samples: Tensor) -> Tensor:
    """Return how many cells the fastest wave of each sample crosses per unit of time; no gradient passes."""
    with torch.no_grad():
        primitive = law.primitive(state)
        rates = [law.speed(primitive, axis) / spacing for axis, spacing in enumerate(method.spacing)]
        rate = sum(rates[1:], rates[0]).flatten(1).amax(1)
        good = law.admissible(primitive).flatten(1).all(1) & torch.isfinite(rate)
    if not bool(good.all()):
        worst = int(torch.nonzero(~good)[0, 0])
        raise SolverError(
            f"sample {int(samples[worst])} of the batch: a density, pressure or height is not positive, or a number "
            f"not finite, at time {float(clock[worst]):.4g}; lower equation.courant, or choose equation.scheme=muscl"
        )
    return rate


def _step(law: Law, state: Tensor, step: Tensor, method: Method) -> Tensor:
    """Return the state after one step of ``step``, ``(b,)``: three stages, each a mean of Euler steps."""
    along = step.reshape(-1, *[1] * (state.ndim - 1))

    def euler(before: Tensor) -> Tensor:
        after = before + along * tendency(law, before, method)
        return law.repaired(after) if method.repair else after

    first = euler(state)
    second = (3 * state + euler(first)) / 4
    return (state + 2 * euler(second)) / 3


def tendency(law: Law, state: Tensor, method: Method) -> Tensor:
    """Return the rate of change of the means ``state``, ``(b, c, s...)``: what flows in, less what flows out."""
    changes = []
    for axis, (spacing, sides) in enumerate(zip(method.spacing, method.sides, strict=True)):
        rows = _turned(law, state, axis)
        left, right = _faces(law, _extended(law, rows, sides), method.scheme)
        flux = law.flux(left, right)
        changes.append(_turned(law, (flux[..., :-1] - flux[..., 1:]) / spacing, axis))
    return sum(changes[1:], changes[0])


def _turned(law: Law, state: Tensor, axis: int) -> Tensor:
    """Return the fields with ``axis`` exchanged with the last one, and its vector component with the first."""
    if axis == state.ndim - 3 and axis == 0:
        return state
    turned = state.transpose(2 + axis, -1)
    if law.vectors and axis > 0:
        order = list(range(state.shape[1]))
        order[1], order[1 + axis] = order[1 + axis], order[1]
        turned = turned[:, order]
    return turned.contiguous()


def _extended(law: Law, rows: Tensor, sides: tuple[Side, Side]) -> Tensor:
    """Return the rows with three more cells beyond each end."""
    low, high = sides
    before, after = rows[..., :GHOSTS], rows[..., -GHOSTS:]
    if low == "periodic":
        return torch.cat((after, rows, before), dim=-1)
    return torch.cat((_beyond(law, before, low, 0), rows, _beyond(law, after, high, -1)), dim=-1)


def _beyond(law: Law, cells: Tensor, side: Side, last: int) -> Tensor:
    if side == "open":
        return cells[..., [last] * GHOSTS]
    mirrored = cells.flip(-1)
    if not law.vectors:
        return mirrored
    return torch.cat((mirrored[:, :1], -mirrored[:, 1:2], mirrored[:, 2:]), dim=1)


def _faces(law: Law, cells: Tensor, scheme: Scheme) -> tuple[Tensor, Tensor]:
    """Return the primitive states left and right of the ``n + 1`` inner faces of the cells ``(b, c, ..., n + 6)``."""
    primitive = law.primitive(cells)
    near = primitive[..., GHOSTS - 1 : 1 - GHOSTS]
    before, after = near[..., :-1], near[..., 1:]
    if scheme == "first_order":
        return before, after
    if scheme == "muscl":
        half = limited_slope(primitive[..., 1:-1].diff(dim=-1)) / 2
        left, right = before + half[..., :-1], after - half[..., 1:]
    else:
        faces = cells.shape[-1] - 2 * GHOSTS + 1
        jumps = cells.diff(dim=-1)
        changes = torch.stack([jumps[..., k : k + faces] for k in range(2 * GHOSTS - 1)])
        waves = law.to_waves(changes, before, after)
        corrections = weno_correction(torch.stack((waves[:4], waves[1:].flip(0)), dim=1))
        forward, backward = law.from_waves(corrections, before, after)
        inner = cells[..., GHOSTS - 1 : 1 - GHOSTS]
        left, right = law.primitive(inner[..., :-1] + forward), law.primitive(inner[..., 1:] - backward)
    return (
        torch.where(law.admissible(left), left, before),
        torch.where(law.admissible(right), right, after),
    )


def at_least(field: Tensor, share: float) -> Tensor:
    """Return a field ``(b, 1, ...)`` that must be positive, raised to a ``share`` of the largest value of a sample."""
    largest = field.detach().flatten(1).amax(1)
    return torch.maximum(field, share * largest.reshape(-1, *[1] * (field.ndim - 1)))


def apart_in_l1(law: Law, conserved: Tensor, expected: Tensor) -> Tensor:
    """Return how far conserved fields ``(b, t, c, s...)`` are apart, ``(b,)``: relative, in L1, of the worst of them.

    Momentum, which may vanish, is compared with the momentum at the speed of the fastest waves of ``conserved``.
    """
    apart = _totals((conserved - expected).abs())
    size = _totals(expected.abs())
    if law.vectors:
        flat = law.primitive(conserved.flatten(0, 1))
        speeds = [law.speed(flat, axis) for axis in range(law.vectors)]
        speed = sum(speeds[1:], speeds[0])
        momentum = _totals((flat[:, 0] * speed).unflatten(0, conserved.shape[:2])[:, :, None])
        size = torch.cat((size[:, :1], momentum.expand(-1, law.vectors), size[:, 1 + law.vectors :]), dim=1)
    return (apart / size).amax(1)


def drifts_of(
    law: Law, states: Tensor, times: Sequence[float], sides: Sequence[tuple[Side, Side]], length: float
) -> Tensor:
    """Return how the total of each conserved field of a box differs from what came in through its sides, ``(b, c)``.

    What comes in is known through periodic sides; through walls, but for momentum; and through open sides as long
    as nothing has reached them. What is not known counts as right. Relative to the size of the fields.

    Args:
        law: of the flow.
        states: primitive fields, ``(b, t, c, s...)``.
        times: of the frames.
        sides: the low and the high side of each axis.
        length: of the box along every axis.
    """
    conserved = law.conserved(states.flatten(0, 1)).unflatten(0, states.shape[:2])
    totals = conserved.flatten(3).mean(3)
    later = torch.tensor(times).to(states)
    inflow, known = torch.zeros_like(totals[:, 0]), torch.ones_like(totals[:, 0], dtype=torch.bool)
    for axis, (low, high) in enumerate(sides):
        if low == "periodic":
            continue
        for side, index, sign in ((low, 0, 1.0), (high, -1, -1.0)):
            edge = states.select(3 + axis, index)
            if side == "wall":
                known[:, 1 + axis] = False
                continue
            still = (edge - edge[:, :1]).abs().flatten(1).amax(1) <= 1e-6 * states.abs().flatten(1).amax(1)
            known &= still[:, None]
            inflow = inflow + sign * _side_flux(law, edge[:, 0], axis) / length
    wrong = totals - totals[:, :1] - later[:, None] * inflow[:, None]
    size = conserved.abs().flatten(3).mean(3).amax(1)
    vector = slice(1, 1 + law.vectors)
    size[:, vector] = size[:, vector].sum(1, keepdim=True)
    return torch.where(known, wrong.abs().amax(1) / size.clamp(min=1e-300), torch.zeros_like(size))


def _totals(fields: Tensor) -> Tensor:
    """Return the sums over time and space of ``(b, t, c, s...)``, ``(b, c)``."""
    return fields.movedim(2, 1).flatten(2).sum(2)


def _side_flux(law: Law, edge: Tensor, axis: int) -> Tensor:
    """Return the mean flux along ``axis`` through a side with primitive fields ``(b, c, ...)``."""
    order = list(range(edge.shape[1]))
    if law.vectors:
        order[1], order[1 + axis] = order[1 + axis], order[1]
    turned = edge[:, order].flatten(2) if edge.ndim > 2 else edge[:, :, None][:, order]
    return law.flux(turned, turned)[:, order].mean(2)
