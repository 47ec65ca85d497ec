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
        moments = start.new_empty(2, *start.shape)

        def nonlinear(vorticity: Tensor, force: Tensor = force, moments: Tensor = moments) -> Tensor:
            # u . grad w = (d_xx - d_yy)(u v) + d_xy(v^2 - u^2) for a flow without divergence.
            if moments.numel() > 2 * TOGETHER or vorticity.requires_grad:
                u, v = field(to_velocity[0] * vorticity), field(to_velocity[1] * vorticity)
                result = torch.addcmul(force, of_product, spectrum(u * v))
                return result.addcmul_(of_difference, spectrum(v.square() - u.square()))
            u, v = field(to_velocity * vorticity).unbind(0)
            torch.mul(u, v, out=moments[0])
            torch.mul(v, v, out=moments[1]).addcmul_(u, u, value=-1)
            product, difference = spectrum(moments).unbind(0)
            return torch.addcmul(force, of_product, product).addcmul_(of_difference, difference)

        flows.append(field(advance(step, nonlinear, spectrum(start) * scale, clock)))
    return torch.cat(flows)
