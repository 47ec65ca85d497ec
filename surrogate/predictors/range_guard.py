"""The range guard: what the training inputs were like, sample by sample, and whether an input is like them.

Of every input field of every sample a few numbers are taken: values, mean, deviation, the energy of each octave of
wavenumbers, and how it behaves at the boundary. Their smallest and largest over the training inputs are kept. What
depends on the grid is put so that the same function on another grid has the same numbers.

Shape letters: b samples, c channels, s... space.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from surrogate.spaces import FieldSpec, Frozen, Problem

# A range is widened by this part of itself on both sides: new samples of the same law are seldom beyond that.
SLACK = 0.1
# The part of a sample's mean square below which the energy of an octave is rounding, and counts as this part.
_FAINT = 1e-8
# A range without width is widened by this part of the largest value of its field, or of its own; of an energy, whose
# logarithm is kept, by that of the amplitude.
_ROUNDING = 1e-4
# Findings of a sample that are named; more are counted.
_NAMED = 3

# Below this logarithm there is no energy: the squares of the smallest float32 are larger.
_NOTHING = -150.0
Kind = Literal["value", "energy", "jump"]


class Range(Frozen):
    """The smallest and largest of one number over the training inputs; of an ``energy`` the decimal logarithm.

    ``slack`` is how far beyond its ends a number may lie.
    """

    field: str
    what: str
    kind: Kind
    low: float
    high: float
    slack: float

    def beyond(self, values: Tensor) -> Tensor:
        """Return how far values (b,) lie outside, in widths of the range; 0 inside it and its slack."""
        distance = torch.maximum(self.low - values, values - self.high)
        if self.kind == "jump":  # the smoother the better
            distance = values - self.high
        width = max(self.high - self.low, self.slack, torch.finfo(torch.float32).tiny)
        return torch.where(distance > self.slack, distance / width, 0.0)

    def excess(self, value: float) -> str:
        """Return by how much ``value``, which lies outside, does so."""
        if self.kind == "energy":
            if value < _NOTHING:
                return f"{self.what}: none, as in a field that is the same everywhere; training had some"
            side, end = ("largest", self.high) if value > self.high else ("smallest", self.low)
            return f"{self.what} {10 ** (value - end):.2g} times the {side} of training"
        if self.kind == "jump":
            return f"{self.what} {value:.3g} (training: at most {self.high:.3g})"
        return f"{self.what} {value:.4g} (training: {self.low:.4g} to {self.high:.4g})"


class Guard(Frozen):
    """What the training inputs were like: the numbers of ``samples`` of them, on a grid of ``points``."""

    samples: int
    points: tuple[int, ...]
    ranges: tuple[Range, ...]

    def outside(self, fields: Tensor, problem: Problem) -> list[str]:
        """Return, for each sample of inputs (b, c, s...), in what it is unlike the training inputs; empty: in nothing.

        What lies farthest outside, for the width of its range, is named first.
        """
        measured = measures(fields.double(), problem, self.points)
        chosen = [each for each in self.ranges if (each.field, each.what) in measured]
        if not chosen:
            return [""] * len(fields)
        values = torch.stack([measured[each.field, each.what].values for each in chosen], dim=1)
        beyond = torch.stack([each.beyond(value) for each, value in zip(chosen, values.T, strict=True)], dim=1)
        return [
            _sentence([(chosen[place].field, chosen[place].excess(float(row[place]))) for place in order])
            for row, order in zip(values.cpu(), map(_ordered, beyond.cpu()), strict=True)
        ]


@dataclass(frozen=True)
class Measure:
    """One number of each sample (b,)."""

    kind: Kind
    values: Tensor


class Seen:
    """The training inputs of ``problem``, shown a block at a time."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.samples = 0
        self._ends: dict[tuple[str, str], tuple[Kind, float, float]] = {}

    def add(self, inputs: Tensor) -> None:
        """Take a block of inputs (n, c, s...) in physical units."""
        self.samples += len(inputs)
        for name, measure in measures(inputs.double(), self.problem, self.problem.target.domain.points).items():
            _, low, high = self._ends.get(name, (measure.kind, math.inf, -math.inf))
            values = measure.values
            self._ends[name] = (measure.kind, min(low, float(values.min())), max(high, float(values.max())))

    def guard(self) -> Guard:
        """Return what they were like."""
        ends = {name: (low, high) for name, (_, low, high) in self._ends.items()}
        ranges = tuple(
            _range(field, what, kind, (low, high), ends[field, "smallest value"][0], ends[field, "largest value"][1])
            for (field, what), (kind, low, high) in self._ends.items()
            if math.isfinite(low) and math.isfinite(high)
        )
        return Guard(samples=self.samples, points=self.problem.target.domain.points, ranges=ranges)


def of_values(problem: Problem, low: Tensor, high: Tensor) -> Guard:
    """Return the guard of a run of which only the values (c,) that every input field takes were kept."""
    ranges = tuple(
        _range(field.name, what, "value", (float(bottom), float(top)), float(bottom), float(top))
        for field, bottom, top in zip(problem.channels, low, high, strict=True)
        for what in ("smallest value", "largest value")
    )
    return Guard(samples=0, points=problem.target.domain.points, ranges=ranges)


def measures(fields: Tensor, problem: Problem, points: tuple[int, ...]) -> dict[tuple[str, str], Measure]:
    """Return (field, what) -> a number of each sample of inputs (b, c, s...); ``points`` is the grid of training.

    Octaves of wavenumbers that the grid of the fields does not hold are left out.
    """
    measured, weights = {}, problem.weights(fields)
    for channel, field in enumerate(problem.channels):
        at = fields[:, channel]
        of = _of_field(at, field, problem, points) if weights is None else _of_points(at, field, weights)
        for what, measure in of.items():
            measured[field.name, what] = measure
    return measured


def _range(field: str, what: str, kind: Kind, ends: tuple[float, float], bottom: float, top: float) -> Range:
    """Return the range of a number of a field whose values go from ``bottom`` to ``top``."""
    low, high = ends
    size = max(abs(bottom), abs(top)) if kind == "value" else max(abs(low), abs(high))
    least = 2 * math.log10(1 + _ROUNDING) if kind == "energy" else _ROUNDING * size
    slack = max(SLACK * (high - low), least)
    # Where a field is closed the seam is one pair of neighbours among many, on a coarse grid a rough one.
    slack = high if kind == "jump" else slack
    return Range(field=field, what=what, kind=kind, low=low, high=high, slack=slack)


def _of_field(values: Tensor, field: FieldSpec, problem: Problem, points: tuple[int, ...]) -> dict[str, Measure]:
    flat = values.flatten(1)
    numbers = {
        "smallest value": Measure("value", flat.amin(1)),
        "largest value": Measure("value", flat.amax(1)),
    }
    if field.role == "uniform":
        return numbers
    numbers["mean"] = Measure("value", flat.mean(1))
    numbers["deviation"] = Measure("value", flat.std(1, correction=0))
    numbers |= _at_the_boundary(values, problem.boundary.periodic)
    return numbers | _octaves(values, points)


def _of_points(values: Tensor, field: FieldSpec, weights: Tensor) -> dict[str, Measure]:
    """Return the numbers of a field on a cloud (b, p), whose points have weights (b, p): the same on any mesh."""
    counts = weights > 0
    if field.role == "weight":
        return {}
    numbers = {
        "smallest value": Measure("value", torch.where(counts, values, math.inf).amin(1)),
        "largest value": Measure("value", torch.where(counts, values, -math.inf).amax(1)),
    }
    if field.role == "constant" or field.role == "state":
        shares = weights / weights.sum(1, keepdim=True)
        mean = (shares * values).sum(1)
        numbers["mean"] = Measure("value", mean)
        numbers["deviation"] = Measure("value", (shares * (values - mean[:, None]).square()).sum(1).sqrt())
    return numbers


def _at_the_boundary(values: Tensor, periodic: tuple[bool, ...]) -> dict[str, Measure]:
    """Return the root mean square on the sides that are not periodic, and the jump where a period ends.

    The jump from the last point to the first is measured by the jumps between neighbours along the same axis.
    """
    numbers = {}
    sides, jumps = [], []
    for axis, closed in enumerate(periodic, start=1):
        first, last = (values.select(axis, end).reshape(len(values), -1) for end in (0, -1))
        if not closed:
            sides += [first, last]
            continue
        between = values.diff(dim=axis).flatten(1).square().mean(1)
        jump = (first - last).square().mean(1)
        jumps.append(torch.where(jump > 0, (jump / between.clamp(min=torch.finfo(jump.dtype).tiny)).sqrt(), 0.0))
    if sides:
        numbers["root mean square at the boundary"] = Measure("value", torch.cat(sides, 1).square().mean(1).sqrt())
    if jumps:
        numbers["jump where the period ends, over that between neighbours,"] = Measure(
            "jump", torch.stack(jumps).amax(0)
        )
    return numbers


def _octaves(values: Tensor, points: tuple[int, ...]) -> dict[str, Measure]:
    """Return the decimal logarithm of the energy in each octave of wavenumbers, which count periods of the box."""
    space = tuple(values.shape[1:])
    axes = tuple(range(1, values.ndim))
    energy = torch.fft.rfftn(values, dim=axes, norm="forward").abs().square()
    wavenumbers = [torch.fft.fftfreq(n, 1 / n, device=values.device) for n in space[:-1]]
    wavenumbers.append(torch.fft.rfftfreq(space[-1], 1 / space[-1], device=values.device))
    radius = torch.stack(torch.meshgrid(*wavenumbers, indexing="ij")).square().sum(0).sqrt()
    # Half of the spectrum is stored: what has a mirror image counts twice.
    mirrored = (wavenumbers[-1] > 0) & (wavenumbers[-1] < space[-1] / 2)
    energy = energy * (1.0 + mirrored.to(energy.dtype))
    faint = _FAINT * values.square().flatten(1).mean(1)
    held, learned = ((min(grid) - 1) // 2 for grid in (space, points))
    numbers, low = {}, 1
    while low <= learned:
        high = min(2 * low - 1, learned)
        if high <= held:
            inside = (radius >= low) & (radius < high + 1)
            total = torch.where(inside, energy, 0.0).flatten(1).sum(1)
            tiny = torch.finfo(total.dtype).tiny
            logarithm = torch.maximum(total, faint).clamp(min=tiny).log10()
            numbers[f"energy at wavenumbers {low} to {high}" if high > low else f"energy at wavenumber {low}"] = (
                Measure("energy", logarithm)
            )
        low = 2 * low
    return numbers


def _ordered(beyond: Tensor) -> list[int]:
    """Return the places of what lies outside, the farthest first."""
    return [place for place in beyond.argsort(descending=True, stable=True).tolist() if beyond[place] > 0]


def _sentence(findings: list[tuple[str, str]]) -> str:
    """Return what was found as one line: (field, what) of the first few, and how many more."""
    text = "; ".join(f"{field}: {what}" for field, what in findings[:_NAMED])
    return f"{text}; and {len(findings) - _NAMED} more" if len(findings) > _NAMED else text
