"""Heat and waves of constant speed on a periodic box: every Fourier mode on its own, exactly."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.reacting_fields import laplacian_symbol


def solve_heat(start: Tensor, diffusivity: float, lengths: Sequence[float], clock: Clock) -> Tensor:
    """Return ``u`` of ``u_t = diffusivity Laplace u`` at the start and after every interval, ``(b, frames + 1, s...)``.

    Exact for the trigonometric interpolant of the start; the steps of ``clock`` do not matter.

    Args:
        start: ``(b, s...)``, float64.
        diffusivity: length squared per time.
        lengths: the periods, one per axis.
        clock: the intervals.
    """
    points, axes, times = _frames(start, lengths, clock)
    decay = torch.exp(diffusivity * times * laplacian_symbol(points, lengths).to(start))
    frames = decay * _transformed(start, axes)[:, None]
    return torch.fft.irfftn(frames, s=points, dim=axes, norm="forward")


def solve_wave(start: Tensor, speed: float, lengths: Sequence[float], clock: Clock) -> Tensor:
    """Return ``u`` and ``v = u_t`` of ``u_tt = speed^2 Laplace u``, ``(b, frames + 1, 2, s...)``.

    Exact for the trigonometric interpolant of the start; the steps of ``clock`` do not matter.

    Args:
        start: displacement and velocity, ``(b, 2, s...)``, float64.
        speed: length per time.
        lengths: the periods, one per axis.
        clock: the intervals.
    """
    points, axes, times = _frames(start, lengths, clock)
    frequency = speed * (-laplacian_symbol(points, lengths).to(start)).sqrt()
    phase = frequency * times
    cosine, sine = phase.cos(), phase.sin()
    moved = times * torch.sinc(phase / torch.pi)  # sin(w t) / w, and t where nothing swings
    u, v = _transformed(start, axes)[:, None].unbind(2)
    frames = torch.stack((cosine * u + moved * v, cosine * v - frequency * sine * u), dim=2)
    return torch.fft.irfftn(frames, s=points, dim=axes, norm="forward")


def _frames(start: Tensor, lengths: Sequence[float], clock: Clock) -> tuple[tuple[int, ...], tuple[int, ...], Tensor]:
    dimensions = len(lengths)
    times = clock.interval * torch.arange(clock.frames + 1, dtype=start.dtype, device=start.device)
    points = tuple(start.shape[-dimensions:])
    return points, tuple(range(-dimensions, 0)), times.reshape(-1, *[1] * dimensions)


def _transformed(start: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The spectrum of a batch; one alone is transformed twice, as MKL gives a single cube other last bits."""
    if len(start) == 1:
        return torch.fft.rfftn(torch.cat((start, start)), dim=axes, norm="forward")[:1]
    return torch.fft.rfftn(start, dim=axes, norm="forward")
