"""Bands around predictions, calibrated on some samples and tried on others: what they hold, and how wide they are.

Shapes: n samples, w pairs of each (1, or the steps of a trajectory), c channels, s... space; errors are
``(n, w, c, s...)``. A scale broadcasts against them; the half-width of a band is a number, the multiplier, times it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import norm, rankdata
from torch import Tensor

from surrogate.datasets.dataset import Dataset
from surrogate.errors import InputError
from surrogate.evaluation.intervals import Interval, interval, share
from surrogate.evaluation.metric import Values
from surrogate.evaluation.predictions import samples_of
from surrogate.evaluation.uncertainty.conformal import coverage, law, multiplier
from surrogate.evaluation.uncertainty.uncertainty_result import Agreement, Band, Kind, RawSpread
from surrogate.predictors.asking import in_batches
from surrogate.predictors.ensemble import Ensemble
from surrogate.predictors.predictor import Field, Predictor
from surrogate.spaces import Split

# What is added to a local scale, as a part of its root mean square over all places: errors may be none at a wall, and
# a few members may agree by chance. Nothing added made the bands of whole fields up to half wider on rough Darcy flow;
# between 0.25 and 1 there was little to choose.
_ADDED = 0.5
# The shares of places of the samples that calibrate and test, (n, m) and (N, m); None: all places count alike.
Shares = tuple[Values | None, Values | None]


@dataclass(frozen=True)
class Answers:
    """Truth, error (prediction minus truth) and, of an ensemble, the spread of its members, ``(n, w, c, s...)``.

    On a cloud ``shares`` ``(n, w, 1, s)`` are the weights of a sample's points over their sum.
    """

    truth: Field
    error: Field
    spread: Field | None
    shares: Values | None = None

    def part(self, some: slice) -> Answers:
        """Return those of some of the samples."""
        spread = None if self.spread is None else self.spread[some]
        shares = None if self.shares is None else self.shares[some]
        return Answers(self.truth[some], self.error[some], spread, shares)

    def places(self, kind: Kind) -> Values | None:
        """Return the share of each place in its sample, (n, m), where they are not all equal."""
        if self.shares is None or kind == "fields":
            return None
        shares = np.broadcast_to(self.shares, self.error.shape).reshape(len(self.error), -1)
        return shares / shares.sum(axis=1, keepdims=True)


def answers(predictor: Predictor, data: Dataset, split: Split, batch_size: int, limit: int | None = None) -> Answers:
    """Return what the predictor answers on a split, one application at a time, and how far off it is.

    With a ``limit`` only the first so many samples are asked for.

    Raises:
        InputError: it does not answer such samples, or an answer is not finite.
    """
    samples, surrogate = samples_of(predictor, data, split, limit), predictor.surrogate

    def grouped(fields: Field) -> Field:
        return fields.reshape(len(samples), -1, *fields.shape[1:])

    spread = None
    if isinstance(surrogate, Ensemble):
        both = in_batches(partial(_mean_and_spread, surrogate), samples.inputs, batch_size, surrogate)
        prediction, spread = both[:, 0], both[:, 1]
    else:
        prediction = predictor.answers(samples, batch_size).prediction
    error = grouped(prediction - samples.outputs)
    if not np.isfinite(error).all():
        raise InputError(
            f"{predictor.path}: predictions of {data.path}, split '{split}', are not finite: they have no band"
        )
    answered = Answers(grouped(samples.outputs), error, None if spread is None else grouped(spread))
    weights = samples.problem.weights(torch.from_numpy(samples.inputs))
    return answered if weights is None else _on_cloud(answered, grouped(weights[:, None].numpy()))


def _on_cloud(of: Answers, weights: Field) -> Answers:
    """Return answers with the shares of their points, and zeros at points that do not count."""
    shares = weights / weights.sum(axis=-1, keepdims=True, dtype=np.float64)
    truth, error = (np.where(shares > 0, fields, np.float32(0)) for fields in (of.truth, of.error))
    return Answers(truth, error, None if of.spread is None else np.where(shares > 0, of.spread, np.float32(0)), shares)


def _mean_and_spread(ensemble: Ensemble, inputs: Tensor) -> Tensor:
    """Return the mean of the members' predictions and their standard deviation, (b, 2, c, s...)."""
    every = ensemble.of_members(inputs)
    return torch.stack([every.mean(0), every.double().std(0).float()], dim=1)


def scales(seen: Answers, of: Answers) -> dict[str, Field]:
    """Return the scales that can be had, by name, for the samples of ``of``.

    ``constant`` is one number for each channel, the root mean square of the errors of ``seen``; ``place`` follows that
    of each point; ``spread`` that of the ensemble's members on the sample itself. ``seen`` may be any samples but those
    that calibrate and test, so also those that were learned from. Points of clouds are no places that errors could be
    usual at.
    """
    space, least = tuple(range(3, seen.error.ndim)), np.finfo(np.float32).tiny
    if seen.shares is None:
        square = np.square(seen.error, dtype=np.float64).mean((0, 1), keepdims=True)
        constant = np.maximum(np.sqrt(square.mean(space, keepdims=True)), least)
        by_name = {"constant": constant, "place": np.sqrt(square) + _ADDED * constant}
    else:
        by_name = {"constant": np.maximum(_size(seen.error, seen.shares), least)}
    if of.spread is not None and seen.spread is not None:
        by_name["spread"] = of.spread + _ADDED * np.maximum(_size(seen.spread, seen.shares), least)
    return {name: scale.astype(np.float32) for name, scale in by_name.items()}


def _size(fields: Field, shares: Values | None) -> Values:
    """Return the root mean square of each channel, (1, 1, c, 1...)."""
    square, space = np.square(fields, dtype=np.float64), tuple(range(3, fields.ndim))
    if shares is None:
        return np.sqrt(square.mean((0, 1, *space), keepdims=True))
    return np.sqrt((square * shares).sum(space, keepdims=True).mean((0, 1), keepdims=True))


def ratios(of: Answers, scale: Field, kind: Kind) -> Field:
    """Return |error| over scale of all places of each sample (n, m): points and channels, or fields by their worst."""
    ratio = (np.abs(of.error) / scale).astype(np.float32, copy=False)
    return ratio.reshape(len(ratio), -1) if kind == "points" else np.max(ratio, axis=tuple(range(2, ratio.ndim)))


def band(
    named: tuple[str, Kind],
    known: Field,
    tested: Field,
    level: float,
    width: float,
    constant: float | None,
    shares: Shares = (None, None),
) -> Band:
    """Return the band of a scale and kind, of ratios ``known`` (n, m) tried on others (N, m).

    Args:
        named: scale and kind.
        known: ratios that calibrate.
        tested: ratios that test.
        level: the share to be held.
        width: the mean of the scale.
        constant: width of the band of this kind whose scale is one number; None: this is it.
        shares: of the places of both; None: equal ones.

    Raises:
        ValueError: too few samples for this level.
    """
    factor = multiplier(known, level, shares[0])
    held = _held(np.minimum(coverage(tested, factor, shares[1]), 1.0))
    return Band(
        scale=named[0],
        kind=named[1],
        factor=factor,
        coverage=held.mean,
        low=None if held.absent else held.low,
        high=None if held.absent else held.high,
        absent=held.absent,
        law=law(len(known), len(tested), level) if known.shape[1] == 1 else None,
        width=factor * width,
        to_constant=factor * width / (factor * width if constant is None else constant),
    )


def _held(parts: Values) -> Interval:
    """Return the mean of the shares ``(N,)`` of samples inside, with its interval; exact where each is all or nothing.

    Where every sample is wholly inside, or wholly outside, that is also all that is known of shares.
    """
    return share(parts == 1) if np.isin(parts, (0.0, 1.0)).all() else interval(parts, 0.0, 1.0)


def width(scale: Field, truth: Field, shares: Values | None = None) -> float:
    """Return the mean of a scale over the root mean square of the truth, mean over channels; infinity where it is 0."""
    over = tuple(axis for axis in range(truth.ndim) if axis != 2)
    if shares is not None and scale.shape[3:] == truth.shape[3:]:
        scale = (scale * shares).sum(axis=-1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.mean(scale.mean(over, dtype=np.float64) / _size(truth, shares).ravel()))


def gaussian(tested: Answers, level: float) -> RawSpread:
    """Return coverage of points and width of the band that takes the spread of an ensemble at its word.

    It is the mean plus and minus z times the spread, z the quantile of a Gaussian variable.
    """
    assert tested.spread is not None
    z = float(norm.ppf((1 + level) / 2))
    inside = np.abs(tested.error) <= z * tested.spread
    held = inside.mean() if tested.shares is None else (inside * tested.shares).sum(axis=-1).mean()
    return RawSpread(coverage=float(held), width=z * width(tested.spread, tested.truth, tested.shares))


def agreement(tested: Answers) -> Agreement:
    """Return how well the spread of an ensemble tells its error: rank correlation over samples, and over points.

    Over points it is the mean over samples of the (Pearson) correlation of spread and |error| in the field.
    """
    assert tested.spread is not None
    count = len(tested.error)
    error, spread = np.abs(tested.error).reshape(count, -1), tested.spread.reshape(count, -1)
    shares = tested.places("points")
    squares = (np.square(x, dtype=np.float64) for x in (error, spread))
    sizes = (square.mean(1) if shares is None else (square * shares).sum(1) for square in squares)
    samples = _correlation(*(rankdata(size)[None] for size in sizes))
    return Agreement(samples=float(samples[0]), points=float(_correlation(error, spread, shares).mean()))


def observed(known: Field, tested: Field, levels: Sequence[float], shares: Shares) -> tuple[float, ...]:
    """Return the mean coverage at each level of bands of ratios (n, m), (N, m)."""
    factors = [multiplier(known, level, shares[0]) for level in levels]
    return tuple(float(coverage(tested, factor, shares[1]).mean()) for factor in factors)


def _correlation(x: NDArray[np.floating], y: NDArray[np.floating], shares: Values | None = None) -> Values:
    """Return the correlation of the rows of two arrays, weighted by shares; 0 where one of them is constant."""
    if shares is None:
        x, y = (values - values.mean(1, keepdims=True, dtype=np.float64) for values in (x, y))
    else:
        x, y = ((values - (values * shares).sum(1, keepdims=True)) * np.sqrt(shares) for values in (x, y))
    norms = np.sqrt(np.square(x).sum(1) * np.square(y).sum(1))
    correlation: Values = np.where(norms > 0, (x * y).sum(1) / np.maximum(norms, np.finfo(np.float64).tiny), 0.0)
    return correlation
