"""Gray-Scott on a periodic square: two substances that feed on each other and form spots, worms and mazes.

``a_t = diffusion_a Laplace a - a b^2 + feed (1 - a)`` and ``b_t = diffusion_b Laplace b + a b^2 - (feed + kill) b``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field
from torch import Tensor

from surrogate.equations._boxes import Reacting
from surrogate.equations._equation import Array, Positive
from surrogate.samplers._streams import stream
from surrogate.spaces import Split


class Equation(Reacting):
    """The two diffusivities, the rates of feeding and killing, and the start.

    The start is ``a = 1 - 2 h``, ``b = h``, where ``h`` is at most ``amplitude``: ``clumps`` bell-shaped heaps of the
    given ``width`` (the standard deviation of a narrow one) at random places, of which the highest counts, smoothly.
    """

    block: ClassVar = 2
    states: ClassVar = ("substance_a", "substance_b")

    diffusion_a: Positive
    diffusion_b: Positive
    feed: Positive
    kill: Positive
    clumps: Annotated[int, Field(ge=1)]
    width: Positive
    amplitude: Annotated[float, Field(gt=0, le=0.5)]

    def linear(self, laplace: Any) -> Any:
        return self.diffusion_a * laplace - self.feed, self.diffusion_b * laplace - self.feed - self.kill

    def nonlinear(self, a: Any, b: Any) -> Any:
        met = a * (b * b)
        return self.feed - met, met

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        """Return the starts of the samples ``indices``, ``(n, 2, x, y)``: the waves that the solver keeps."""
        grid = self.grid
        sharpness = (self.length / (2 * np.pi * self.width)) ** 2
        starts = np.empty((len(indices), 2, *grid.points))
        for row, index in enumerate(indices):
            nothing = np.ones(grid.points)
            for place in stream(seed, split, index).random((self.clumps, self.dimensions)):
                x, y = (
                    np.cos(2 * np.pi * (s / self.length - c)) for s, c in zip(grid.coordinates(), place, strict=True)
                )
                nothing *= 1 - np.exp(sharpness * (x[:, None] + y - 2))
            heap = self.amplitude * (1 - nothing)
            starts[row] = 1 - 2 * heap, heap
        return self.kept(starts)

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return by how much substances fall below nothing, and ``a`` rises above what is fed, ``(n,)``."""
        a = states[:, :, 0].flatten(2)
        above = a.flatten(1).amax(1) - a[:, 0].amax(1).clamp(min=1)
        return {
            "negative substance": -states.flatten(1).amin(1).clamp(max=0),
            "more substance a than is fed": above.clamp(min=0),
        }
