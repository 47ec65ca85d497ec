"""The chosen samples of a data set solved again: as they were made, finer, by a second method, frame by frame.

Shapes: t frames, c fields, s... space.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from surrogate.datasets.evidence import Chosen
from surrogate.datasets.ladder import at_effort
from surrogate.equations import Equation

Array = NDArray[np.float64]

# To this a step from a stored frame is solved, which is held to limits ten times as large and more.
_STEP_TOLERANCE = 1e-3

# What was solved, under the bytes of the sample and how: states and work, states, or distances of steps.
Solved = dict[tuple[bytes, str], tuple[Array, int]]


class Proof:
    """Samples solved again. Everything runs on one thread: the number of threads changes the last bits.

    Args:
        equation: bound to the grid of the samples, with the settings that they were made with.
        chosen: the samples, perhaps the first alone of all that will be asked.
        number: how many will be asked; None: these.
        solved: what was solved before, and where more of it is kept; None: nothing.
    """

    def __init__(
        self,
        equation: Equation,
        chosen: list[Chosen],
        number: int | None = None,
        solved: Solved | None = None,
    ) -> None:
        self.equation, self.spec, self.chosen = equation, equation.spec, chosen
        self.number, self._solved = number or len(chosen), {} if solved is None else solved
        self.inputs = [each.inputs.astype(np.float64) for each in chosen]
        self.stored = [each.states.astype(np.float64) for each in chosen]
        self._names = [
            hashlib.sha256(each.inputs.tobytes() + each.states.tobytes() + bytes([each.effort])).digest()
            for each in chosen
        ]

    def _known(self, number: int, how: str, solve: Callable[[], tuple[Array, int]]) -> tuple[Array, int]:
        """Return what ``solve`` gives for a sample, or gave before."""
        key = (self._names[number], how)
        if key not in self._solved:
            self._solved[key] = solve()
        return self._solved[key]

    def solve(self, space: int, time: int, among: slice = slice(None)) -> list[Array]:
        """Return the states of the chosen samples, ``space`` and ``time`` times finer than they were made."""
        return [self._solve(space, time, number)[0] for number in range(len(self.chosen))[among]]

    def iterations(self, among: slice = slice(None)) -> list[int]:
        """Return the work that the chosen samples took as they were made."""
        return [self._solve(1, 1, number)[1] for number in range(len(self.chosen))[among]]

    def _solve(self, space: int, time: int, number: int) -> tuple[Array, int]:
        def solve() -> tuple[Array, int]:
            solved = self._refined(space, time, number).solve(torch.from_numpy(self.inputs[number][None]))
            return solved.states[0].numpy(), int(solved.iterations[0])

        return self._known(number, f"{space} {time}", solve)

    def _refined(self, space: int, time: int, number: int) -> Equation:
        equation = at_effort(self.equation, self.chosen[number].effort)
        return equation.refined(space, time) if space * time > 1 else equation

    def unmatched(self) -> list[Array]:
        """Return the chosen samples solved as the equation wants it, not as the paper did that they match."""
        equation = self.equation.unmatched()
        return [equation.solve(torch.from_numpy(inputs[None])).states[0].numpy() for inputs in self.inputs]

    def second(self) -> list[Array]:
        """Return what the equation's second method makes of the chosen samples."""

        def solve(number: int) -> tuple[Array, int]:
            return self.equation.reference(self.inputs[number][None])[0], 0

        return [self._known(number, "second", partial(solve, number))[0] for number in range(len(self.chosen))]

    def steps(self) -> list[Array]:
        """Return how far from stored frames the equation comes that starts at the stored frame before.

        One array for each chosen sample, of relative L2 distances of all fields together, which is how ``eval``
        measures a step. The samples take turns, so that every step is taken in one of them. The frames are those of
        the file, in float32, and the solver is twice as fine as the one that made them: what is seen is what a frame
        on this grid does not say of its future.

        Raises:
            SolverError: a stored frame cannot be solved from.
        """
        turns = [range(number, len(self.spec.times) - 1, self.number) for number in range(len(self.chosen))]
        return [
            self._known(number, f"steps {frames}", partial(self._steps, number, frames))[0]
            for number, frames in enumerate(turns)
        ]

    def _steps(self, number: int, frames: range) -> tuple[Array, int]:
        step = self._refined(2, 2, number).one_step(self.spec.times[1] - self.spec.times[0])
        assert step is not None
        # A frame of few digits and points has kinks that the start had not; what is asked is a hundredth.
        step = step.model_copy(update={"tolerance": max(step.tolerance, _STEP_TOLERANCE)})
        constants, stored, turns = (
            self.inputs[number][: -len(self.spec.states)],
            self.stored[number],
            np.asarray(frames),
        )
        given = np.broadcast_to(constants, (len(turns), *constants.shape))
        starts = torch.from_numpy(np.concatenate((given, stored[turns]), axis=1))
        solved = [step.solve(some).states[:, 1] for some in starts.split(step.block)]
        reached = torch.cat(solved).numpy() if solved else stored[:0]
        return frame_distances(reached, stored[turns + 1]), 0

    def frames_until(self, horizon: float | None) -> int:
        """Return how many frames lie within ``horizon`` of the first, at least two where there are several."""
        if horizon is None:
            return len(self.spec.times)
        return max(2, sum(time - self.spec.times[0] <= horizon * (1 + 1e-12) for time in self.spec.times))


def distance(given: Array, truth: Array) -> float:
    """Return ``|given - truth| / |truth|`` in L2 over frames and space, of the worst of the fields ``(t, c, s...)``."""
    worst = 0.0
    for channel in range(truth.shape[1]):
        apart = float(np.linalg.norm(given[:, channel] - truth[:, channel]))
        size = float(np.linalg.norm(truth[:, channel])) or float(np.linalg.norm(truth)) or 1.0
        if not math.isfinite(apart):  # max() would pass a NaN by
            return math.inf
        worst = max(worst, apart / size)
    return worst


def frame_distances(given: Array, truth: Array) -> Array:
    """Return ``|given - truth| / |truth|`` of every frame, ``(t,)``, in L2 over the fields and space together.

    Where a frame is zero everywhere, its size is that of the largest frame.
    """
    size = np.linalg.norm(truth.reshape(len(truth), -1), axis=1)
    apart = np.linalg.norm((given - truth).reshape(len(truth), -1), axis=1)
    size = np.where(size > 0, size, size.max(initial=0.0))
    relative: Array = np.divide(apart, size, out=np.where(apart > 0, np.inf, 0.0), where=size > 0)
    return np.where(np.isfinite(relative), relative, np.inf)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread within."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
