"""Predictions made elsewhere, by whatever made them: a predictor of the samples that they are of.

Shapes: n samples, w pairs of each, k frames, t times, c channels, s... space.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surrogate.capabilities import Capabilities
from surrogate.errors import InputError
from surrogate.predictors.predictor import Answered, Field, Samples, refused
from surrogate.spaces import SPLITS, DataSpec, Problem, Space, Split

Arrays = Mapping[str, NDArray[np.generic]]
# What a file may say of its predictions beside them.
PREDICTIONS, INPUTS, SEED = "predictions", "inputs", "seed"
# Inputs that were written in another precision differ from the samples by less than this part of the largest.
_ROUNDING = 1e-4


@dataclass(frozen=True)
class Recorded:
    """Answers for the samples of a split, of others where the file holds them too, and for nothing else.

    Attributes:
        path: the file that they are from.
        problem: what they answer, on the grid of the data.
        data: None: what they learned from is not known.
        of: SHA-256 of the data set that they are of.
        split: of it.
        values: ``(n, w, c, s...)``; where they are ``rolled``, ``(n, t, c, s...)`` for the states after each step.
        inputs: what they were made for, ``(n, c, s...)``, where the file says so.
        rolled: whether they are roll-outs, which saw the first state alone.
        read_as: how the array was read.
        seed: of the training that they are of, where the file says so.
        digest: SHA-256 of the file.
        others: the same as ``values`` of other splits, in the order of their samples.
    """

    path: Path
    problem: Problem
    of: str
    split: Split
    values: Field
    inputs: Field | None
    rolled: bool
    read_as: str
    digest: str
    seed: int | None = None
    others: Mapping[Split, Field] = field(default_factory=dict)
    record: None = None
    data: None = None
    surrogate: None = None
    unverified: str = ""

    @property
    def kind(self) -> str:
        """What it is, in words."""
        return f"the file of predictions {self.path}"

    def accepts(self, *sources: Space, target: Space | None = None) -> str | None:
        """Return why it does not answer functions of these spaces, None where it does."""
        reason = refused(self.problem, Capabilities(), sources, target)
        return None if reason is None else reason.replace("this surrogate", self.kind)

    def answers(self, samples: Samples, batch_size: int) -> Answered:
        """Return what was recorded for ``samples``.

        Raises:
            InputError: they are other samples than those that it is of.
        """
        if samples.data != self.of:
            raise InputError(f"{self.path}: holds predictions of the split '{self.split}' of other data")
        if samples.split == self.split:
            rows = samples.items if self.inputs is None else self._order(self.inputs, samples)
            chosen = self.values[rows]
        elif samples.split in self.others:
            chosen = self.others[samples.split][samples.items]
        else:
            raise InputError(f"{self.path}: holds no predictions of the split '{samples.split}'")
        return Answered(chosen.reshape(-1, *chosen.shape[2:]))

    def rolled_out(self, samples: Samples, steps: int, batch_size: int) -> Field | None:
        """Return the states after 1 to ``steps`` steps, (n, t, c, s...), None where single steps were recorded.

        Raises:
            InputError: they are other samples than those that it is of.
        """
        states = self.answers(samples, batch_size).prediction.reshape(len(samples), -1, *self.values.shape[2:])
        return states[:, :steps] if self.rolled else None

    def _order(self, inputs: Field, samples: Samples) -> NDArray[np.int64]:
        """Return the row of each sample, (n,): that of its inputs, or its own where all inputs are nearly those.

        Raises:
            InputError: they are those of other samples.
        """
        wanted = samples.inputs[:: len(samples.inputs) // len(samples)]
        if inputs.shape[1:] != wanted.shape[1:]:
            raise InputError(f"{self.path}: its inputs are {inputs.shape}; those of the samples are {wanted.shape}")
        rows = {name: row for row, name in enumerate(_names(inputs))}
        rows_of = [rows.get(name) for name in _names(wanted)]
        if None not in rows_of:
            return np.array(rows_of, dtype=np.int64)
        same = inputs[samples.items]
        axes = (0, *range(2, wanted.ndim))
        if (np.abs(same - wanted).max(axes) <= _ROUNDING * np.abs(wanted).max(axes)).all():
            return samples.items
        raise InputError(
            f"{self.path}: its inputs are not those of the split '{self.split}'"
            f" ({rows_of.count(None)} of {len(rows_of)} samples are not among them)"
        )


def recorded(
    arrays: Arrays, path: Path, digest: str, data: DataSpec, of: str, split: Split, counts: Mapping[Split, int]
) -> Recorded:
    """Return the predictions in ``arrays`` for the samples of a split of a data set.

    Args:
        arrays: by name: ``predictions`` (or the only one there is) and, where they are known, ``inputs``, by which the
            samples are then told apart whatever their order, and the ``seed`` of the training. Arrays named as splits
            hold the predictions of these, in their order.
        path: where they are from.
        digest: SHA-256 of that.
        data: what the data set holds.
        of: its SHA-256.
        split: of it.
        counts: of the samples of every split.

    Raises:
        InputError: they do not have the shape of such predictions; the message names those that do.
    """
    form, values = _laid_out(_predictions(arrays, path, split), path, data, split, counts[split])
    problem = data.problem(history=form.history) if form.history else data.problem()
    inputs = None if INPUTS not in arrays else _inputs(arrays[INPUTS], problem, path)
    if inputs is not None and len(inputs) != counts[split]:
        raise InputError(f"{path}: its inputs are of {len(inputs)} samples; the split '{split}' has {counts[split]}")
    others: dict[Split, Field] = {}
    for other in (name for name in SPLITS if name != split and len(arrays) > 1 and name in arrays):
        its_form, others[other] = _laid_out(arrays[other], path, data, other, counts[other])
        if (its_form.history, its_form.rolled) != (form.history, form.rolled):
            kinds = f"'{other}' holds {its_form.reading}, '{split}' {form.reading}"
            raise InputError(f"{path}: {kinds}; expected one kind")
    return Recorded(path, problem, of, split, values, inputs, form.rolled, form.reading, digest, _seed(arrays), others)


def _laid_out(values: NDArray[np.generic], path: Path, data: DataSpec, split: Split, count: int) -> tuple[_Form, Field]:
    """Return how predictions of a split lie in an array, and them as (n, w, c, s...)."""
    for form in _forms(data, count):
        if values.shape == form.shape:
            return form, form.laid_out(_real(values, path))
    raise InputError(f"{path}: predictions {values.shape}; {_expected(values.shape, data, split, count)}")


@dataclass(frozen=True)
class _Form:
    """One way in which predictions may lie in an array: its shape, where its channels are, and what it means."""

    shape: tuple[int, ...]
    letters: str
    reading: str
    channel: int | None
    history: int = 0
    rolled: bool = False
    frames: bool = False
    last: bool = False

    def laid_out(self, values: NDArray[Any]) -> Field:
        """Return values as (n, w, c, s...)."""
        laid = np.asarray(values, np.float32)
        lead = 2 if self.frames else 1
        laid = np.expand_dims(laid, lead) if self.channel is None else np.moveaxis(laid, self.channel, lead)
        laid = laid if self.frames else laid[:, None]
        if self.last:
            laid = laid[:, -1:]
        if self.rolled:
            laid = laid[:, 1:]
        return np.ascontiguousarray(laid)


def _forms(data: DataSpec, count: int) -> Iterator[_Form]:
    """Yield the ways in which predictions of a data set may lie, those that are ours first."""
    space, channels, times = data.domain.points, len(data.states), len(data.times)
    axes = "".join(f", {axis}" for axis in "xyz"[: len(space)])

    def lying(frames: tuple[int, ...], letters: str, reading: str, **meaning: Any) -> Iterator[_Form]:
        lead, lengths = 1 + len(frames), (count, *frames)
        meaning["frames"] = bool(frames)
        yield _Form((*lengths, channels, *space), f"(n{letters}, c{axes})", reading, lead, **meaning)
        if channels == 1:
            yield _Form((*lengths, *space), f"(n{letters}{axes})", reading, None, **meaning)
        last = f"{reading}, channels last" if reading else "channels last"
        yield _Form((*lengths, *space, channels), f"(n{letters}{axes}, c)", last, lead + len(space), **meaning)

    if data.task == "map":
        yield from lying((), "", "")
        if times > 1:
            yield from lying((times,), ", t", "frames of which the last is measured", last=True)
        return
    for frames in range(times - 1, 0, -1):
        history = times - frames
        reading = "single steps, each from the true state" + ("s" if history > 1 else "") + " before it"
        yield from lying((frames,), ", t", reading, history=history)
    yield from lying((times,), ", t", "roll-outs from the first state", history=1, rolled=True)


def _expected(shape: tuple[int, ...], data: DataSpec, split: Split, count: int) -> str:
    """Return what was expected: another number of samples where the rest fits, else the nearest shapes."""
    forms = list(_forms(data, count))
    if any(shape[1:] == form.shape[1:] for form in forms if shape):
        return f"the split '{split}' has {count} samples, these are {shape[0]}"
    near = sorted(forms, key=lambda form: abs(len(form.shape) - len(shape)))[:2]
    fields = ", ".join(field.name for field in data.states)
    shapes = " or ".join(f"{form.letters} = {form.shape}" for form in near)
    return f"expected {shapes}, of the {'fields' if len(data.states) > 1 else 'field'} {fields} in their units"


def _predictions(arrays: Arrays, path: Path, split: Split) -> NDArray[np.generic]:
    if split in arrays and PREDICTIONS not in arrays:
        return _real(arrays[split], path)
    others = [name for name in arrays if name not in (INPUTS, SEED)]
    if PREDICTIONS not in arrays and len(others) != 1:
        raise InputError(f"{path}: holds {', '.join(sorted(arrays))}; expected '{PREDICTIONS}' among them")
    return _real(arrays.get(PREDICTIONS, arrays[others[0]] if len(others) == 1 else next(iter(arrays.values()))), path)


def _real(values: NDArray[np.generic], path: Path) -> NDArray[np.generic]:
    if values.dtype.kind not in "fiub":
        raise InputError(f"{path}: holds {values.dtype}, not real numbers")
    return values


def _inputs(values: NDArray[np.generic], problem: Problem, path: Path) -> Field:
    """Return inputs as (n, c, s...)."""
    if values.dtype.kind not in "fiub":
        raise InputError(f"{path}: its inputs are {values.dtype}, not real numbers")
    channels, axes = len(problem.channels), len(problem.domain.points)
    inputs = np.asarray(values, np.float32)
    return np.ascontiguousarray(inputs[:, None] if inputs.ndim == axes + 1 and channels == 1 else inputs)


def _seed(arrays: Arrays) -> int | None:
    seed = arrays.get(SEED)
    return int(seed.reshape(-1)[0]) if seed is not None and seed.size == 1 and seed.dtype.kind in "iu" else None


def _names(inputs: Field) -> list[bytes]:
    """Return a name of each of inputs (n, c, s...): a hash of its bytes."""
    return [hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=16).digest() for row in inputs]
