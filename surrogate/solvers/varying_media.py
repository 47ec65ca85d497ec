"""Heat and waves on a periodic box whose coefficients vary in space: Fourier series, and Chebyshev series in time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.errors import SolverError
from surrogate.solvers.chebyshev import Functions, apply_functions
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import integer_waves, two_thirds
from surrogate.solvers.reacting_fields import laplacian_symbol

Array = NDArray[np.float64]


def solve_conduction(
    start: Tensor, conductivity: Tensor, source: Tensor, lengths: Sequence[float], clock: Clock
) -> Tensor:
    """Return ``u`` of ``u_t = div(conductivity grad u) + source`` at every frame, ``(b, frames + 1, s...)``.

    Spectral in space, exact in time up to rounding. The start loses the waves that the two-thirds rule drops, and is
    returned without them.

    Args:
        start: ``(b, s...)``, float64.
        conductivity: positive, ``(b, s...)``, length squared per time.
        source: ``(b, s...)``, per time.
        lengths: the periods, one per axis.
        clock: the intervals and the steps.

    Raises:
        SolverError: the conductivity is not positive everywhere.
    """
    points, axes, kept = _spectrum(start, lengths)
    slopes = [
        2j * torch.pi / length * wave.to(start.device)
        for wave, length in zip(integer_waves(points), lengths, strict=True)
    ]
    given = conductivity[:, None]

    def operator(vector: Tensor) -> Tensor:
        total = torch.zeros_like(vector)
        for slope in slopes:
            flux = given * torch.fft.irfftn(slope * vector, s=points, dim=axes, norm="forward")
            total = total + slope * torch.fft.rfftn(flux, dim=axes, norm="forward")
        return torch.where(kept, total, 0)

    _positive(conductivity, "conductivity")
    radius = _largest(conductivity) * _steepest(points, lengths, kept)
    push = torch.where(kept, torch.fft.rfftn(source, dim=axes, norm="forward"), 0)[:, None]

    def step(vector: Tensor) -> Tensor:
        return vector + apply_functions(operator, radius, _relaxation(clock.step), operator(vector) + push)

    first = torch.where(kept, torch.fft.rfftn(start, dim=axes, norm="forward"), 0)[:, None]
    return torch.fft.irfftn(_frames(step, first, clock)[:, :, 0], s=points, dim=axes, norm="forward")


def solve_acoustics(start: Tensor, speed: Tensor, lengths: Sequence[float], clock: Clock) -> Tensor:
    """Return ``u`` and ``v = u_t`` of ``u_tt = speed^2 Laplace u`` at every frame, ``(b, frames + 1, 2, s...)``.

    Spectral in space, exact in time up to rounding. The start loses the waves that the two-thirds rule drops, and is
    returned without them.

    Args:
        start: displacement and velocity, ``(b, 2, s...)``, float64.
        speed: positive, ``(b, s...)``, length per time.
        lengths: the periods, one per axis.
        clock: the intervals and the steps.

    Raises:
        SolverError: the speed is not positive everywhere.
    """
    points, axes, kept = _spectrum(start, lengths)
    laplacian = laplacian_symbol(points, lengths).to(start)
    square = speed.square()[:, None]

    def operator(vector: Tensor) -> Tensor:
        bent = torch.fft.irfftn(laplacian * vector, s=points, dim=axes, norm="forward")
        return torch.where(kept, torch.fft.rfftn(square * bent, dim=axes, norm="forward"), 0)

    _positive(speed, "speed")
    radius = _largest(speed).square() * _steepest(points, lengths, kept)

    def step(vector: Tensor) -> Tensor:
        return apply_functions(operator, radius, _swinging(clock.step), vector)

    first = torch.where(kept, torch.fft.rfftn(start, dim=axes, norm="forward"), 0)
    return torch.fft.irfftn(_frames(step, first, clock), s=points, dim=axes, norm="forward")


def _relaxation(time: float) -> Functions:
    """The integral of the exponential over ``time``: ``(exp(time z) - 1) / z``."""

    def functions(eigenvalues: Array) -> Array:
        z = time * eigenvalues
        small = np.abs(z) < 1e-8
        return (time * np.where(small, 1 + z / 2, np.expm1(z) / np.where(small, 1, z)))[None, None]

    return functions


def _swinging(time: float) -> Functions:
    """What displacement and velocity become after ``time``, where ``u'' = z u`` with ``z <= 0``."""

    def functions(eigenvalues: Array) -> Array:
        frequency = np.sqrt(np.maximum(-eigenvalues, 0))
        cosine, sine = np.cos(frequency * time), np.sin(frequency * time)
        return np.array([[cosine, time * np.sinc(frequency * time / np.pi)], [-frequency * sine, cosine]])

    return functions


def _frames(step: Callable[[Tensor], Tensor], state: Tensor, clock: Clock) -> Tensor:
    frames = [state]
    for _ in range(clock.frames):
        for _ in range(clock.steps):
            state = step(state)
        frames.append(state)
    return torch.stack(frames, dim=1)


def _spectrum(start: Tensor, lengths: Sequence[float]) -> tuple[tuple[int, ...], tuple[int, ...], Tensor]:
    points = tuple(start.shape[-len(lengths) :])
    return points, tuple(range(-len(points), 0)), two_thirds(points).to(start.device)


def _positive(field: Tensor, name: str) -> None:
    least = float(field.detach().amin())
    if not least > 0:
        raise SolverError(f"the {name} falls to {least:.1e} between the points; draw it smoother, or on a finer grid")


def _largest(field: Tensor) -> Tensor:
    return field.detach().flatten(1).amax(1)


def _steepest(points: Sequence[int], lengths: Sequence[float], kept: Tensor) -> float:
    """The largest square of a wavenumber that is kept."""
    return float(torch.where(kept.cpu(), -laplacian_symbol(points, lengths), 0.0).max())
