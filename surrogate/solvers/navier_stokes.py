"""Incompressible flow on a periodic square, by its vorticity: Fourier series and exponential Runge-Kutta."""

from __future__ import annotations

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock, evolve
from surrogate.solvers.fourier import integer_waves, two_thirds

SPACE = (-2, -1)


def solve_vorticity(initial: Tensor, forcing: Tensor, viscosity: float, length: float, clock: Clock) -> Tensor:
    """Return the vorticity at the start and after every interval of ``clock``, shape ``(b, frames + 1, n, n)``.

    Solves ``w_t + u . grad w = viscosity Laplace w + f`` with ``u = (psi_y, -psi_x)``, ``-Laplace psi = w`` and no mean
    flow, with period ``length`` along x (axis -2) and y (axis -1). Spectral in space, fourth order in time. The
    start loses its mean and the waves that the two-thirds rule drops, and is returned without them.

    Args:
        initial: ``w`` at the left ends of ``n x n`` equal cells, ``(b, n, n)``, float64, per time.
        forcing: ``f`` at the same points, ``(n, n)`` or ``(b, n, n)``, per time squared.
        viscosity: length squared per time.
        length: the period.
        clock: the intervals and the steps.

    Source: Basdevant (1983), J. Comput. Phys. 50, 209, for the advection by four transforms.
    """
    points = (initial.shape[-2], initial.shape[-1])
    unit = 2 * torch.pi / length
    x, y = (unit * k.to(initial.device) for k in integer_waves(points))
    square = x.square() + y.square()
    kept = two_thirds(points).to(initial.device) & (square > 0)
    inverse = torch.where(kept, 1 / square, 0)
    to_velocity = torch.stack((1j * y * inverse, -1j * x * inverse))
    of_product = torch.where(kept, x.square() - y.square(), 0)
    of_difference = torch.where(kept, x * y, 0)
    force = torch.where(kept, torch.fft.rfftn(forcing, dim=SPACE, norm="forward"), 0)

    def nonlinear(spectrum: Tensor) -> Tensor:
        # u . grad w = (d_xx - d_yy)(u v) + d_xy(v^2 - u^2) for a flow without divergence.
        velocity = torch.fft.irfftn(to_velocity * spectrum[:, None], s=points, dim=SPACE, norm="forward")
        u, v = velocity[:, 0], velocity[:, 1]
        products = torch.stack((u * v, (v - u) * (v + u)), dim=1)
        moments = torch.fft.rfftn(products, dim=SPACE, norm="forward")
        return torch.addcmul(of_product * moments[:, 0], of_difference, moments[:, 1]) + force

    start = torch.where(kept, torch.fft.rfftn(initial, dim=SPACE, norm="forward"), 0)
    frames = evolve(nonlinear, -viscosity * square, start, clock)
    return torch.fft.irfftn(frames, s=points, dim=SPACE, norm="forward")
