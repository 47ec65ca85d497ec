"""Predictions that need no learning: what a surrogate must beat to have learned anything.

Shapes: p pairs, c channels, s... space; inputs ``(p, c_in, s...)``, outputs ``(p, c_out, s...)``, float32.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

# Candidates from the fast distance that are measured again exactly, and rows of it held at a time.
CANDIDATES = 8
ROWS = 256


def training_mean(outputs: Field, count: int) -> Field:
    """Return the mean of the training outputs as the prediction for ``count`` samples: ``(count, c_out, s...)``."""
    mean = outputs.mean(axis=0, dtype=np.float64).astype(np.float32)
    return np.broadcast_to(mean, (count, *mean.shape))


def nearest_training_sample(inputs: Field, train_inputs: Field, train_outputs: Field) -> Field:
    """Return, for every input, the output of the training input nearest to it: ``(p, c_out, s...)``.

    Nearest is in L2 over channels and points, every channel divided by its standard deviation over the training
    inputs, so that no unit outweighs another. A channel in which all training inputs agree cannot tell them apart and
    is left out.
    """
    axes = (0, *range(2, train_inputs.ndim))
    varied = train_inputs.max(axis=axes) > train_inputs.min(axis=axes)
    centre = train_inputs.mean(axis=axes, keepdims=True, dtype=np.float64)[:, varied]
    spread = train_inputs.std(axis=axes, keepdims=True, dtype=np.float64)[:, varied]

    def standard(fields: Field) -> Field:
        return ((fields[:, varied] - centre) / spread).astype(np.float32).reshape(len(fields), -1)

    known = standard(train_inputs)
    squares = np.einsum("pf,pf->p", known, known)
    chosen = [
        _nearest(row, known, candidates)
        for start in range(0, len(inputs), ROWS)
        for row, candidates in _candidates(standard(inputs[start : start + ROWS]), known, squares)
    ]
    return train_outputs[chosen]


def persistence(inputs: Field, outputs: int) -> Field:
    """Return the state that the inputs hold, their last ``outputs`` channels: nothing changes."""
    return inputs[:, -outputs:]


def _candidates(rows: Field, known: Field, squares: Field) -> list[tuple[Field, NDArray[np.intp]]]:
    """Return each row with the indices of the few nearest by ``|b|^2 - 2 a.b``, which rounds but is one product."""
    distance = squares - 2 * (rows @ known.T)
    few = min(CANDIDATES, len(known))
    return list(zip(rows, np.argpartition(distance, few - 1, axis=1)[:, :few], strict=True))


def _nearest(row: Field, known: Field, candidates: NDArray[np.intp]) -> int:
    distance = np.square(known[candidates].astype(np.float64) - row).sum(axis=1)
    return int(candidates[distance.argmin()])
