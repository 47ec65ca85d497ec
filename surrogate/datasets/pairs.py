"""What is learned from what: the samples of a data set as pairs of input and output fields.

Shape letters: n samples, t times, c channels, s... space, p pairs.
"""

from __future__ import annotations

import numpy as np

from surrogate.datasets.store import Floats
from surrogate.errors import SettingsError
from surrogate.fields import DataSpec, Task


def pairs(spec: DataSpec, task: Task, constants: Floats, states: Floats) -> tuple[Floats, Floats]:
    """Return inputs ``(p, c, s...)`` and outputs ``(p, c, s...)``, channels in the order of ``spec.problem(task)``.

    ``map``: one pair a sample, the constants, and the first frame when there are several, to the last frame.
    ``step``: the constants and a frame to the next frame, for every frame but the last, a sample's pairs together.

    Args:
        spec: what the arrays mean.
        task: which pairs.
        constants: ``(n, c, s...)``.
        states: ``(n, t, c, s...)``.

    Raises:
        SettingsError: ``step`` on data of one time.
    """
    times = states.shape[1]
    if task == "map":
        given = [constants, states[:, 0]] if times > 1 else [constants]
        return np.concatenate(given, axis=1), np.ascontiguousarray(states[:, -1])
    if times < 2:
        raise SettingsError(f"task: 'step' needs data with several times, {spec.equation} has one; expected 'map'")
    now, then = states[:, :-1], states[:, 1:]
    kept = np.broadcast_to(constants[:, None], (*now.shape[:2], *constants.shape[1:]))
    inputs = np.concatenate([kept, now], axis=2)
    return inputs.reshape(-1, *inputs.shape[2:]), then.reshape(-1, *then.shape[2:])
