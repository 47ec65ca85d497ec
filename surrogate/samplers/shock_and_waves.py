"""A shock that runs into a gas at rest whose density is a wave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surrogate.errors import SettingsError
from surrogate.samplers._intervals import Interval, share_beyond, uniform
from surrogate.samplers._random_field import RandomField
from surrogate.samplers._streams import stream
from surrogate.spaces import Grid, Split


class Settings(RandomField):
    """The intervals of the ``mach`` number of the shock, of its place ``face`` (a share of the length) and of the wave.

    Ahead the pressure is 1 and the density ``1 + amplitude sin(wavenumber x + phase)``; the state behind is that
    behind a steady shock into density 1, for a gas with the ratio ``gamma`` of specific heats.
    """

    gamma: Annotated[float, Field(gt=1)]
    mach: Interval
    face: Interval
    amplitude: Interval
    wavenumber: Interval
    phase: Interval


def sample(settings: Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return density, velocity and pressure of the samples ``indices``, means over cells, ``(len(indices), 3, x)``.

    Raises:
        SettingsError: the grid has not one axis.

    Source: Shu, Osher (1989), J. Comput. Phys. 83, 32, example 8; Toro (2009), Riemann Solvers, section 3.1.3 (jumps).
    """
    if len(grid.points) != 1:
        raise SettingsError(f"shock_and_waves: expected one axis, the grid has {len(grid.points)}")
    (x,), (size,) = grid.coordinates(), grid.spacing
    samples = []
    for index in indices:
        draws = stream(seed, split, index)
        mach, share = uniform(draws, settings.mach), uniform(draws, settings.face)
        amplitude, k, phase = (
            uniform(draws, interval) for interval in (settings.amplitude, settings.wavenumber, settings.phase)
        )
        face = grid.origin[0] + grid.lengths[0] * share
        ahead = share_beyond(face, x, size)
        density, velocity, pressure = _behind(mach, settings.gamma)
        waves = 1 + amplitude * np.sin(k * x + phase) * np.sinc(k * size / (2 * np.pi))
        samples.append([density + (waves - density) * ahead, velocity * (1 - ahead), pressure + (1 - pressure) * ahead])
    return np.array(samples)


def _behind(mach: float, gamma: float) -> tuple[float, float, float]:
    """Return density, velocity and pressure behind a shock into density 1 and pressure 1 at rest."""
    square = mach**2
    density = (gamma + 1) * square / ((gamma - 1) * square + 2)
    pressure = 1 + 2 * gamma / (gamma + 1) * (square - 1)
    return density, mach * float(np.sqrt(gamma)) * (1 - 1 / density), pressure
