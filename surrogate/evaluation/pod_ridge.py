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
# Ridges, relative to the mean of the squared singular values that are kept.
RIDGES = tuple(10.0 ** (power / 2) for power in range(-24, 7))


@dataclass(frozen=True)
class Choice:
    """The number of modes and the ridge (in units of the squared inputs), and their score; less is better."""

    modes: int
    ridge: float
    score: float


def pod_ridge(inputs: Field, train_inputs: Field, train_outputs: Field) -> Field:
    """Return what POD and ridge regression, fitted to the training pairs, make of ``inputs``: ``(p, c_out, s...)``.

    The inputs, every channel without its mean field and over its standard deviation, are put in terms of their leading
    POD modes; the coefficients of the POD modes of the outputs follow by ridge regression. The regression is linear in
    the outputs, so all of their modes are taken together, that is, the outputs themselves. The number of input modes
    and the ridge minimise the generalised cross-validation of the training pairs, see :func:`choose`.

    Source: Golub, Heath, Wahba (1979), Generalized cross-validation as a method for choosing a good ridge parameter,
    Technometrics 21.
    """
    every = math.ceil(len(train_inputs) / MOST_PAIRS)
    known, answers = train_inputs[::every], train_outputs[::every].reshape(len(train_outputs[::every]), -1)
    axes = (0, *range(2, known.ndim))
    centre = known.mean(axis=0, dtype=np.float64)
    spread = np.sqrt(np.square(known - centre).mean(axis=axes, dtype=np.float64))
    spread = np.where(spread > 0, spread, 1.0).reshape(-1, *[1] * (known.ndim - 2))

    def standard(fields: Field) -> Matrix:
        return ((fields - centre) / spread).reshape(len(fields), -1)

    x, mean = standard(known), answers.mean(axis=0, dtype=np.float64)
    y = answers - mean
    left, values = _left_singular(x)
    chosen = choose(values, left.T @ y, float(np.square(y).sum()), len(x))
    kept = slice(chosen.modes)
    weights = (values[kept] / (values[kept] ** 2 + chosen.ridge))[:, None] * (left[:, kept].T @ y)
    modes = (left[:, kept].T @ x) / values[kept, None]
    found = np.concatenate([(standard(some) @ modes.T) @ weights + mean for some in _blocks(inputs)])
    return found.astype(np.float32).reshape(len(inputs), *train_outputs.shape[1:])


def choose(values: Matrix, coefficients: Matrix, energy: float, pairs: int) -> Choice:
    """Return the number of modes and the ridge of the least ``n |(I - H) y|^2 / (n - 1 - trace H)^2``.

    ``H`` is the matrix that takes the training outputs to their fit, the 1 is for the mean.

    Args:
        values: singular values of the inputs without their mean, largest first, ``(m,)``.
        coefficients: of the outputs without their mean in the left singular vectors, ``(m, g)``.
        energy: the sum of the squares of those outputs.
        pairs: n.
    """
    squares = np.square(coefficients).sum(axis=1)
    best = Choice(0, 0.0, math.inf)
    for modes in sorted({min(len(values), 2**power) for power in range(2, 12)}):
        kept = values[:modes] ** 2
        outside = max(energy - float(squares[:modes].sum()), 0.0)
        for ridge in np.multiply(RIDGES, kept.mean()):
            share = kept / (kept + ridge)
            free = pairs - 1 - float(share.sum())
            if free > 0:
                score = pairs * (float((np.square(1 - share) * squares[:modes]).sum()) + outside) / free**2
                best = min(best, Choice(modes, float(ridge), score), key=lambda choice: choice.score)
    return best


def _left_singular(x: Matrix) -> tuple[Matrix, Matrix]:
    """Return left singular vectors ``(p, m)`` and singular values ``(m,)``, largest first, but those of rounding."""
    squares, vectors = np.linalg.eigh(x @ x.T)
    order: NDArray[np.intp] = np.flatnonzero(squares > squares[-1] * len(x) * np.finfo(np.float64).eps)[::-1]
    return vectors[:, order], np.sqrt(squares[order])


def _blocks(fields: Field, size: int = 256) -> list[Field]:
    return [fields[start : start + size] for start in range(0, len(fields), size)]
