"""Checks of the splits of a data set: what is in two of them, what is twice in one, and whether they are alike."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from surrogate.datasets.quality import MOST_NAMED, Finding, Named, Status, first_named
from surrogate.datasets.sample_figures import SampleFigures
from surrogate.datasets.sketches import Array, Neighbours
from surrogate.spaces import SPLITS, Split

Splits = Mapping[Split, SampleFigures]
Indices = NDArray[np.int64]

# A sample nearer to another than this share of the distance that two usually have is its near twin.
NEAR = 0.01
# Of a split so many are asked for their nearest: those of even distance in its order.
_MOST_QUERIES = 2000
# The chance at which splits of one law are called unlike, over all comparisons together.
UNLIKE = 1e-3
_FEWEST = 8
# Outputs whose mean and size differ by less, relative, may differ by rounding.
_SLIGHT = 1e-3


def leakage(splits: Splits) -> Finding:
    """Look for inputs of one split that are those of another, bit for bit."""
    clauses, samples, count = [], list[Named](), 0
    for one, other in _pairs(splits):
        rows = np.isin(splits[other].inputs, splits[one].inputs)
        if rows.any():
            clauses.append(f"{rows.sum()} of {len(rows)} inputs of {other} are inputs of {one}")
            samples += first_named(other, splits[other].indices[rows])
            count += int(rows.sum())
    says = "; ".join(clauses) or "no input is in two splits"
    return _finding("leakage", bool(clauses), "fault", says, samples, {"samples": float(count)})


def shared_frames(splits: Splits) -> Finding:
    """Look for frames that are in trajectories of two splits: windows of one trajectory, dealt out."""
    clauses, samples = [], list[Named]()
    for one, other in _pairs(splits):
        known = splits[one].frames
        rows = np.asarray(np.isin(splits[other].frames, known[known > 0]).any(axis=1))
        if rows.any():
            clauses.append(f"{rows.sum()} of {len(rows)} trajectories of {other} share frames with {one}")
            samples += first_named(other, splits[other].indices[rows])
    says = "; ".join(clauses) or "no frame is in two splits"
    return _finding("shared frames", bool(clauses), "fault", says, samples)


def duplicates(splits: Splits) -> Finding:
    """Look for inputs that are twice in a split."""
    clauses, samples = [], list[Named]()
    for split, held in splits.items():
        _, first = np.unique(held.inputs, return_index=True)
        again = np.ones(len(held.inputs), bool)
        again[first] = False
        if again.any():
            clauses.append(f"{again.sum()} of {len(again)} inputs of {split} are those of an earlier one")
            samples += first_named(split, held.indices[again])
    says = "; ".join(clauses) or "no input is twice in a split"
    return _finding("duplicates", bool(clauses), "look", says, samples)


def contradictions(splits: Splits, states: int) -> Finding:
    """Look for equal inputs with outputs that differ; the last ``states`` fields are what comes out."""
    whole = SampleFigures.joined(list(splits.values()))
    where = [(split, int(index)) for split, held in splits.items() for index in held.indices]
    _, first, group = np.unique(whole.inputs, return_index=True, return_inverse=True)
    earlier = first[group]
    rows = np.flatnonzero(whole.outputs != whole.outputs[earlier])
    before = earlier[rows]
    size = np.maximum(whole.rms[rows, -states:], whole.rms[before, -states:])
    apart = np.maximum(*(np.abs(held[rows, -states:] - held[before, -states:]) for held in (whole.rms, whole.mean)))
    far = int((apart > _SLIGHT * size).any(1).sum())
    says = f"{len(rows)} samples have the inputs of another and other outputs"
    says += f", {far} of them by more than {_SLIGHT:.1%}: something that decides is not given" if far else ", slightly"
    says = says if len(rows) else "equal inputs have equal outputs"
    bad: Status = "fault" if far else "look"
    return _finding("contradictions", len(rows) > 0, bad, says, [where[row] for row in rows])


def near_twins(splits: Splits, sketches: Mapping[Split, Array]) -> Finding:
    """Look for inputs that are nearly those of another split; equal ones are leakage."""
    held = [split for split in SPLITS if split in splits]
    neighbours = Neighbours(np.concatenate([sketches[split] for split in held]))
    if not neighbours.vary or len(held) < 2:
        why = "two inputs usually do not differ" if len(held) > 1 else "there is one split"
        return Finding(name="near twins", status="none", says=why)
    keys = np.concatenate([splits[split].inputs for split in held])
    ends = np.cumsum([len(sketches[split]) for split in held])
    rows = {split: np.arange(end - len(sketches[split]), end) for split, end in zip(held, ends, strict=True)}
    clauses, samples, figures = [], list[Named](), dict[str, float]()
    for one, other in _pairs(splits):
        queries = _some(rows[other])
        near, which = neighbours.nearest(queries, rows[one])
        figures[f"{other} to {one}, median"] = float(np.median(near))
        twins = (near < NEAR) & (keys[queries] != keys[which])
        if twins.any():
            among = f"{twins.sum()} of {len(queries)} inputs of {other}"
            clauses.append(f"{among} are nearly one of {one}{_base_rate(neighbours, rows[one])}")
            samples += first_named(other, splits[other].indices[queries[twins] - rows[other][0]])
    usual = ", ".join(f"{name} {value:.2g}" for name, value in figures.items())
    clear = f"nearest of the other split, in distances that two inputs usually have: {usual}"
    says = "; ".join(clauses) or clear
    return _finding("near twins", bool(clauses), "look", says, samples, figures)


def alike(splits: Splits, names: tuple[str, ...]) -> Finding:
    """Look whether mean and size of fields follow one law in train and in the others, and stay in its range."""
    from scipy.stats import ks_2samp

    train = splits.get("train")
    others = [split for split in SPLITS[1:] if split in splits and len(splits[split].indices) >= _FEWEST]
    if train is None or len(train.indices) < _FEWEST or not others:
        return Finding(name="splits alike", status="none", says=f"needs {_FEWEST} samples in train and in another")
    tests, clauses, largest = 4 * len(names) * len(others), [], 0.0
    for split in others:
        held = splits[split]
        for place, name in enumerate(names):
            for kind in ("mean", "rms"):
                one, other = getattr(train, kind)[:, place], getattr(held, kind)[:, place]
                compared = ks_2samp(one, other, method="auto")
                largest = max(largest, float(compared.statistic))
                if compared.pvalue * tests < UNLIKE:
                    clauses.append(f"the {kind} of '{name}' in {split} (KS distance {compared.statistic:.2g})")
            for side, beyond in _beyond(train, held, place).items():
                if _chance(beyond, len(train.indices), len(held.indices)) * tests < UNLIKE:
                    clauses.append(f"'{name}' {side} all of train in {beyond} of {len(held.indices)} of {split}")
    says = (
        f"unlike train: {', '.join(clauses)}"
        if clauses
        else "no sign that means, sizes or ranges differ from those of train"
    )
    return _finding("splits alike", bool(clauses), "look", says, [], {"largest KS distance": largest})


def _beyond(train: SampleFigures, held: SampleFigures, place: int) -> dict[str, int]:
    """Return how many samples leave the range of train, above and below."""
    return {
        "above": int((held.most[:, place] > train.most[:, place].max()).sum()),
        "below": int((held.least[:, place] < train.least[:, place].min()).sum()),
    }


def _chance(beyond: int, train: int, others: int) -> float:
    """Return how likely the ``beyond`` largest of all samples are none of ``train``, where all follow one law."""
    rest = (math.log(others - k) - math.log(train + others - k) for k in range(beyond))
    return math.exp(sum(rest))


def _base_rate(neighbours: Neighbours, rows: Indices) -> str:
    queries = _some(rows)
    near, _ = neighbours.nearest(queries, rows, apart=True)
    return f" (nearer than {NEAR:.0%} of the distance that two usually have; within it {(near < NEAR).mean():.0%} are)"


def _some(rows: Indices) -> Indices:
    step = -(-len(rows) // _MOST_QUERIES)
    return rows[::step]


def _pairs(splits: Splits) -> Iterator[tuple[Split, Split]]:
    held = [split for split in SPLITS if split in splits]
    return ((one, other) for place, one in enumerate(held) for other in held[place + 1 :])


def _finding(
    name: str, seen: bool, bad: Status, says: str, samples: list[Named], figures: dict[str, float] | None = None
) -> Finding:
    status: Status = bad if seen else "fine"
    return Finding(name=name, status=status, says=says, figures=figures or {}, samples=tuple(samples[:MOST_NAMED]))
