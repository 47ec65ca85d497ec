"""What every law of random fields owes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from surrogate.registry import SAMPLERS, Settings
from surrogate.spaces import Grid
from surrogate.testing.contract import Contract


class SamplerContract(Contract):
    """A sample is a function of seed, split and index alone.

    ``laws`` gives settings and a grid for those of the names that are to be drawn from; the samplers of an equation are
    held to the same by its own contract.
    """

    laws: ClassVar[Mapping[str, tuple[dict[str, Any], Grid]]] = {}

    def test_it_has_settings_and_samples(self, name: str) -> None:
        """The module has what a recipe needs of a law."""
        module = SAMPLERS.module(name)
        assert issubclass(module.Settings, Settings)
        assert callable(module.sample)

    def test_a_sample_depends_on_seed_split_and_index_alone(self, name: str) -> None:
        """However many workers draw, in whatever order, each sample is the same."""
        if name in self.laws:
            values, grid = self.laws[name]
            settings, sample = SAMPLERS.read({"name": name} | values), SAMPLERS.module(name).sample
            several, one = sample(settings, grid, 3, "valid", [5, 6, 7]), sample(settings, grid, 3, "valid", [6])
            assert several.shape == (3, *grid.points)
            assert np.array_equal(several[1], one[0])
            assert not np.array_equal(sample(settings, grid, 3, "test", [6]), one)
