"""Constant states side by side: what tubes with membranes and canals with dams hold before they break."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import model_validator

from surrogate.errors import SettingsError
from surrogate.samplers._intervals import Interval, share_beyond, uniform
from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Split


class Settings(RandomField):
    """The intervals that the fields of each state and the ``faces`` between states are drawn from, uniformly.

    ``faces`` are shares of the length, one fewer than ``states``; every state has one interval per field.
    """

    faces: tuple[Interval, ...]
    states: tuple[tuple[Interval, ...], ...]

    @model_validator(mode="after")
    def _fitting(self) -> Settings:
        if len(self.states) != len(self.faces) + 1 or len({len(state) for state in self.states}) != 1:
            raise ValueError("expected one state more than faces, and as many fields in every state")
        return self


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return the means over cells of the samples ``indices``, shape ``(len(indices), fields, x)``.

    A cell that a face divides holds the mean of the fields on both sides.

    Raises:
        SettingsError: the grid has not one axis.

    Source: Sod (1978), J. Comput. Phys. 27, 1.
    """
    if len(grid.points) != 1:
        raise SettingsError(f"riemann_states: expected one axis, the grid has {len(grid.points)}")
    (x,), (size,) = grid.coordinates(), grid.spacing
    samples = []
    for index in indices:
        draws = stream(seed, split, index)
        faces = [grid.origin[0] + grid.lengths[0] * uniform(draws, interval) for interval in settings.faces]
        states = np.array([[uniform(draws, interval) for interval in state] for state in settings.states])
        fields = np.repeat(states[0][:, None], len(x), axis=1)
        for face, jump in zip(faces, np.diff(states, axis=0), strict=True):
            fields = fields + jump[:, None] * share_beyond(face, x, size)
        samples.append(fields)
    return np.array(samples)
