"""Equations that follow the slope of an energy, which is declared beside their terms."""

from __future__ import annotations

import math
from abc import abstractmethod

import torch
from torch import Tensor

from surrogate.equations._equation import Equation


class Variational(Equation):
    """A flow down the slope of an energy, ``u_t = -dE/du`` or ``u_t = O dE/du``, or a state where it is level.

    Solvers want the terms split and ordered in their own way, so both are written, and a test holds them together.
    """

    @abstractmethod
    def energy(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return the energy of ``states``, ``(n, t, c, s...)``, a mean over the box, ``(n, t)``; differentiable."""

    def force(self, constants: Tensor, states: Tensor) -> Tensor:
        """Return ``-dE/du`` at the points, ``(n, t, c, s...)``, by automatic differentiation."""
        with torch.enable_grad():
            at = states.detach().requires_grad_()
            (slope,) = torch.autograd.grad(self.energy(constants, at).sum(), at)
        return -slope * math.prod(self.grid.points)
