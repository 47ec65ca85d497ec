"""The random numbers of a sample: they depend on the seed, the split and the index of the sample, on nothing else."""

from __future__ import annotations

import numpy as np

from surrogate.spaces import SPLITS, Split


def stream(seed: int, split: Split, index: int) -> np.random.Generator:
    """Return the generator of sample ``index`` of ``split``.

    Philox is a keyed counter: the three numbers side by side are its 128-bit key, so two samples never share a
    stream, and no sample depends on how many others were drawn, or in which order.

    Raises:
        ValueError: the seed does not fit in 64 bits, or the index in 56.
    """
    if not 0 <= seed < 2**64 or not 0 <= index < 2**56:
        raise ValueError(f"expected 0 <= seed < 2^64 and 0 <= index < 2^56, got seed {seed} and index {index}")
    return np.random.Generator(np.random.Philox(key=SPLITS.index(split) << 120 | index << 64 | seed))
