"""Is the bound behind `floor` a bound? python benchmarks/certificate_bounds.py [CASE ...]

Every sample's bound as the certificate computes it, beside its distance from the exact solution where there is one,
else from a solution on cells or waves several times finer. With names, only these cases are run and nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from _record import record
from _table import parser

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.evidence import Chosen
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.order import observed_order, remaining
from surrogate.datasets.proof import Array, Proof, distance, frame_distances
from surrogate.solvers.riemann import burgers_means, euler_riemann

Truth = Callable[[Proof, int], Array]
COLUMNS = ["case", "truth", "samples", "order seen", "factor", "half the spacing", "bound", "truth is", "least ratio"]
COLUMNS += ["worst frame: bound", "truth is there"]
# Points in a cell over which an exact solution is averaged.
IN_A_CELL = 200


@dataclass(frozen=True)
class Case:
    """A recipe, on its own grid if ``grid`` is None, and what its labels are compared with."""

    recipe: str
    truth: Truth
    says: str
    grid: int | None = None
    samples: int = 4


def finer(times: int) -> Truth:
    """Return the solver itself, so many times finer in space and time."""
    return lambda proof, number: proof.solve(times, times, among=slice(number, number + 1))[0]


def exact_gas(proof: Proof, number: int) -> Array:
    """Return the means over cells of the exact solution of the one jump that the start has."""
    start, grid, n = proof.inputs[number], proof.spec.grid, proof.spec.grid.points[0]
    jump = int(np.flatnonzero(np.diff(start[0]))[0])
    places = grid.origin[0] + (np.arange(n * IN_A_CELL) + 0.5) * grid.spacing[0] / IN_A_CELL
    face = grid.origin[0] + (jump + 1) * grid.spacing[0]
    frames = [start]
    for time in proof.spec.times[1:]:
        left, right = (tuple(float(v) for v in start[:, side]) for side in (0, -1))
        density, velocity, pressure = euler_riemann(left, right, proof.equation.gamma, (places - face) / time)
        energy = pressure / (proof.equation.gamma - 1) + density * velocity**2 / 2
        mean = np.stack((density, density * velocity, energy)).reshape(3, n, IN_A_CELL).mean(2)
        speed = mean[1] / mean[0]
        frames.append(np.stack((mean[0], speed, (proof.equation.gamma - 1) * (mean[2] - mean[1] * speed / 2))))
    return np.stack(frames)


def exact_burgers(proof: Proof, number: int) -> Array:
    """Return the exact means over cells."""
    start, length = proof.inputs[number][0], proof.spec.grid.lengths[0]
    return np.stack([start, *(burgers_means(start, length, time) for time in proof.spec.times[1:])])[:, None]


CASES = {
    "euler_sod": Case("euler_sod", exact_gas, "exact"),
    "inviscid_burgers": Case("inviscid_burgers", exact_burgers, "exact"),
    "darcy_rough": Case("darcy_rough", finer(8), "cells 8 times smaller"),
    "darcy_3d": Case("darcy_3d", finer(4), "cells 4 times smaller", 16, 3),
    "darcy_log_normal": Case("darcy_log_normal", finer(8), "cells 8 times smaller", None, 2),
    "darcy_channel": Case("darcy_channel", finer(8), "cells 8 times smaller", 32, 2),
    "lid_driven_cavity": Case("lid_driven_cavity", finer(3), "3 times the degree", None, 4),
    "diffusion_sorption": Case("diffusion_sorption", finer(8), "cells and steps 8 times smaller", 32, 2),
}


def proof_of(case: Case) -> Proof:
    """Return the samples of a case as they would be stored."""
    config = read(GenerateConfig, compose_tree("generate", [f"recipe={case.recipe}", "out=unused"]))
    points = (case.grid or config.grid[0],) * config.equation.dimensions
    equation = config.equation.on(points, config.task)
    inputs = np.asarray(equation.draw(0, "test", range(case.samples)), np.float32)
    if case.truth is exact_gas:  # the face in the middle of a cell moved to its side: one jump, not two
        for start in inputs:
            first = int(np.flatnonzero(np.diff(start[0]))[0])
            start[:, first + 1] = start[:, -1]
    solved = [equation.solve(torch.from_numpy(each[None].astype(np.float64))).states[0] for each in inputs]
    chosen = [
        Chosen("test", number, each, states.numpy().astype(np.float32), 1)
        for number, (each, states) in enumerate(zip(inputs, solved, strict=True))
    ]
    return Proof(equation, chosen)


def row(name: str) -> list[object]:
    """Return the figures of a case: worst of its samples, and the least of the ratios of bound and truth."""
    case = CASES[name]
    proof = proof_of(case)
    order, _ = observed_order(proof)
    factor = remaining(min(order if order is not None else 99.0, proof.equation.order))
    made, half = proof.solve(1, 1), proof.solve(2, 2)
    truth = [case.truth(proof, number) for number in range(case.samples)]
    apart = [distance(a, b) for a, b in zip(made, half, strict=True)]
    bound = [distance(s, a) + factor * d for s, a, d in zip(proof.stored, made, apart, strict=True)]
    errors = [distance(s, t) for s, t in zip(proof.stored, truth, strict=True)]
    figures: list[object] = [None, None]
    if len(proof.spec.times) > 1:
        frames = [
            frame_distances(s[1:], a[1:]) + factor * frame_distances(a[1:], b[1:])
            for s, a, b in zip(proof.stored, made, half, strict=True)
        ]
        real = [frame_distances(s[1:], t[1:]) for s, t in zip(proof.stored, truth, strict=True)]
        figures = [float(np.max(frames)), float(np.max(real))]
    ratio = min(b / f for b, f in zip(bound, errors, strict=True))
    print(
        f"{name}: bound {max(bound):.2e}, truth {max(errors):.2e}, least ratio {ratio:.2f}, frames {figures}",
        flush=True,
    )
    label = case.recipe if case.grid is None else f"{case.recipe}, grid {case.grid}"
    return [label, case.says, case.samples, order, factor, max(apart), max(bound), max(errors), ratio, *figures]


if __name__ == "__main__":
    torch.set_num_threads(1)
    arguments = parser(__doc__)
    arguments.add_argument("cases", nargs="*", choices=CASES)
    named = arguments.parse_args().cases
    rows = [row(name) for name in named or CASES]
    says = (
        "Relative L2 distances of stored labels, of the worst sample: from the solver on half the spacing and step, the"
        " bound that the certificate makes of it, and from the truth named. A ratio below 1 is a bound that fails."
    )
    if not named:
        record("certificate-bounds", "Bounds of the label floor, and what they bound", says, COLUMNS, rows)
