"""Burgers flow without viscosity, ``u_t + (u^2 / 2)_x = 0``, as a conservation law on one axis."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class InviscidBurgers:
    """A velocity that carries itself; conserved and primitive field are the same, and every value is physical."""

    vectors: int = 0

    def primitive(self, conserved: Tensor) -> Tensor:
        return conserved

    def conserved(self, primitive: Tensor) -> Tensor:
        return primitive

    def admissible(self, primitive: Tensor) -> Tensor:
        return torch.isfinite(primitive)

    def repaired(self, conserved: Tensor) -> Tensor:
        return conserved

    def speed(self, primitive: Tensor, axis: int) -> Tensor:
        return primitive[:, 0].abs()

    def flux(self, left: Tensor, right: Tensor) -> Tensor:
        """Return the exact flux between two states: of Godunov, hence monotone.

        Source: LeVeque (2002), Finite Volume Methods for Hyperbolic Problems, equation (12.4).
        """
        return torch.maximum(left.clamp(min=0).square(), right.clamp(max=0).square()) / 2

    def to_waves(self, change: Tensor, left: Tensor, right: Tensor) -> Tensor:
        return change

    def from_waves(self, waves: Tensor, left: Tensor, right: Tensor) -> Tensor:
        return waves
