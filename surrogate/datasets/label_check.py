"""How far the labels of a data set are from an equation that somebody names: samples of them solved by ours, twice.

Shape letters: n samples, t frames, c fields, s... space.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from surrogate.datasets.dataset import Dataset
from surrogate.datasets.dual_cells import DualCells
from surrogate.datasets.order import remaining
from surrogate.datasets.proof import Array, distance, one_thread
from surrogate.datasets.quality import Finding, Named, Status
from surrogate.equations import Equation
from surrogate.errors import InputError, SettingsError, SolverError
from surrogate.spaces import SPLITS, DataSpec, Grid

NAME = "labels"
# Labels that are further from the equation are to be looked at.
NOISY = 0.01
# So many times nearer must they be for another factor before it is said.
_TELLING = 5.0


@dataclass(frozen=True)
class Judge:
    """An equation as the judge of labels.

    Attributes:
        equation: bound to where it is solved.
        around: the cells around the nodes of the data, where these are nodes and the equation is one of cells.
        read_as: in words, what of the data is read as what of the equation.
    """

    equation: Equation
    around: DualCells | None
    read_as: str

    def solve(self, equation: Equation, inputs: Array) -> Array:
        """Return the states ``(t, c, s...)`` that an equation makes of the inputs ``(c, s...)`` of a sample.

        Raises:
            SolverError: it misses its tolerance.
            ValueError: it cannot take them.
        """
        given = inputs if self.around is None else self.around.spread(inputs)
        states = equation.solve(torch.from_numpy(given[None])).states[0].numpy()
        return states if self.around is None else self.around.at_nodes(states)

    def compared(self, states: Array) -> Array:
        """Return what of the states ``(t, c, s...)`` is compared: all, or, of nodes, those off the walls."""
        return states if self.around is None else self.around.inner(states)


def judge_of(spec: DataSpec, equation: Equation) -> Judge:
    """Return an equation as the judge of data like these.

    Raises:
        SettingsError: it has other fields, axes, sides, lengths, points or times; the message says which.
    """
    if not isinstance(spec.domain, Grid):
        raise SettingsError(f"equation={equation.name}: is solved on a grid, and these are points of a cloud")
    grid = spec.domain
    _same(equation, "space axes", equation.dimensions, len(grid.points))
    equation = _timed(spec, equation)
    around = None
    walls = not any(equation.boundary().periodic)
    if equation.times == (0.0,) and walls:
        around = DualCells.of(grid, equation.box(grid.points).placement)
    points = grid.points if around is None else around.points
    own = equation.specification(points, "map" if equation.only_map else spec.task)
    _same(equation, "given fields", len(own.constants), len(spec.constants))
    _same(equation, "states", len(own.states), len(spec.states))
    _same(equation, "times", len(own.times), len(spec.times))
    for axis, (mine, theirs) in enumerate(zip(own.boundary.sides, spec.boundary.sides, strict=True)):
        if set(theirs) != {"open"} and mine != theirs:
            raise _refused(equation, f"has sides {'/'.join(mine)} along {'xyz'[axis]}, these data {'/'.join(theirs)}")
    if not np.allclose(own.grid.lengths, grid.lengths, rtol=1e-6):
        raise _refused(equation, f"is solved on a box of {own.grid.lengths}, these data lie on {grid.lengths}")
    if around is None:
        for where, placed, periodic in zip(own.grid.placement, grid.placement, own.boundary.periodic, strict=True):
            if where != placed and not (periodic and {where, placed} == {"cells", "left"}):
                raise _refused(equation, f"is solved on {where}, these data lie on {placed}")
    renamed = [
        f"{theirs.name} as {mine.name}"
        for mine, theirs in zip(own.constants + own.states, spec.constants + spec.states, strict=True)
        if mine.name != theirs.name
    ]
    renamed += ["every value as that of the cell around its node"] if around is not None else []
    bound = own.on(grid) if around is None else own
    return Judge(equation.bound(bound), around, f"{', '.join(renamed)} read" if renamed else "")


def label_finding(
    dataset: Dataset, judge: Judge, samples: int, stated: str, advance: Callable[[int], None] = lambda done: None
) -> Finding:
    """Return how far the labels of some samples are from the equation.

    Every sample is solved as the equation says and twice as finely. The distance of the two bounds how far the first is
    from the equation, so that the distance of the labels from the equation has a lower and an upper bound.

    Args:
        dataset: the data set.
        judge: the equation.
        samples: how many, of even distance in the first split that has any.
        stated: the parameters, in words.
        advance: is given the number of samples that were solved.

    Raises:
        InputError: a part is damaged.
    """
    chosen, rows = _chosen(dataset, samples)
    bounds, scales, residuals = list[tuple[float, float]](), list[tuple[float, float]](), list[tuple[float, float]]()
    factor = remaining(judge.equation.order)
    with one_thread():
        for done, (inputs, labels) in enumerate(rows, start=1):
            try:
                ours, finer = (judge.solve(each, inputs) for each in (judge.equation, judge.equation.refined(2, 2)))
            except (SolverError, SettingsError, ValueError) as error:
                split, number = chosen[done - 1]
                return _none(f"{judge.equation.name} does not solve {split} {number}: {error}")
            given, solved, refined = (judge.compared(states) for states in (labels, ours, finer))
            apart, own = distance(given, solved), factor * distance(solved, refined)
            bounds.append((max(0.0, apart - own), apart + own))
            scales.append(_scaled(given, solved))
            if judge.around is None and len(labels) == 1:
                residuals.append((_residual(judge.equation, inputs, labels), _residual(judge.equation, inputs, ours)))
            advance(done)
    return _summed(judge, chosen, np.array(bounds), np.array(scales), np.array(residuals), stated)


def _summed(judge: Judge, chosen: list[Named], bounds: Array, scales: Array, residuals: Array, stated: str) -> Finding:
    low, high = bounds.mean(0)
    worst = int(bounds[:, 1].argmax())
    name = judge.equation.name
    ends = list(dict.fromkeys((_percent(low), _percent(high))))
    between = f"at most {ends[-1]}" if low == 0 else " to ".join(ends)
    says = f"{between} from {name} ({stated}), relative L2, mean of {len(chosen)} solved again"
    says += f"; the worst at most {_percent(bounds[worst, 1])}"
    figures = {"lower bound": float(low), "upper bound": float(high), "worst": float(bounds[worst, 1])}
    if len(residuals):
        theirs, ours = residuals.mean(0)
        figures |= {"residual": float(theirs), "residual of ours": float(ours)}
        says += f"; they leave a residual of {_percent(theirs)} on their grid, our solutions {_percent(ours)}"
    factor, left = float(np.median(scales[:, 0])), float(scales[:, 1].mean())
    if low > NOISY and left * _TELLING < low:
        figures |= {"factor": factor, "after it": left}
        says += f"; times {1 / factor:.4g} they would be {_percent(left)} away, as with another parameter or unit"
    says += f"; {judge.read_as}" if judge.read_as else ""
    status: Status = "look" if low > NOISY else "fine"
    return Finding(
        name=NAME, status=status, says=says, figures=figures, samples=(chosen[worst],) if low > NOISY else ()
    )


def _chosen(dataset: Dataset, samples: int) -> tuple[list[Named], list[tuple[Array, Array]]]:
    """Return which samples are solved again, and their inputs and labels in float64."""
    split = next(split for split in SPLITS if dataset.counts[split])
    count = dataset.counts[split]
    wanted = set(np.linspace(0, count - 1, min(samples, count)).round().astype(int).tolist())
    chosen, rows, first = list[Named](), list[tuple[Array, Array]](), 0
    for part in dataset.parts(split):
        for row in range(len(part.indices)):
            if first + row in wanted:
                states = part.states[row].astype(np.float64)
                given = part.constants[row].astype(np.float64)
                inputs = given if len(states) == 1 else np.concatenate([given, states[0]])
                chosen.append((split, int(part.indices[row])))
                rows.append((inputs, states))
        first += len(part.indices)
    if not all(np.isfinite(values).all() for pair in rows for values in pair):
        raise InputError(f"{dataset.path}: a sample that was to be solved again holds a NaN or an infinity")
    return chosen, rows


def _scaled(given: Array, solved: Array) -> tuple[float, float]:
    """Return by which factor the labels are nearest to ours, and how far they are then."""
    size = float(np.square(solved).sum())
    factor = float((given * solved).sum()) / size if size else 0.0
    return (factor, distance(given / factor, solved)) if factor > 0 else (1.0, np.inf)


def _residual(equation: Equation, inputs: Array, states: Array) -> float:
    constants, fields = torch.from_numpy(inputs[None]), torch.from_numpy(np.ascontiguousarray(states[None]))
    return float(equation.residual(constants, fields)[0])


def _timed(spec: DataSpec, equation: Equation) -> Equation:
    """Return the equation with the frames of the data, where it has frames.

    Raises:
        SettingsError: they are not of equal distance.
    """
    held: dict[str, Any] = dict(equation)
    if len(spec.times) < 2 or not {"frames", "horizon"} <= held.keys():
        return equation
    steps = np.diff(spec.times)
    if not np.allclose(steps, steps.mean(), rtol=1e-3):
        raise _refused(equation, "is solved at times of equal distance, and these are not")
    return equation.model_copy(update={"frames": len(spec.times), "horizon": float(spec.times[-1] - spec.times[0])})


def _same(equation: Equation, what: str, mine: int, theirs: int) -> None:
    if mine != theirs:
        raise _refused(equation, f"has {mine} {what}, these data {theirs}")


def _refused(equation: Equation, why: str) -> SettingsError:
    return SettingsError(f"equation={equation.name}: {why}")


def _none(why: str) -> Finding:
    return Finding(name=NAME, status="none", says=why)


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 10 else f"{share:.2g} times"
