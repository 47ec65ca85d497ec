"""How long a roll-out can be believed, and whether it stays a fair sample of the system when it no longer can.

Shapes: n trajectories, t steps, c channels, s... space, k shells of wavenumbers; states ``(n, t, c, s...)``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.evaluation.metric import Values
from surrogate.evaluation.spectra import shells
from surrogate.spaces import Domain, Grid

Field = NDArray[np.float32]

# A prediction is valid while its error is below this part of the deviation of the truth.
VALID = 0.4
# A trajectory has blown up when its root mean square is so many times the largest of the truth.
BLOWN = 3.0
# Shells with less than this part of the energy of the strongest are not compared.
FAINT = 1e-6
# A roll-out is cut into so many equal pieces, each of which has its own spectrum.
PIECES = 5


@dataclass(frozen=True)
class LongRun:
    """What a roll-out does when it goes on.

    Attributes:
        valid_time: of each trajectory, ``(n,)``; see :func:`valid_times`.
        blown_up: of each trajectory, the time at which it blew up, ``(n,)``; infinite where it did not.
        wavenumbers: of the shells, ``(k,)``, in cycles over the longest side; empty where an axis is not periodic, and
            on a cloud.
        spectrum: energies of the roll-out, ``(k,)``, mean over trajectories and steps.
        true_spectrum: the same of the truth.
        spectrum_error: of each fifth of the roll-out; see :func:`spectrum_error`.
    """

    valid_time: Values
    blown_up: Values
    wavenumbers: Values
    spectrum: Values
    true_spectrum: Values
    spectrum_error: Values


def long_run(
    prediction: Field,
    truth: Field,
    domain: Domain,
    periodic: tuple[bool, ...],
    interval: float,
    weights: Values | None = None,
) -> LongRun:
    """Return how a roll-out fares beside the truth, both ``(n, t, c, s...)``, its steps ``interval`` apart.

    With quadrature ``weights`` ``(n, s...)`` means over points are integrals. Spectra there are on a grid alone.
    """
    spectra = np.zeros((0, 0)), np.zeros((0, 0)), np.zeros(0)
    if isinstance(domain, Grid) and all(periodic):
        spectra = _spectra(prediction, truth, domain)
    ours, true, errors = spectra
    return LongRun(
        valid_time=valid_times(prediction, truth, interval, weights),
        blown_up=blow_up_times(prediction, truth, interval, weights),
        wavenumbers=np.arange(ours.shape[1], dtype=np.float64),
        spectrum=ours.sum(axis=0),
        true_spectrum=true.sum(axis=0),
        spectrum_error=errors,
    )


def _spectra(prediction: Field, truth: Field, grid: Grid) -> tuple[Values, Values, Values]:
    """Return spectra of the pieces of a roll-out, (p, k), of the truth, times their share, and errors."""
    steps = truth.shape[1]
    pieces = np.array_split(np.arange(steps), min(PIECES, steps))
    ours, true = (
        np.array([energy_spectrum(states[:, piece], grid) for piece in pieces]) for states in (prediction, truth)
    )
    shares = np.array([[len(piece) / steps] for piece in pieces])
    errors = np.array([spectrum_error(one, other) for one, other in zip(ours, true, strict=True)])
    return shares * ours, shares * true, errors


def valid_times(prediction: Field, truth: Field, interval: float, weights: Values | None = None) -> Values:
    """Return the time for which each trajectory's prediction is valid, ``(n,)``: the last one before the first failure.

    It fails when ``sqrt(mean_c,x |e|^2 / sigma_c^2)`` exceeds ``VALID`` (0.4), where ``sigma_c`` is the deviation of
    channel c of the truth over all trajectories, steps and points (its climate). One that never fails counts as valid
    to the end of the roll-out, so that the mean is then a lower bound. A channel that never changes has no deviation to
    compare with and is left out; where all of them are, the time is NaN.

    Source: the valid prediction time of Vlachas et al. (2020), Backpropagation algorithms and reservoir computing in
    recurrent neural networks for the forecasting of complex spatiotemporal dynamics, Neural Networks 126.
    """
    axes, counts = (0, 1, *range(3, truth.ndim)), _counts(weights)
    varied = truth.max(axis=axes, where=counts, initial=-np.inf) > truth.min(axis=axes, where=counts, initial=np.inf)
    if not varied.any():
        return np.full(len(truth), np.nan)
    prediction, truth = prediction[:, :, varied], truth[:, :, varied]
    with np.errstate(over="ignore", invalid="ignore"):
        apart = np.square((prediction - truth.astype(np.float64)) / _deviation(truth, weights))
        failed = ~(np.sqrt(_mean(apart, weights)) <= VALID)
    return _first(failed, truth.shape[1]) * interval


def blow_up_times(prediction: Field, truth: Field, interval: float, weights: Values | None = None) -> Values:
    """Return when each trajectory blew up, ``(n,)``, infinite where it did not.

    It has when its root mean square over channels and points is not finite or above ``BLOWN`` (3) times the largest
    that any trajectory of the truth has at any step.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        size = np.sqrt(_mean(np.square(prediction.astype(np.float64)), weights))
    most = np.sqrt(_mean(np.square(truth.astype(np.float64)), weights)).max()
    blown = ~(size <= BLOWN * most)
    steps = _first(blown, truth.shape[1])
    return np.where(blown.any(axis=1), (steps + 1) * interval, np.inf)


def energy_spectrum(states: Field, grid: Grid) -> Values:
    """Return the energy in each shell of wavenumbers, ``(k,)``, mean over trajectories and steps, sum over channels.

    With ``u(x) = sum_k a_k exp(2 pi i k x / L)`` a shell holds ``sum |a_k|^2`` over its wavenumbers, see
    :func:`surrogate.evaluation.spectra.shells`. Every axis must be periodic.
    """
    shell, energy = shells(grid), np.zeros(grid.points)
    with np.errstate(over="ignore", invalid="ignore"):
        for trajectory in states:
            axes = tuple(range(2, trajectory.ndim))
            amplitude = np.fft.fftn(trajectory.astype(np.float64), axes=axes, norm="forward")
            energy += np.square(np.abs(amplitude)).mean(axis=0).sum(axis=0)
        return np.bincount(shell[shell >= 0], weights=energy[shell >= 0]) / len(states)


def spectrum_error(spectrum: Values, truth: Values) -> float:
    """Return the mean of ``|E / E_true - 1|`` over shells with at least ``FAINT`` (1e-6) of the strongest's energy."""
    kept = truth > FAINT * truth.max()
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.abs(spectrum[kept] / truth[kept] - 1).mean())


def _mean(values: Values, weights: Values | None) -> Values:
    """Return the mean of ``(n, t, c, s...)`` over channels and points, ``(n, t)``; a point of weight 0 has none."""
    axes = tuple(range(2, values.ndim))
    if weights is None:
        mean: Values = values.mean(axis=axes)
        return mean
    shares = np.broadcast_to(weights[:, None, None], values.shape)
    return np.where(shares > 0, shares * values, 0.0).sum(axis=axes) / shares.sum(axis=axes)


def _deviation(truth: Field, weights: Values | None) -> Values:
    """Return the deviation of each channel over trajectories, steps and points, (1, 1, c, 1...)."""
    axes = (0, 1, *range(3, truth.ndim))
    if weights is None:
        return truth.std(axis=axes, keepdims=True, dtype=np.float64)
    shares = np.broadcast_to((weights / weights.sum(axis=1, keepdims=True))[:, None, None], truth.shape)
    mean = np.average(truth, axis=axes, weights=shares, keepdims=True)
    return np.sqrt(np.average(np.square(truth - mean), axis=axes, weights=shares, keepdims=True))


def _counts(weights: Values | None) -> Any:
    """Return where points count, as what broadcasts against ``(n, t, c, s...)``."""
    return True if weights is None else weights[:, None, None] > 0


def _first(flags: NDArray[np.bool_], steps: int) -> Values:
    """Return the number of steps before the first flag of each trajectory, all where there is none."""
    return np.where(flags.any(axis=1), flags.argmax(axis=1), steps).astype(np.float64)
