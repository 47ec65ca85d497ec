"""FitzHugh-Nagumo on a square that nothing leaves: an activator ``u`` and its inhibitor ``v``.

``u_t = diffusion_u Laplace u + u - u^3 - offset - v`` and ``v_t = diffusion_v Laplace v + u - v``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from torch import Tensor

from surrogate.equations._boxes import Reacting, Started
from surrogate.equations._equation import Positive
from surrogate.equations._evolution import Walls


class Equation(Started, Reacting):
    """The two diffusivities and the offset; both fields start as independent draws of ``initial``."""

    block: ClassVar = 2
    states: ClassVar = ("activator", "inhibitor")

    diffusion_u: Positive
    diffusion_v: Positive
    offset: float

    def sides(self) -> Walls:
        return "neumann"

    def linear(self, laplace: Any) -> Any:
        return self.diffusion_u * laplace + 1, self.diffusion_v * laplace - 1

    def nonlinear(self, u: Any, v: Any) -> Any:
        return -(u**3) - self.offset - v, u

    def invariants(self, constants: Tensor, states: Tensor) -> dict[str, Tensor]:
        """Return by how much either field leaves a box that no solution leaves, relative to its size, ``(n,)``.

        Where ``|u| = m`` and ``|v| <= m``, ``u`` returns once ``m^3 >= 2 m + |offset|``: ``m^2 >= 2 + |offset|`` and
        ``m >= 1`` are enough; where ``|v| = m``, ``v`` returns as ``|u| <= m``.
        """
        size = states.flatten(2).abs().amax(2)
        limit = size[:, 0].clamp(min=(2 + abs(self.offset)) ** 0.5)
        return {"invariant region": (size.amax(1) - limit).clamp(min=0) / limit}
