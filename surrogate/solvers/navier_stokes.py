"""Incompressible flow on a periodic square, by its vorticity: Fourier series and exponential Runge-Kutta."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock, advance, etdrk4
from surrogate.solvers.fourier import integer_waves, two_thirds

# Points that are advanced together on a CPU, for their fields to stay in its cache.
TOGETHER = 2**15


def solve_vorticity(
    initial: Tensor, forcing: Tensor, viscosity: float, length: float, clock: Clock, drag: float = 0.0
) -> Tensor:
    """Return the vorticity at the start and after every interval of ``clock``, shape ``(b, frames + 1, n, n)``.

    Solves ``w_t + u . grad w = viscosity Laplace w - drag w + f`` with ``u = (psi_y, -psi_x)``, ``-Laplace psi = w``
    and no mean flow, with period ``length`` along x (axis -2) and y (axis -1). Spectral in space, fourth order in
    time. The start loses its mean and the waves that the two-thirds rule drops, and is returned without them.

    Args:
        initial: ``w`` at the left ends of ``n x n`` equal cells, ``(b, n, n)``, float64, per time.
        forcing: ``f`` at the same points, ``(n, n)`` or ``(b, n, n)``, per time squared.
        viscosity: length squared per time.
        length: the period.
        clock: the intervals and the steps.
        drag: per time.

    Source: Basdevant (1983), J. Comput. Phys. 50, 209, for the advection by four transforms.
    """
    points = (initial.shape[-2], initial.shape[-1])
    n, waves = points[-1], (points[-1] + 2) // 3  # Along y the spectrum ends with the last wave kept.
    unit = 2 * torch.pi / length
    x, y = (unit * k.to(initial.device) for k in integer_waves(points))
    y = y[:, :waves]
    square = x.square() + y.square()
    kept = two_thirds(points).to(initial.device)[:, :waves] & (square > 0)
    inverse = torch.where(kept, 1 / square, 0)
    to_velocity = torch.stack((1j * y * inverse, -1j * x * inverse))[:, None]
    scale = kept.to(square) / math.prod(points)
    of_product = (x.square() - y.square()) * scale + 0j
    of_difference = x * y * scale + 0j

    def spectrum(fields: Tensor) -> Tensor:
        return torch.fft.fft(torch.fft.rfft(fields).narrow(-1, 0, waves), dim=-2)

    def field(spectra: Tensor) -> Tensor:
        return torch.fft.irfft(torch.fft.ifft(spectra, dim=-2, norm="forward"), n=n, norm="forward")

    step = etdrk4(-viscosity * square - drag, clock.step, torch.complex128)
    together = max(1, TOGETHER // initial[0].numel()) if initial.device.type == "cpu" else len(initial)
    flows = []
    for start, forces in zip(initial.split(together), forcing.expand_as(initial).split(together), strict=True):
        force = spectrum(forces) * scale
        moments = _Moments(start, waves)

        def nonlinear(vorticity: Tensor, force: Tensor = force, moments: _Moments = moments) -> Tensor:
            # u . grad w = (d_xx - d_yy)(u v) + d_xy(v^2 - u^2) for a flow without divergence.
            velocity = torch.fft.ifft(to_velocity * vorticity, dim=-2, norm="forward")
            product, difference = torch.fft.fft(moments(velocity), dim=-2).unbind(0)
            return torch.addcmul(force, of_product, product).addcmul_(of_difference, difference)

        flows.append(field(advance(step, nonlinear, spectrum(start) * scale, clock)))
    return torch.cat(flows)


class _Moments:
    """``u v`` and ``v^2 - u^2`` from ``u`` and ``v``, all as waves along y at points along x, ``(2, b, n, waves)``.

    Lines along y know nothing of each other here, so a CPU takes as many at a time as its cache holds, in memory that
    every call uses again, and leaves what it found where it took it from.
    """

    def __init__(self, like: Tensor, waves: int) -> None:
        self.points, self.waves = like.shape[-1], waves
        lines = TOGETHER // (len(like) * self.points) if like.device.type == "cpu" else like.shape[-2]
        self.lines = min(max(1, lines), like.shape[-2])
        self.memory = like.new_empty(2, len(like), self.lines, self.points)

    def __call__(self, velocity: Tensor) -> Tensor:
        if velocity.requires_grad or self.lines == velocity.shape[-2]:
            return self._lines(velocity)
        for part in velocity.split(self.lines, dim=-2):
            part.copy_(self._lines(part))
        return velocity

    def _lines(self, velocity: Tensor) -> Tensor:
        u, v = torch.fft.irfft(velocity, n=self.points, norm="forward").unbind(0)
        if velocity.requires_grad:
            both = torch.stack((u * v, v.square() - u.square()))
        else:
            both = self.memory.narrow(-2, 0, velocity.shape[-2])
            torch.mul(u, v, out=both[0])
            torch.mul(v, v, out=both[1]).addcmul_(u, u, value=-1)
        return torch.fft.rfft(both).narrow(-1, 0, self.waves)
