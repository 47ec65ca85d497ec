"""A coarse solution on a finer grid, with what the coefficients of the equation do there: learned once, used again.

Shape letters: b batch, i input channels, o output channels, w width, s... space.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from surrogate.operators.padding import Rules, convolve
from surrogate.operators.resampling import double, extended
from surrogate.operators.stencil import Stencil
from surrogate.spaces import Grid

# A spread below this part of the mean is the rounding of float32, not a spread.
_ROUNDING = 1e-7


class Refinement(nn.Module):
    """Interpolate ``u`` to half the spacing, then correct it: ``u <- u + E (G(a) . D u) + h^2 c(a)``, a few times.

    ``D`` are stencils of differences, ``E`` stencils, ``G(a)`` and ``c(a)`` functions of the inputs nearby, and h is
    the spacing in units of that of the grid trained on. That is the form of a correction of the error of an elliptic
    equation of second order, ``u <- u + S (f - A_a u)``: linear in ``u`` and the right-hand side together, with an
    operator that depends on the coefficients alone. Seen from close, such an equation is the same on every scale but
    for ``h^2`` at its right-hand side; so one set of weights, learned between two grids, serves between any two.

    Before it has learned it is interpolation.

    Source: interpolation that depends on the operator is that of Alcouffe, Brandt, Dendy, Painter (1981), The
    multi-grid method for the diffusion equation with strongly discontinuous coefficients, SIAM J. Sci. Stat. Comput. 2.

    Args:
        inputs: channels of the inputs.
        outputs: channels of the solution.
        width: channels of G.
        steps: how often it is corrected.
        rules: the ghost rule of the inputs on every side.
    """

    mean: Tensor
    std: Tensor
    size: Tensor

    def __init__(self, inputs: int, outputs: int, width: int, steps: int, rules: Rules) -> None:
        super().__init__()
        self.rules = rules
        for name, channels, value in (("mean", inputs, 0.0), ("std", inputs, 1.0), ("size", outputs, 1.0)):
            self.register_buffer(name, torch.full((1, channels, *(1 for _ in rules)), value))
        three, one = (3,) * len(rules), (1,) * len(rules)
        self.features = nn.ModuleList(Stencil(c, width, three, rules, bias=True) for c in (inputs, width))
        self.weights = nn.ModuleList(Stencil(width, width, three, rules, bias=True) for _ in range(steps))
        self.differences = nn.ModuleList(Stencil(outputs, width, three, None) for _ in range(steps))
        self.corrections = nn.ModuleList(Stencil(width, outputs, three, rules) for _ in range(steps))
        self.sources = nn.ModuleList(Stencil(width, outputs, one, None, bias=True) for _ in range(steps))
        for parameter in (*self.corrections.parameters(), *self.sources.parameters()):
            nn.init.zeros_(parameter)

    def fit_scales(self, inputs: Tensor, outputs: Tensor) -> None:
        """Take mean and deviation of the inputs (n, i, s...) and the size of the outputs (n, o, s...), per channel."""
        axes = (0, *range(2, inputs.ndim))
        # In float64, as squares of float32 fields may not fit; without spread, or zero, as a normaliser has it.
        std, mean = torch.std_mean(inputs.double(), axes, keepdim=True)
        size = outputs.double().square().mean(axes, keepdim=True).sqrt()
        std, together = torch.where(std > _ROUNDING * mean.abs(), std, mean.abs()), size.square().mean().sqrt()
        self.mean.copy_(mean)
        self.std.copy_(torch.where(std > 0, std, 1.0))
        self.size.copy_(torch.where(size > 0, size, torch.where(together > 0, together, 1.0)))

    def forward(self, coarse: Tensor, inputs: Tensor, grid: Grid, periodic: Sequence[bool], spacing: float) -> Tensor:
        """Map (b, o, s...) to the grid of ``inputs``, (b, i, 2 s...), with half the spacing; both in physical units.

        Args:
            coarse: the solution.
            inputs: on the fine grid.
            grid: how the points of each axis are placed.
            periodic: whether each axis is.
            spacing: of the fine grid, in units of the spacing of the grid trained on.
        """
        # No shift of the solution: only without one is a correction that is linear in it the right one.
        solution, hidden = double(coarse / self.size, grid, periodic), (inputs - self.mean) / self.std
        for feature in self.features:
            hidden = F.gelu(feature(hidden))
        for weight, difference, correction, source in zip(
            self.weights, self.differences, self.corrections, self.sources, strict=True
        ):
            here = F.gelu(weight(hidden))
            seen = _differences(solution, cast(Tensor, difference.weight), periodic)
            solution = solution + correction(here * seen) + spacing**2 * source(here)
        return solution * self.size


def _differences(field: Tensor, weight: Tensor, periodic: Sequence[bool]) -> Tensor:
    """Return the correlation with ``weight`` less its mean, so that no constant is seen."""
    weight = weight - weight.mean(tuple(range(2, weight.ndim)), keepdim=True)
    for axis, closed in enumerate(periodic, start=2):
        field = extended(field.movedim(axis, -1), 1, closed).movedim(-1, axis)
    return convolve(field, weight, None, 1, None)
