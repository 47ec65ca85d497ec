"""One way to ask a predictor about a split: read it, cut it, predict, measure.

Shapes: p pairs, n samples, c channels, s... space; a sample has ``p / n`` pairs, which lie together.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from surrogate import cores
from surrogate.datasets.dataset import Dataset
from surrogate.datasets.windows import chosen_among, cut, one_step, windows
from surrogate.datasets.windows import problem as problem_of
from surrogate.errors import InputError
from surrogate.evaluation.intervals import Interval, of_metric
from surrogate.evaluation.metric import Values, errors
from surrogate.evaluation.timing.interleaved import Budget, interleaved
from surrogate.predictors.asking import batches
from surrogate.predictors.predictor import Field, FieldMap, Predictor, Samples, refusal
from surrogate.spaces import DataSpec, Problem, Split

# Single predictions that are timed, and the seconds they may take together.
_ROUNDS, _SECONDS = 15, 2.0


def question(predictor: Predictor, spec: DataSpec) -> Problem:
    """Return what a predictor is asked on data of ``spec``: one application, on their grid; it may refuse that."""
    chosen = None if predictor.record is None else predictor.record.settings
    return problem_of(spec, predictor.problem.task, one_step(predictor.problem), chosen)


def accepted(predictor: Predictor, data: Dataset) -> Problem:
    """Return what the predictor is asked on ``data``: one application, on their grid.

    Raises:
        InputError: it does not accept that.
    """
    problem = question(predictor, data.spec)
    if reason := refusal(predictor, problem):
        raise InputError(f"{data.path}: {reason}")
    return problem


def samples_of(predictor: Predictor, data: Dataset, split: Split, limit: int | None = None) -> Samples:
    """Return the samples of a split of ``data``, or the first ``limit`` of them, as the predictor is asked about them.

    Raises:
        InputError: it does not accept such data, or the split is empty.
    """
    return read_samples(accepted(predictor, data), data, split, limit)


def learned_from(predictor: Predictor, data: Dataset) -> Path | None:
    """Return where the data that a predictor learned from lie: those of ``data`` where they are the same."""
    known = predictor.record is not None and predictor.record.data.hash == data.hash
    return data.path if known else predictor.data


def read_samples(problem: Problem, data: Dataset, split: Split, limit: int | None = None) -> Samples:
    """Return the samples of a split of ``data``, or the first ``limit`` of them, cut into the pairs of ``problem``.

    Raises:
        InputError: the split is empty.
    """
    return cut_samples(problem, data.spec, data.hash, split, *data.read(split, limit))


def cut_samples(
    problem: Problem, spec: DataSpec, digest: str, split: Split, constants: Field, states: Field
) -> Samples:
    """Return samples in memory, constants (n, c, s...) and states (n, t, c, s...), cut into the pairs of a problem."""
    constants, states = chosen_among(spec, problem, constants, states)
    inputs, outputs = cut(windows(spec.times, problem.task, one_step(problem)), constants, states)
    items = np.arange(len(states), dtype=np.int64)
    return Samples(problem, digest, split, items, spec.times, constants, states, inputs, outputs)


def errors_of(samples: Samples, prediction: Field, batch_size: int) -> dict[str, Values]:
    """Return metric -> one value per pair, of predictions (p, c, s...)."""
    problem = samples.problem
    parts = [
        errors(
            torch.from_numpy(np.array(prediction[batch])),
            torch.from_numpy(samples.outputs[batch]),
            problem.target,
            problem.weights(torch.from_numpy(samples.inputs[batch])),
        )
        for batch in batches(len(samples.outputs), batch_size)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def per_sample(samples: Samples, values: Values) -> Values:
    """Return the mean over the pairs of each sample, (n,), of values (p,)."""
    mean: Values = values.reshape(len(samples), -1).mean(axis=1)
    return mean


def intervals_of(samples: Samples, per_pair: dict[str, Values]) -> dict[str, Interval]:
    """Return the mean of each metric; pairs of one trajectory depend on each other: it is one sample."""
    return {name: of_metric(name, per_sample(samples, values)) for name, values in per_pair.items()}


def settle(surrogate: FieldMap, inputs: Field, batch_size: int) -> str:
    """Take the threads with which a batch is predicted fastest, and return a line on it as :func:`cores.settle` does.

    Raises:
        ValueError: a number of channels or axes, or a grid, that this surrogate cannot take.
    """
    fields = torch.from_numpy(inputs[:batch_size])
    if surrogate.device.type != "cpu":
        return ""
    with torch.inference_mode():
        return cores.settle(lambda: surrogate(fields))


def one_at_a_time(surrogate: FieldMap, inputs: Field) -> float:
    """Return the median seconds of single predictions, of a few inputs (p, c, s...) one after the other."""
    device = surrogate.device
    fields = torch.from_numpy(inputs[:_ROUNDS]).to(device)

    def call(number: int) -> object:
        return surrogate(fields[number % len(fields)][None])

    with torch.inference_mode():
        return interleaved({"one": call}, Budget(_ROUNDS, _SECONDS), device)["one"]
