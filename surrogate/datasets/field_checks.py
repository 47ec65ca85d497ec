"""Checks of the fields of a data set: numbers, constants, samples unlike the others, frames that stand still."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.quality import MOST_NAMED, Finding, Named, Status, first_named
from surrogate.datasets.sample_figures import Array, SampleFigures
from surrogate.datasets.store import Floats
from surrogate.spaces import DataSpec, Grid, Split

Splits = Mapping[Split, SampleFigures]

# From so many robust deviations on a sample is unlike the others. Fields of few waves have sizes with long tails: of
# sound sets of 100 with nine random waves, two in a hundred had one beyond 6.
OUTLYING = 8.0
# Fewer samples have no usual size.
FEWEST = 20
# Sizes that differ by less, in the logarithm, are never called different: 0.1 %.
_ALIKE = 1e-3
# How far the outer tenth of a normal law begins.
_NORMAL_TENTH = 1.2816
_ROUNDING = 4 * float(np.finfo(np.float32).eps)
# From so much of the variance on in waves shorter than four spacings a grid does not resolve a field.
UNRESOLVED = 0.25


def finite(splits: Splits) -> Finding:
    """Look for what is not a number."""
    bad = _where(splits, {split: ~held.finite for split, held in splits.items()})
    count = sum(int((~held.finite).sum()) for held in splits.values())
    says = f"{count} samples hold a NaN or an infinity" if count else "every number is finite"
    return Finding(name="numbers", status="fault" if count else "fine", says=says, samples=bad)


def constants(splits: Splits, names: tuple[str, ...], spec: DataSpec) -> Finding:
    """Look for fields that never vary, and for samples in which a field does not that varies in others."""
    uniform = {field.name for field in spec.fields if field.role == "uniform"}
    states = {field.name for field in spec.states}
    whole, clauses, samples = _joined(splits), list[str](), list[Named]()
    status: Status = "fine"
    for place, name in enumerate(names):
        least, most = whole.least[:, place], whole.most[:, place]
        size = np.maximum(np.abs(least), np.abs(most))
        if not len(size):
            continue
        if most.max() - least.min() <= _ROUNDING * size.max():
            zero = "zero" if not size.any() else "the same number"
            clauses.append(f"'{name}' is {zero} everywhere, in every sample")
            status = "fault" if name in states else _worse(status)
        elif name not in uniform:
            flat = {
                split: held.most[:, place] - held.least[:, place]
                <= _ROUNDING * np.maximum(np.abs(held.least[:, place]), np.abs(held.most[:, place]))
                for split, held in splits.items()
            }
            count = sum(int(rows.sum()) for rows in flat.values())
            if count == len(size):
                clauses.append(f"'{name}' is one number in each sample (role uniform says so)")
                status = _worse(status)
            elif count:
                clauses.append(f"'{name}' does not vary in {count} of {len(size)} samples")
                samples += _where(splits, flat)
                status = _worse(status)
    says = "; ".join(clauses) or "every field varies in every sample"
    return Finding(name="constant fields", status=status, says=says, samples=tuple(samples[:MOST_NAMED]))


def outliers(splits: Splits, names: tuple[str, ...]) -> Finding:
    """Look for samples whose size, peak or jump in time is unlike that of the others, on a logarithmic scale."""
    whole = _joined(splits)
    where = list(chain.from_iterable(((split, int(i)) for i in held.indices) for split, held in splits.items()))
    if len(where) < FEWEST:
        return Finding(name="outliers", status="none", says=f"{len(where)} samples have no usual size; {FEWEST} have")
    clauses, worst, samples = [], 0.0, dict[Named, float]()
    for place, name in enumerate(names):
        rms = whole.rms[:, place]
        peak = np.maximum(np.abs(whole.least[:, place]), np.abs(whole.most[:, place]))
        with np.errstate(divide="ignore", invalid="ignore"):
            kinds = {"size": (rms, False), "peak": (peak / rms, True), "jump": (whole.jump[:, place], True)}
            for kind, (values, upwards) in kinds.items():
                score = _robust(np.log(values), upwards)
                rows = np.flatnonzero(score > OUTLYING)
                worst = max(worst, float(score.max(initial=0.0)))
                if len(rows):
                    clauses.append(f"{len(rows)} by the {kind} of '{name}' (up to {score.max():.0f} deviations)")
                for row in rows:
                    samples[where[row]] = max(samples.get(where[row], 0.0), float(score[row]))
    ranked = sorted(samples, key=lambda sample: -samples[sample])
    says = f"unlike the others: {', '.join(clauses)}" if clauses else "no sample is unlike the others in size or peak"
    figures = {"largest robust deviation": worst, "samples": float(len(samples))}
    status: Status = "look" if clauses else "fine"
    return Finding(name="outliers", status=status, says=says, figures=figures, samples=tuple(ranked[:MOST_NAMED]))


def frozen(splits: Splits) -> Finding:
    """Look for trajectories with a frame that is the one before, bit for bit."""
    still = {
        split: ((held.frames[:, 1:] == held.frames[:, :-1]) & (held.frames[:, 1:] > 0)).any(1)
        for split, held in splits.items()
    }
    count = sum(int(rows.sum()) for rows in still.values())
    says = (
        f"{count} trajectories have a frame that is the one before, bit for bit: at rest, or stored twice"
        if count
        else "no frame is stored twice in a row"
    )
    return Finding(name="frames", status="look" if count else "fine", says=says, samples=_where(splits, still))


def short_waves(fields: Floats, spec: DataSpec) -> Array:
    """Return the share of the variance of fields ``(n, s...)`` in waves shorter than four grid spacings, ``(n,)``.

    Along periodic axes the waves are those of the Fourier series, along others cosines; NaN of what does not vary.
    """
    import scipy.fft

    wide = fields.astype(np.float64)
    axes = tuple(range(1, wide.ndim))
    wide = wide / np.maximum(np.abs(wide).max(axes, keepdims=True), np.finfo(np.float64).tiny)
    wide -= wide.mean(axes, keepdims=True)
    short = np.zeros(wide.shape[1:], bool)
    for axis, periodic in zip(axes, spec.boundary.periodic, strict=True):
        points = wide.shape[axis]
        if periodic:
            wide = scipy.fft.fft(wide, axis=axis, norm="ortho")
            waves = np.abs(np.fft.fftfreq(points)) * 4
        else:
            wide = scipy.fft.dct(wide, axis=axis, norm="ortho")
            waves = np.arange(points) * 2 / points
        short |= (waves > 1).reshape([-1 if place == axis else 1 for place in axes])
    energy = np.square(np.abs(wide))
    total = energy.sum(axes)
    tail: Array = np.divide((energy * short).sum(axes), total, out=np.full(len(total), np.nan), where=total > 0)
    return tail


def resolution(tails: Mapping[str, list[Array]], spec: DataSpec) -> Finding:
    """Look for fields whose short waves hold much of their variance; ``tails`` are those of some samples."""
    if not isinstance(spec.domain, Grid):
        return Finding(name="resolution", status="none", says="waves need a grid; these are points of a cloud")
    means = {name: _mean(np.concatenate(rows)) for name, rows in tails.items() if rows}
    shares = {name: share for name, share in means.items() if share is not None}
    poor = {name: share for name, share in shares.items() if share > UNRESOLVED}
    if not shares:
        return Finding(name="resolution", status="none", says="no field varies in space")
    clause = ", ".join(f"{100 * share:.2g} % of '{name}'" for name, share in (poor or shares).items())
    says = f"in waves shorter than four grid spacings lie {clause}, of its variance"
    return Finding(name="resolution", status="look" if poor else "fine", says=says, figures=shares)


def _mean(values: Array) -> float | None:
    kept = values[np.isfinite(values)]
    return float(kept.mean()) if kept.size else None


def _robust(values: Array, upwards: bool) -> Array:
    """Return how many deviations each is from the median, 0 where it has no value; the deviation is a robust one.

    It is 1.4826 MAD, or what the outer tenth of its own side makes it where that is more: most laws of sizes are
    longer on one side.

    Source: Iglewicz, Hoaglin (1993), How to Detect and Handle Outliers.
    """
    known = np.isfinite(values)
    if known.sum() < FEWEST:
        return np.zeros(len(values))
    apart = np.where(known, values - np.median(values[known]), 0.0)
    middle = max(1.4826 * float(np.median(np.abs(apart[known]))), _ALIKE)
    low, high = (abs(float(tail)) / _NORMAL_TENTH for tail in np.quantile(apart[known], (0.1, 0.9)))
    score = np.where(apart > 0, apart / max(middle, high), 0.0 if upwards else -apart / max(middle, low))
    return np.asarray(score)


def _worse(status: Status) -> Status:
    return "fault" if status == "fault" else "look"


def _joined(splits: Splits) -> SampleFigures:
    return SampleFigures.joined(list(splits.values()))


def _where(splits: Splits, rows: Mapping[Split, NDArray[np.bool_]]) -> tuple[Named, ...]:
    """Return the first samples where ``rows`` are true."""
    named = chain.from_iterable(first_named(split, held.indices[rows[split]]) for split, held in splits.items())
    return tuple(named)[:MOST_NAMED]
