"""Cahn-Hilliard on a periodic square: an alloy that parts, ``u_t = Laplace (u^3 - u - thickness^2 Laplace u)``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field
from torch import Tensor

from surrogate.equations._bounds import drift, growth, span
from surrogate.equations._boxes import Reacting, Started
from surrogate.equations._equation import Array, Positive
from surrogate.equations._variational import Variational
from surrogate.spaces import Split


class Equation(Started, Reacting, Variational):
    """The thickness of the interfaces between ``u = -1`` and ``u = 1``, and the mean of the concentration ``u``.

    One Laplacian of ``u`` is taken to the linear part, so that what is left of ``u^3 - u`` is small in the pure phases.
    """

    states: ClassVar = ("concentration",)

    thickness: Positive
    mean: Annotated[float, Field(gt=-1, lt=1)]

    def linear(self, laplace: Any) -> Any:
        return laplace * (1 - self.thickness**2 * laplace)

    def outer(self, laplace: Any) -> Any:
        return laplace

    def nonlinear(self, u: Any) -> Any:
        return u**3 - 2 * u

    def draw(self, seed: int, split: Split, indices: Sequence[int]) -> Array:
        return self.mean + super().draw(seed, split, indices)

    def energy(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return the mean of ``thickness^2 |grad u|^2 / 2 + (u^2 - 1)^2 / 4``, ``(n, t)``."""
        surface = -(self.thickness**2) / 2 * states * self.laplacian(states)
        return (surface + (states.square() - 1).square() / 4).flatten(2).mean(2)

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return how far the mass drifts, relative to the largest value, and how the free energy grows, ``(n,)``."""
        energy = self.energy(constants, states)
        mass = states.flatten(2).mean(2)
        return {
            "mass": drift(mass, states.flatten(1).abs().amax(1)),
            "growth of the free energy": growth(energy, span(energy)),
        }
