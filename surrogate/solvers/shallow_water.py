"""Shallow water over a flat bed, as a conservation law on one or two axes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from surrogate.solvers.conservation import at_least


@dataclass(frozen=True)
class ShallowWater:
    """Height and discharge, ``(h, h v)``; the primitive fields are height and velocity. No bed falls dry.

    ``gravity`` is length per time squared, ``vectors`` the number of axes.
    """

    gravity: float
    vectors: int

    def primitive(self, conserved: Tensor) -> Tensor:
        return torch.cat((conserved[:, :1], conserved[:, 1:] / conserved[:, :1]), dim=1)

    def conserved(self, primitive: Tensor) -> Tensor:
        return torch.cat((primitive[:, :1], primitive[:, 1:] * primitive[:, :1]), dim=1)

    def admissible(self, primitive: Tensor) -> Tensor:
        return primitive[:, :1] > 0

    def repaired(self, conserved: Tensor) -> Tensor:
        return torch.cat((at_least(conserved[:, :1], 1e-2), conserved[:, 1:]), dim=1)

    def speed(self, primitive: Tensor, axis: int) -> Tensor:
        return primitive[:, 1 + axis].abs() + (self.gravity * primitive[:, 0]).sqrt()

    def flux(self, left: Tensor, right: Tensor) -> Tensor:
        """Return the flux of two shocks and a shear layer between the states; written so that mirrors agree.

        Source: Toro (2001), Shock-Capturing Methods for Free-Surface Shallow Flows, section 10.4, with the speeds of
        Einfeldt (1988), SIAM J. Numer. Anal. 25, 294, equation (5.5).
        """
        slowest, fastest = self._signals(left, right)
        back, ahead = slowest.clamp(max=0), fastest.clamp(min=0)
        mass_left, mass_right = left[:, 0] * left[:, 1], right[:, 0] * right[:, 1]
        force_left = mass_left * left[:, 1] + self.gravity / 2 * left[:, 0].square()
        force_right = mass_right * right[:, 1] + self.gravity / 2 * right[:, 0].square()
        width = ahead - back
        mixed = back * ahead / width
        mass = (ahead * mass_left - back * mass_right) / width + mixed * (right[:, 0] - left[:, 0])
        force = (ahead * force_left - back * force_right) / width + mixed * (mass_right - mass_left)
        if left.shape[1] == 2:
            return torch.stack((mass, force), dim=1)
        carried = torch.where(mass[:, None] >= 0, left[:, 2:], right[:, 2:])
        return torch.cat((mass[:, None], force[:, None], mass[:, None] * carried), dim=1)

    def _signals(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        """Return the speeds of the slowest and of the fastest wave between two states."""
        sound_left, sound_right = (self.gravity * left[:, 0]).sqrt(), (self.gravity * right[:, 0]).sqrt()
        root_left, root_right = left[:, 0].sqrt(), right[:, 0].sqrt()
        mean = (root_left * left[:, 1] + root_right * right[:, 1]) / (root_left + root_right)
        sound = (self.gravity / 2 * (left[:, 0] + right[:, 0])).sqrt()
        slowest = torch.minimum(left[:, 1] - sound_left, mean - sound)
        fastest = torch.maximum(right[:, 1] + sound_right, mean + sound)
        return slowest, fastest

    def to_waves(self, change: Tensor, left: Tensor, right: Tensor) -> Tensor:
        """Return two gravity waves (first, last) and shear.

        Source: Toro (2001), Shock-Capturing Methods for Free-Surface Shallow Flows, section 3.3.
        """
        velocity, sound = self._frozen(left, right)
        height = change[:, :, 0]
        moved = change[:, :, 1] - velocity[:, 0] * height
        shear = change[:, :, 2:] - velocity[:, 1:] * height[:, :, None]
        lift = sound * height
        return torch.cat(((lift - moved)[:, :, None], shear, (lift + moved)[:, :, None]), dim=2)

    def from_waves(self, waves: Tensor, left: Tensor, right: Tensor) -> Tensor:
        velocity, sound = self._frozen(left, right)
        behind, ahead = waves[:, :, 0], waves[:, :, -1]
        height = (behind + ahead) / (2 * sound)
        normal = (ahead - behind) / 2 + velocity[:, 0] * height
        across = waves[:, :, 1:-1] + velocity[:, 1:] * height[:, :, None]
        return torch.cat((height[:, :, None], normal[:, :, None], across), dim=2)

    def _frozen(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        """Return velocity and speed of gravity waves half-way between two states."""
        return (left[:, 1:] + right[:, 1:]) / 2, (self.gravity / 2 * (left[:, 0] + right[:, 0])).sqrt()
