"""POD + ridge regression: the best linear map between a few modes of the inputs and of the outputs.

Shapes: p pairs, f numbers of an input, g numbers of an output, m modes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Matrix = NDArray[np.float64]

# More training pairs than this are thinned evenly: the cost grows with their cube.
MOST_PAIRS = 1500
# Numbers of an output that count when modes and ridge are chosen.
MOST_OUTPUTS = 256
# Ridges, relative to the mean of the squared singular values that are kept.
RIDGES = tuple(10.0**power for power in range(-12, 5))


@dataclass(frozen=True)
class Choice:
    """The number of modes, the ridge (over the mean of their squared singular values) and the squared error."""

    modes: int
    ridge: float
    score: float


def pod_ridge(inputs: Field, train_inputs: Field, train_outputs: Field) -> Field:
    """Return what POD and ridge regression, fitted to the training pairs, make of ``inputs``: ``(p, c_out, s...)``.

    The inputs, every channel without its mean field and over its standard deviation (one whose training fields are all
    the same has none, and is left out), are put in terms of their leading
    POD modes; the coefficients of the POD modes of the outputs follow by ridge regression. The regression is linear in
    the outputs, so all of their modes are taken together, that is, the outputs themselves. The number of input modes
    and the ridge are those of the least error on the last fifth of the training pairs, see :func:`choose`: pairs of one
    trajectory lie together and are held out together, as they would vouch for each other.

    Source: Hastie, Tibshirani, Friedman (2009), The Elements of Statistical Learning, sections 3.4 and 7.2.
    """
    every = math.ceil(len(train_inputs) / MOST_PAIRS)
    known, answers = train_inputs[::every], train_outputs[::every].reshape(len(train_outputs[::every]), -1)
    axes = (0, *range(2, known.ndim))
    varied = (known != known[:1]).any(axis=axes)
    centre = known.mean(axis=0, dtype=np.float64)[varied]
    spread = np.sqrt(np.square(known[:, varied] - centre).mean(axis=axes, dtype=np.float64))
    spread = spread.reshape(-1, *[1] * (known.ndim - 2))

    def standard(fields: Field) -> Matrix:
        return ((fields[:, varied] - centre) / spread).reshape(len(fields), -1)

    x, mean = standard(known), answers.mean(axis=0, dtype=np.float64)
    y = answers - mean
    last = len(x) - max(1, len(x) // 5) if len(x) > 1 else 0  # a single pair can only choose for itself
    chosen = choose((x[: last or None], y[: last or None]), (x[last:], y[last:]))
    left, values = _left_singular(x)
    kept = slice(chosen.modes)
    ridge = chosen.ridge * float(np.square(values[kept]).sum()) / max(chosen.modes, 1)
    weights = (values[kept] / (values[kept] ** 2 + ridge))[:, None] * (left[:, kept].T @ y)
    modes = (left[:, kept].T @ x) / values[kept, None]
    prediction = np.concatenate([(standard(some) @ modes.T) @ weights + mean for some in _blocks(inputs)])
    return prediction.astype(np.float32).reshape(len(inputs), *train_outputs.shape[1:])


def choose(fitted: tuple[Matrix, Matrix], held: tuple[Matrix, Matrix]) -> Choice:
    """Return the number of modes and the ridge whose fit to some pairs has the least squared error on others.

    There are no modes where all inputs are the same.

    Args:
        fitted: inputs ``(p, f)`` and outputs ``(p, g)`` without their means.
        held: those on which the error is measured; of many outputs evenly spaced ones count.
    """
    (x, y), (inputs, truth) = fitted, held
    thin = slice(None, None, math.ceil(y.shape[1] / MOST_OUTPUTS))
    y, truth = y[:, thin], truth[:, thin]
    left, values = _left_singular(x)
    coordinates, coefficients = inputs @ ((left.T @ x) / values[:, None]).T, left.T @ y
    best = Choice(0, 0.0, math.inf)
    for modes in sorted({min(len(values), 2**power) for power in range(2, 12)} - {0}):
        kept = values[:modes]
        for ridge in RIDGES:
            share = kept / (kept**2 + ridge * float(np.square(kept).mean()))
            wrong = truth - (coordinates[:, :modes] * share) @ coefficients[:modes]
            best = min(best, Choice(modes, ridge, float(np.square(wrong).sum())), key=lambda choice: choice.score)
    return best


def _left_singular(x: Matrix) -> tuple[Matrix, Matrix]:
    """Return left singular vectors ``(p, m)`` and singular values ``(m,)``, largest first, but those of rounding."""
    squares, vectors = np.linalg.eigh(x @ x.T)
    order: NDArray[np.intp] = np.flatnonzero(squares > squares[-1] * len(x) * np.finfo(np.float64).eps)[::-1]
    return vectors[:, order], np.sqrt(squares[order])


def _blocks(fields: Field, size: int = 256) -> list[Field]:
    return [fields[start : start + size] for start in range(0, len(fields), size)]
