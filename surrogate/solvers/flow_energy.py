"""The energy whose slope is what flows through two points between cells: of any number of axes, differentiable."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor


def flow_energy(
    a: Tensor, u: Tensor, forcing: Tensor, spacing: Sequence[float], values: Sequence[Tensor] = ()
) -> Tensor:
    """Return the mean of ``a |grad u|^2 / 2 - f u`` over a box of cells, ``(n,)``, for fields ``(n, s...)``.

    Fluxes go through two points, with the harmonic mean of ``a``; ``u`` is zero on the walls, or has their ``values``.
    """
    energy = -(forcing * u).flatten(1).mean(1)
    for axis, h in enumerate(spacing):
        across, along = u.movedim(1 + axis, 1), a.movedim(1 + axis, 1)
        low, high = values[2 * axis : 2 * axis + 2] or (0.0, 0.0)
        between = 2 * along[:, 1:] * along[:, :-1] / (along[:, 1:] + along[:, :-1]) * across.diff(dim=1).square()
        walls = along[:, 0] * (across[:, 0] - low).square() + along[:, -1] * (across[:, -1] - high).square()
        energy = energy + (between.flatten(1).sum(1) + 2 * walls.flatten(1).sum(1)) / (2 * h**2 * u[0].numel())
    return energy
