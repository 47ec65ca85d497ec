"""Compressible flow of an ideal gas without friction, as a conservation law on one or two axes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from surrogate.solvers.conservation import at_least


@dataclass(frozen=True)
class Euler:
    """Density, momentum, energy: ``(rho, rho v, e)`` with ``e = p / (gamma - 1) + rho |v|^2 / 2``.

    The primitive fields are density, velocity and pressure. ``vectors`` is the number of axes.
    """

    gamma: float
    vectors: int

    def primitive(self, conserved: Tensor) -> Tensor:
        density, momentum, energy = conserved[:, :1], conserved[:, 1:-1], conserved[:, -1:]
        velocity = momentum / density
        moving = _dot(momentum, velocity)
        return torch.cat((density, velocity, (self.gamma - 1) * (energy - moving / 2)), dim=1)

    def conserved(self, primitive: Tensor) -> Tensor:
        density, velocity, pressure = primitive[:, :1], primitive[:, 1:-1], primitive[:, -1:]
        momentum = density * velocity
        moving = _dot(momentum, velocity)
        return torch.cat((density, momentum, pressure / (self.gamma - 1) + moving / 2), dim=1)

    def admissible(self, primitive: Tensor) -> Tensor:
        return (primitive[:, :1] > 0) & (primitive[:, -1:] > 0)

    def repaired(self, conserved: Tensor) -> Tensor:
        density, momentum = at_least(conserved[:, :1], 1e-2), conserved[:, 1:-1]
        kinetic = _dot(momentum, momentum) / (2 * density)
        internal = at_least(conserved[:, -1:] - kinetic, 1e-6)
        return torch.cat((density, momentum, internal + kinetic), dim=1)

    def speed(self, primitive: Tensor, axis: int) -> Tensor:
        return primitive[:, 1 + axis].abs() + self._sound(primitive[:, 0], primitive[:, -1])

    def _sound(self, density: Tensor, pressure: Tensor) -> Tensor:
        return (self.gamma * pressure / density).sqrt()

    def flux(self, left: Tensor, right: Tensor) -> Tensor:
        """Return the flux of two shocks and a contact between the states; written so that mirrors agree.

        Source: Toro, Spruce, Speares (1994), Shock Waves 4, 25; Batten et al. (1997), SIAM J. Sci. Comput. 18, 1553,
        equations (31) to (38), with the speeds of Einfeldt (1988), SIAM J. Numer. Anal. 25, 294, equation (5.5).
        """
        slowest, fastest = self._signals(left, right)
        push_left = left[:, 0] * (slowest - left[:, 1])
        push_right = right[:, 0] * (fastest - right[:, 1])
        contact = ((right[:, -1] - left[:, -1]) + (push_left * left[:, 1] - push_right * right[:, 1])) / (
            push_left - push_right
        )
        forward = contact >= 0
        side = torch.where(forward[:, None], left, right)
        signal = torch.where(forward, slowest, fastest)
        passed = torch.where(forward, slowest.clamp(max=0), fastest.clamp(min=0))
        density, normal, pressure = side[:, 0], side[:, 1], side[:, -1]
        push = torch.where(forward, push_left, push_right)
        conserved = self.conserved(side)
        squeezed = push / (signal - contact)
        energy = squeezed * (conserved[:, -1] / density + (contact - normal) * (contact + pressure / push))
        star = _joined(squeezed, squeezed * contact, squeezed[:, None] * side[:, 2:-1], energy)
        flux = _joined(
            conserved[:, 1],
            conserved[:, 1] * normal + pressure,
            conserved[:, 2:-1] * normal[:, None],
            (conserved[:, -1] + pressure) * normal,
        )
        return flux + passed[:, None] * (star - conserved)

    def _signals(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
        """Return the speeds of the slowest and of the fastest wave between two states."""
        sound_left = self._sound(left[:, 0], left[:, -1])
        sound_right = self._sound(right[:, 0], right[:, -1])
        root_left, root_right = left[:, 0].sqrt(), right[:, 0].sqrt()
        total = root_left + root_right
        jump = right[:, 1] - left[:, 1]
        mean = (root_left * left[:, 1] + root_right * right[:, 1]) / total
        square = (root_left * sound_left.square() + root_right * sound_right.square()) / total
        sound = (square + (self.gamma - 1) / 2 * root_left * root_right / total.square() * jump.square()).sqrt()
        slowest = torch.minimum(left[:, 1] - sound_left, mean - sound)
        fastest = torch.maximum(right[:, 1] + sound_right, mean + sound)
        return slowest, fastest

    def to_waves(self, change: Tensor, left: Tensor, right: Tensor) -> Tensor:
        """Return two sound waves (first, last), the entropy wave (second) and shear.

        Source: Toro (2009), Riemann Solvers, 3rd edition, section 3.1.2, in the form for changes of pressure.
        """
        velocity, square, sound = self._frozen(left, right)
        density = change[:, :, 0]
        moved = change[:, :, 1] - velocity[:, 0] * density
        carried = (velocity * change[:, :, 1:-1]).sum(2)
        kinetic = velocity.square().sum(1) / 2
        pressure = (self.gamma - 1) * (kinetic * density - carried + change[:, :, -1])
        shear = change[:, :, 2:-1] - velocity[:, 1:] * density[:, :, None]
        entropy = density - pressure / square
        behind, ahead = pressure - sound * moved, pressure + sound * moved
        return torch.cat((behind[:, :, None], entropy[:, :, None], shear, ahead[:, :, None]), dim=2)

    def from_waves(self, waves: Tensor, left: Tensor, right: Tensor) -> Tensor:
        velocity, square, sound = self._frozen(left, right)
        behind, entropy, ahead = waves[:, :, 0], waves[:, :, 1], waves[:, :, -1]
        pressure = (behind + ahead) / 2
        density = entropy + pressure / square
        normal = (ahead - behind) / (2 * sound) + velocity[:, 0] * density
        across = waves[:, :, 2:-1] + velocity[:, 1:] * density[:, :, None]
        momentum = torch.cat((normal[:, :, None], across), dim=2)
        carried = (velocity * momentum).sum(2)
        energy = pressure / (self.gamma - 1) + carried - velocity.square().sum(1) / 2 * density
        return torch.cat((density[:, :, None], momentum, energy[:, :, None]), dim=2)

    def _frozen(self, left: Tensor, right: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return velocity, squared speed of sound and speed of sound half-way between two states."""
        velocity = (left[:, 1:-1] + right[:, 1:-1]) / 2
        square = self.gamma * (left[:, -1] + right[:, -1]) / (left[:, 0] + right[:, 0])
        return velocity, square, square.sqrt()


def _joined(mass: Tensor, momentum: Tensor, across: Tensor, energy: Tensor) -> Tensor:
    return torch.cat((mass[:, None], momentum[:, None], across, energy[:, None]), dim=1)


def _dot(a: Tensor, b: Tensor) -> Tensor:
    """Return the scalar product over the channels of two vectors ``(b, axes, ...)``, with one channel."""
    product = a * b
    return product if product.shape[1] == 1 else product[:, :1] + product[:, 1:]
