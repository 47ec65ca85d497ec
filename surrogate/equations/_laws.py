"""The random laws of what is given: samplers that a recipe names and sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, SerializeAsAny

from surrogate import registry
from surrogate.spaces import Grid, Split

Positive = Annotated[float, Field(gt=0)]
# The settings of a sampler: a mapping with its name.
Law = Annotated[SerializeAsAny[registry.Settings], BeforeValidator(registry.SAMPLERS.read)]


def drawn(law: registry.Settings, grid: Grid, seed: int, split: Split, indices: Sequence[int]) -> NDArray[np.float64]:
    """Return what ``law`` draws for the samples ``indices`` on ``grid``, ``(n, s...)``.

    Raises:
        SettingsError: the law has no samples on such a grid.
    """
    found: NDArray[np.float64] = registry.SAMPLERS.module(law.name).sample(law, grid, seed, split, indices)
    return found
