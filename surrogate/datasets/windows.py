"""What is learned from what: windows of trajectories, some frames given and some wanted.

A map from the constants of a steady problem is the window of no frame given and the only one wanted. Shape letters:
w windows of a trajectory, n samples, t times, b windows asked for, h frames given, k wanted, c channels, s... space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.store import Floats
from surrogate.datasets.window_settings import TimeConfig
from surrogate.errors import SettingsError
from surrogate.spaces import POINT, ChosenSpaces, DataSpec, Problem, Task

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Windows:
    """The windows of one trajectory, the same in all.

    Attributes:
        given: frames that go in, oldest first, ``(w, h)``; h is 0 where the constants alone do.
        wanted: frames that are to come out, ``(w, k)``.
        leads: time from the last frame given to the frame wanted, ``(w,)``; None where it is no input.
    """

    given: Indices
    wanted: Indices
    leads: NDArray[np.float32] | None

    def __len__(self) -> int:
        return len(self.wanted)

    def place(self, items: Indices) -> tuple[Indices, Indices, Indices, NDArray[np.float32] | None]:
        """Return samples ``(b,)``, frames given ``(b, h)`` and wanted ``(b, k)``, and leads ``(b,)`` of some windows.

        ``items`` count the windows of all trajectories, those of a trajectory together.
        """
        samples, rows = np.divmod(items, len(self))
        return samples, self.given[rows], self.wanted[rows], None if self.leads is None else self.leads[rows]


def windows(times: Sequence[float], task: Task, time: TimeConfig, stride: int = 1) -> Windows:
    """Return the windows that a trajectory with frames at ``times`` has.

    ``map``: one, from the first frame (from none where there is only one) to the last. ``step``: ``time.history``
    frames and the next one; the next ``time.steps`` of them when unrolled or pushed forward; with ``all_pairs`` one
    that is 1 to ``time.steps`` later, and the time until then.

    Args:
        times: of the frames.
        task: which windows.
        time: how steps are learned.
        stride: frames from the start of a window to the start of the next.

    Raises:
        SettingsError: the trajectory is too short, a map has no such windows, or one step is not several.
    """
    if task == "map":
        _check_map(time)
        first = np.zeros((1, int(len(times) > 1)), np.int64)
        return Windows(first, np.array([[len(times) - 1]]), None)
    if time.training == "one_step" and time.steps > 1:
        raise SettingsError(
            f"time.steps={time.steps}: one_step takes 1; expected time=unrolled, push_forward, all_pairs"
        )
    if len(times) < 2:
        raise SettingsError("task: 'step' needs data with several times, these have one; expected 'map'")
    history, steps = time.history, time.steps
    if history + steps > len(times):
        raise SettingsError(
            f"time.history={history} and time.steps={steps}: windows of {history + steps} frames;"
            f" the trajectories have {len(times)}"
        )
    if time.training != "all_pairs":
        starts = np.arange(0, len(times) - history - steps + 1, stride)[:, None]
        return Windows(starts + np.arange(history), starts + history + np.arange(steps), None)
    leads = range(1, steps + 1)
    each = [np.arange(0, len(times) - history - lead + 1, stride) for lead in leads]
    starts, ahead = np.concatenate(each), np.repeat(leads, [len(firsts) for firsts in each])
    last = starts + history - 1
    until = np.asarray(times)[last + ahead] - np.asarray(times)[last]
    return Windows(starts[:, None] + np.arange(history), (last + ahead)[:, None], until.astype(np.float32))


def problem(spec: DataSpec, task: Task | None, time: TimeConfig, chosen: ChosenSpaces | None = None) -> Problem:
    """Return the learning problem of the windows: inputs are the constants, the lead time, then the frames given.

    Of spaces ``chosen`` by name it is the map between them.

    Raises:
        SettingsError: there are no such spaces, the target is a number, or data or task have no such map.
    """
    if chosen is None or not chosen.by_name:
        return spec.problem(task, history=time.history, lead=time.training == "all_pairs")
    if task == "step":
        raise SettingsError("task=step: sources and target are those of a map; expected task=map")
    posed = spec.pose(chosen.sources, chosen.target)
    if posed.target.domain == POINT:
        raise SettingsError(f"target={chosen.target}: is a number for each sample; models answer with functions")
    return posed


def chosen_fields(spec: DataSpec, problem: Problem) -> tuple[list[int], list[int]] | None:
    """Return which fields of a sample, its constants and then its states, go in and which come out.

    None where these are the constants and the states, as they are unless the spaces of ``problem`` were chosen by name.
    """
    constants, states = ([field.name for field in fields] for fields in (spec.constants, spec.states))
    places = {name: place for place, name in enumerate(constants + states)}
    points = len(problem.placing)
    given = constants[:points] + [field.name for field in problem.channels[points:]]
    wanted = [field.name for field in problem.target.fields]
    if problem.frames or (given, wanted) == (constants, states) or not {*given, *wanted} <= places.keys():
        return None
    return [places[name] for name in given], [places[name] for name in wanted]


def chosen_among(spec: DataSpec, problem: Problem, constants: Floats, states: Floats) -> tuple[Floats, Floats]:
    """Return what goes into a problem as constants ``(n, c, s...)``, what comes out as states ``(n, t, c, s...)``."""
    places = chosen_fields(spec, problem)
    if places is None:
        return constants, states
    fields = np.concatenate([constants, states[:, 0]], axis=1)
    return fields[:, places[0]], fields[:, places[1]][:, None]


def one_step(problem: Problem) -> TimeConfig:
    """Return the windows on which a surrogate of ``problem`` is measured: its history, and one frame later."""
    if problem.task == "map":
        return TimeConfig()
    return TimeConfig(training="all_pairs" if problem.takes_lead else "one_step", steps=1, history=problem.history)


def cut(chosen: Windows, constants: Floats, states: Floats) -> tuple[Floats, Floats]:
    """Return inputs ``(n w, c, s...)`` and outputs ``(n w, k c, s...)`` of all windows of trajectories held in memory.

    Channels are in the order of :func:`problem`; several frames wanted lie one behind the other.

    Args:
        chosen: of one trajectory.
        constants: ``(n, c, s...)``.
        states: ``(n, t, c, s...)``.
    """
    samples, given, wanted, leads = chosen.place(np.arange(len(states) * len(chosen)))
    rows = samples[:, None]
    return join(constants[samples], states[rows, given], leads), stack(states[rows, wanted])


def pairs(
    spec: DataSpec, task: Task, constants: Floats, states: Floats, chosen: ChosenSpaces | None = None
) -> tuple[Floats, Floats]:
    """Return inputs and outputs of single applications: of maps, or of steps from a frame to the next; see :func:`cut`.

    Of spaces ``chosen`` by name they are what these hold.

    Raises:
        SettingsError: ``step`` on data of one time, or as of :func:`problem`.
    """
    fields = chosen_among(spec, problem(spec, task, TimeConfig(), chosen), constants, states)
    return cut(windows(spec.times, task, TimeConfig()), *fields)


def join(constants: Floats, frames: Floats, leads: NDArray[np.float32] | None) -> Floats:
    """Return inputs ``(b, c, s...)`` of constants ``(b, c, s...)``, frames ``(b, h, c, s...)`` and leads ``(b,)``."""
    parts = [constants]
    if leads is not None:
        space = constants.shape[2:]
        parts.append(np.broadcast_to(leads.reshape(-1, 1, *[1] * len(space)), (len(leads), 1, *space)))
    return np.concatenate([*parts, stack(frames)], axis=1)


def stack(frames: Floats) -> Floats:
    """Return frames ``(b, k, c, s...)`` one behind the other, ``(b, k c, s...)``."""
    return frames.reshape(len(frames), -1, *frames.shape[3:])


def _check_map(time: TimeConfig) -> None:
    if time != TimeConfig():
        changed = ", ".join(
            f"time.{name}={value}" for name, value in time.model_dump().items() if value != getattr(TimeConfig(), name)
        )
        raise SettingsError(f"{changed}: a map goes to the last frame at once; expected task=step")
