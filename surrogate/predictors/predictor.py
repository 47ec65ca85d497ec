"""What a predictor is: whatever answers functions of the sources of a problem with functions of its target.

Shapes: p pairs, n samples, t times, k points asked for, c channels, s... space; all in physical units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.capabilities import Capabilities
from surrogate.errors import InputError, SettingsError
from surrogate.spaces import POINT, Domain, Problem, Space, Split

if TYPE_CHECKING:
    from surrogate.predictors.runs import RunRecord

Field = NDArray[np.float32]
# Why something cannot be had of a predictor without a map.
ANSWERS_ALONE = "holds answers, and no map that could be asked for others"


@dataclass(frozen=True)
class Samples:
    """Samples of a split, read and cut into the pairs of a problem; a sample has ``p / n`` of them, which lie together.

    Attributes:
        problem: what is asked, on the grid of the data.
        data: SHA-256 of the data set.
        split: of it.
        items: numbers of the samples within the split, ``(n,)``.
        times: of the states.
        constants: ``(n, c, s...)``.
        states: ``(n, t, c, s...)``.
        inputs: ``(p, c, s...)``, the sources joined.
        outputs: ``(p, c, s...)``, the truth.
    """

    problem: Problem
    data: str
    split: Split
    items: NDArray[np.int64]
    times: tuple[float, ...]
    constants: Field
    states: Field
    inputs: Field
    outputs: Field

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True)
class Answered:
    """What a predictor gave for samples.

    Attributes:
        prediction: ``(p, c, s...)``.
        seconds: of one application, in batches; None where nothing was computed.
        unlike: how many inputs are unlike those that it learned from; 0 where that is not known.
    """

    prediction: Field
    seconds: float | None = None
    unlike: int = 0


class FieldMap(Protocol):
    """A map that can be asked anything it accepts: a surrogate, several of them, an exported graph, a solver."""

    @property
    def problem(self) -> Problem:
        """What it answers."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        ...

    def accepts(self, *sources: Space, target: Space | None = None) -> str | None:
        """Return why it does not answer functions of these spaces, None where calling it raises no ValueError."""
        ...

    def __call__(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to outputs (b, c_out, s...).

        Raises:
            ValueError: they are not what it accepts.
        """
        ...

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to outputs (b, c_out, k) at ``points`` (k, d), coordinates of the grid.

        Raises:
            ValueError: it answers on its grid alone, or does not take these.
        """
        ...

    def roll_out(self, fields: Tensor, problem: Problem, steps: int) -> Tensor:
        """Map inputs (b, c_in, s...) of ``problem`` to the states after 1 to ``steps`` steps, (b, t, c_out, s...)."""
        ...

    def unlike(self, fields: Tensor) -> list[str]:
        """Return, per sample of (b, c_in, s...), in what it is unlike the training inputs; empty: in nothing known."""
        ...


class Predictor(Protocol):
    """Whatever answers: it decides what it takes, and gives its answers for samples of a data set."""

    @property
    def path(self) -> Path:
        """The folder or file that it was read from."""
        ...

    @property
    def kind(self) -> str:
        """What it is, in a few words: ``the fno of runs/a``."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 of what answers."""
        ...

    @property
    def unverified(self) -> str:
        """In a sentence, that damage to it would not be noticed; empty where it would."""
        ...

    @property
    def problem(self) -> Problem:
        """What it answers."""
        ...

    @property
    def record(self) -> RunRecord | None:
        """How it was trained; None where it was made elsewhere."""
        ...

    @property
    def data(self) -> Path | None:
        """Where the data that it learned from lay; None where that is not known."""
        ...

    @property
    def surrogate(self) -> FieldMap | None:
        """The map that answers; None where answers are all there is, for samples of their own."""
        ...

    def accepts(self, *sources: Space, target: Space | None = None) -> str | None:
        """Return why it does not answer functions of ``sources`` with some of ``target``, None where it does.

        This is the one place that decides.
        """
        ...

    def answers(self, samples: Samples, batch_size: int) -> Answered:
        """Return its answers for ``samples``.

        Raises:
            InputError: they are not samples that it answers.
        """
        ...

    def rolled_out(self, samples: Samples, steps: int, batch_size: int) -> Field | None:
        """Return the states after 1 to ``steps`` steps from the first given, (n, t, c, s...), None where it has none.

        Raises:
            InputError: they are not samples that it answers.
        """
        ...


def refused(own: Problem, capabilities: Capabilities, sources: Sequence[Space], target: Space | None) -> str | None:
    """Return why a map that answers ``own`` does not take functions of these spaces, None where it may.

    The names of the fields are no reason; their number is.
    """
    counts = [("input", sum(len(space.fields) for space in sources), own.channels[len(own.placing) :])]
    counts += [] if target is None else [("output", len(target.fields), own.target.fields)]
    for kind, given, wanted in counts:
        if given != len(wanted):
            names = ", ".join(field.name for field in wanted)
            return f"{given} {kind} fields, this surrogate has {len(wanted)}: {names}"
    here, there = domain_of(sources, target), own.domain
    if here.kind != there.kind:
        return f"functions on a {here.kind}; this surrogate answers on a {there.kind}"
    if here.dimensions != there.dimensions:
        return f"{here.dimensions} space axes, this surrogate has {there.dimensions}"
    if here.points != there.points and not capabilities.any_grid:
        where = f"a {here.kind} of {_text(here.points)} points"
        return f"{where}; this surrogate is tied to {_text(there.points)} points"
    return None


def domain_of(sources: Sequence[Space], target: Space | None) -> Domain:
    """Return the domain that these functions lie on; a single point where they are numbers alone.

    Raises:
        SettingsError: they lie on several.
    """
    domains = {space.domain for space in (*sources, *(() if target is None else (target,)))} - {POINT}
    if len(domains) > 1:
        raise SettingsError("these functions lie on several domains; expected one for all")
    return next(iter(domains), POINT)


def required_map(predictor: Predictor, what: str) -> FieldMap:
    """Return the map of a predictor that ``what`` has to ask.

    Raises:
        InputError: answers are all there is of it.
    """
    if predictor.surrogate is None:
        raise InputError(f"{what}: {predictor.kind} {ANSWERS_ALONE}")
    return predictor.surrogate


def refusal(predictor: FieldMap | Predictor, problem: Problem) -> str | None:
    """Return why it does not answer ``problem``, None where it does."""
    return predictor.accepts(*problem.sources, target=problem.target)


def refusal_on(surrogate: FieldMap, points: tuple[int, ...]) -> str | None:
    """Return why it does not answer its own problem on so many points, None where it does."""
    problem = surrogate.problem
    return refusal(surrogate, problem.on(problem.domain.resized(points)))


def _text(points: Sequence[int]) -> str:
    return " x ".join(str(n) for n in points)
