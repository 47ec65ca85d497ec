"""Waves, driven pendulums, diffusion with reaction and sorption: orders, and the distance of a published map."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
import yaml
from _record import measure, record
from _table import ROOT
from torch import Tensor

from surrogate.registry import EQUATIONS
from surrogate.solvers import driven_diffusion, forced, sorption
from surrogate.solvers import helmholtz as waves
from surrogate.solvers.etdrk4 import Clock

CPU = torch.device("cpu")
SEEDS = 20
LEVELS = ["coarsest", "", "", "finest", "least order"]


def orders(errors: Sequence[float]) -> list[Any]:
    """Return four errors of levels that double, and the least order between two of them."""
    return [*errors, float(min(np.log2(np.divide(errors[:-1], errors[1:]))))]


def settings(**changes: Any) -> Any:
    """Return the settings of the Helmholtz recipe."""
    node = yaml.safe_load((ROOT / "data_recipes" / "helmholtz.yaml").read_text(encoding="utf-8"))["equation"]
    return EQUATIONS.read(json.loads(json.dumps(node | {"match": None} | changes)))


def smooth_wave(axes: tuple[waves.Axis, waves.Axis]) -> float:
    """Return the error of cos(pi x) cos(3 y) in the medium k^2 = 150 + 40 sin(2 x + y)."""
    x, y = axes[0].points[:, None], axes[1].points
    square = 150 + 40 * torch.sin(2 * x + y)
    source = (torch.pi**2 + 9 - square) * torch.cos(torch.pi * x) * torch.cos(3 * y)
    flux = -3 * np.sin(3) * torch.cos(torch.pi * axes[0].points)
    load = waves.load_of_source(source, axes) + waves.load_of_top(flux, axes)
    solution = waves.at_nodes(waves.solve_helmholtz(square, load, axes, 150.0, 1e-12)[0], axes)
    at = torch.linspace(0, 1, len(solution), dtype=torch.float64)
    return relative(solution, torch.cos(torch.pi * at)[:, None] * torch.cos(3 * at))


def separated(k: float, nodes: np.ndarray) -> Tensor:
    """Return the wave of the recipe in an even medium, below the driven side, as a sum over separated waves."""
    m = np.arange(4000)
    flux = np.where(m == 0, 0.3, 4 * np.sin(0.15 * np.pi * m) * np.cos(np.pi * m / 2) / (np.pi * np.maximum(m, 1)))
    q = np.sqrt((m * np.pi) ** 2 - k**2 + 0j)
    y = nodes[:-1, None]
    along = (np.exp(-q * (1 - y)) + np.exp(-q * (1 + y))) / (q * (1 - np.exp(-2 * q)))
    return torch.from_numpy(np.cos(np.pi * np.outer(nodes, m)) @ (along.real * flux).T)


def relative(solution: Tensor, exact: Tensor) -> float:
    return float((solution - exact).norm() / exact.norm())


def convergence_of_waves() -> None:
    breaks = (0.0, 0.3, 0.6, 1.0)
    rows: list[list[Any]] = []
    errors = [smooth_wave((axis, axis)) for axis in (waves.spectral_axis(breaks, d, 21, CPU) for d in (4, 6, 8, 12))]
    rows.append(["uneven medium, source: elements of degree 4, 6, 8, 12", *errors, None])
    errors = [smooth_wave((axis, axis)) for axis in (waves.linear_axis(n + 1, CPU) for n in (16, 32, 64, 128))]
    rows.append(["the same: bilinear elements, 16, 32, 64, 128 per axis", *orders(errors)])
    exact = separated(49.3, np.linspace(0, 1, 101))
    errors = []
    for degree in (6, 8, 12, 16):
        each = settings(degree=degree)
        specification = each.specification((101,), "map")
        even = torch.full((1, 1, 101, 101), 1000 / 49.3, dtype=torch.float64)
        errors.append(relative(each.bound(specification).solve(even).states[0, 0, 0, :, :-1], exact))
    rows.append(["even medium, driven part of a side, eight wavelengths: degree 6, 8, 12, 16", *errors, None])
    says = (
        "Relative L2 errors at the nodes against exact waves. The third row is the recipe's own problem in an even "
        "medium, against its separated waves; the recipe has degree 12. Below 1e-9 rounding near resonance is left."
    )
    record("convergence-helmholtz", "Driven waves", says, ["problem", *LEVELS], rows)


def distance_of_the_published_map() -> None:
    each, matched = settings(), settings(match="dehoop")
    specification = each.specification((101,), "map")
    distances: dict[str, list[float]] = {"twice the degree": [], "other elements, direct": [], "published map": []}
    for seed in range(SEEDS):
        speed = each.bound(specification).draw(seed, "train", [0])
        inputs = torch.from_numpy(speed.astype(np.float32).astype(np.float64))
        truth = each.bound(specification).solve(inputs).states
        finer = each.bound(specification).refined(2, 2).solve(inputs).states
        second = torch.from_numpy(each.bound(specification).reference(inputs.numpy()))
        published = matched.bound(specification).solve(inputs).states
        for name, other in zip(distances, (finer, second, published), strict=True):
            distances[name].append(relative(other, truth))
    rows = [[name, min(v), float(np.median(v)), max(v)] for name, v in distances.items()]
    says = (
        f"Relative L2 distance from the labels of the recipe, 101 x 101 nodes, {SEEDS} seeds: the same method with "
        "twice the degree, Lagrange elements of degree 4 with a sparse direct solve, and the bilinear elements of "
        "De Hoop et al. (2022) on the nodes (`match=dehoop`), which the published data were made with."
    )
    columns = ["labels against", "least", "median", "most"]
    record(
        "references-helmholtz-match", "How far the published Helmholtz map is from the equation", says, columns, rows
    )


def rest(channels: int) -> Tensor:
    return torch.zeros(1, channels, dtype=torch.float64)


def integral_of_a_sine(nodes: int) -> float:
    t = torch.linspace(0, 1, nodes, dtype=torch.float64)
    pushed = forced.between_nodes(torch.sin(5 * t)[None], 2)
    solution = forced.follow(lambda s, u: u[:, None], rest(1), pushed, 1 / (nodes - 1))
    return relative(solution[0, 0], (1 - torch.cos(5 * t)) / 5)


def pushed_pendulum(steps: int) -> float:
    """Return by how much the energy of a pendulum misses the work of a constant push."""
    pushed = forced.between_nodes(torch.full((1, 11), 0.8, dtype=torch.float64), steps)

    def tendency(s: Tensor, u: Tensor) -> Tensor:
        return torch.stack((s[:, 1], u - torch.sin(s[:, 0])), dim=1)

    angle, rate = forced.follow(tendency, rest(2), pushed, 0.5)[0]
    return relative(rate**2 / 2 + 1 - torch.cos(angle), 0.8 * angle)


def growing_sine(nodes: int) -> float:
    source = torch.sin(torch.pi * torch.linspace(0, 1, nodes, dtype=torch.float64))[None]
    basis = driven_diffusion.rod(nodes, 4, CPU)
    frame = driven_diffusion.react(torch.zeros_like(source), source, 0.3, torch.zeros_like, basis, Clock(1, 0.5, 1))[
        0, 1
    ]
    rate = 0.3 * np.pi**2
    return relative(frame, (1 - np.exp(-rate / 2)) / rate * source[0])


def reacting_sine(steps: int) -> Tensor:
    source = torch.sin(torch.pi * torch.linspace(0, 1, 17, dtype=torch.float64))[None]
    basis = driven_diffusion.rod(17, 4, CPU)
    return driven_diffusion.react(source, source, 0.05, torch.square, basis, Clock(1, 0.4, steps))[0, 1]


def sorbing_column(cells: int, steps: int) -> Tensor:
    column = sorption.Column(diffusivity=0.2, factor=2.0, exponent=0.874)
    edges = torch.linspace(0, 1, cells + 1, dtype=torch.float64)
    middle = (edges[1:] + edges[:-1]) / 2
    start = 1 - middle / 1.2 - 0.1 * torch.cos(2.6537 * edges).diff() * cells
    return sorption.advance(start[None], column, [0.4 / steps] * steps)[0]


def convergence_of_lines() -> None:
    def against(finest: Tensor, find: Callable[[int], Tensor], levels: Sequence[int]) -> list[Any]:
        return orders([relative(solution, _means(finest, len(solution))) for solution in map(find, levels)])

    rows = [
        [
            "antiderivative: 40, 80, 160, 320 intervals of the spline",
            *orders([integral_of_a_sine(n + 1) for n in (40, 80, 160, 320)]),
        ],
        ["pendulum, t = 5: 2, 4, 8, 16 steps an interval", *orders([pushed_pendulum(n) for n in (2, 4, 8, 16)])],
        [
            "diffusion-reaction: 16, 32, 64, 128 intervals of the spline",
            *orders([growing_sine(n + 1) for n in (16, 32, 64, 128)]),
        ],
        ["diffusion-reaction: 8, 16, 32, 64 steps", *against(reacting_sine(512), reacting_sine, (8, 16, 32, 64))],
        [
            "diffusion-sorption: 8, 16, 32, 64 cells",
            *against(sorbing_column(512, 10), lambda n: sorbing_column(n, 10), (8, 16, 32, 64)),
        ],
        [
            "diffusion-sorption: 4, 8, 16, 32 steps",
            *against(sorbing_column(32, 512), lambda n: sorbing_column(32, n), (4, 8, 16, 32)),
        ],
    ]
    says = (
        "Relative L2 errors: the integral of a sine, the work of a constant push, a sine that grows to its steady "
        "state, and, where steps or cells are named last, a run that is eight times finer than the finest."
    )
    record("convergence-ordinary", "Driven states, reaction and sorption", says, ["problem", *LEVELS], rows)


def _means(fine: Tensor, count: int) -> Tensor:
    return fine if len(fine) == count else fine.unflatten(0, (count, -1)).mean(1)


if __name__ == "__main__":
    tables = {
        "waves": convergence_of_waves,
        "published": distance_of_the_published_map,
        "lines": convergence_of_lines,
    }
    measure(__doc__, tables)
