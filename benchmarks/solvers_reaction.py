"""Measure the solvers of heat, waves and fields that react, on boxes: python benchmarks/solvers_reaction.py"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import yaml
from _record import record
from _table import ROOT, parser

from surrogate.equations import read_equation
from surrogate.solvers.advection_diffusion import solve_advection_diffusion
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.reacting_fields import solve_reacting
from surrogate.solvers.varying_media import solve_acoustics, solve_conduction

# The longest of the four steps, per interval between two frames.
FIRST = {
    "advection_diffusion": 40,
    "allen_cahn_2d": 8,
    "cahn_hilliard_2d": 220,
    "fitzhugh_nagumo": 8,
    "gray_scott": 16,
    "swift_hohenberg": 40,
}
EXACT = ("acoustic_waves", "heat_2d", "heat_3d", "heat_conduction", "wave_2d")
PERIOD = (2 * np.pi, 2 * np.pi)


def main() -> None:
    """Write three tables."""
    torch.set_num_threads(1)
    record(
        "convergence-reaction",
        "Order in time of fields on boxes",
        "The first interval of each recipe on 32 points along each axis, in n, 2n, 4n and 8n steps, beside 32n steps: "
        "relative L2 errors, and the least of the three observed orders. Heat and waves are exact in time: 2 steps "
        "beside 16.",
        ["equation", "n", "error, n steps", "2n", "4n", "8n", "least order"],
        [*(_order(name, steps) for name, steps in FIRST.items()), *(_no_order(name) for name in EXACT)],
    )
    record(
        "convergence-reaction-space",
        "Error in space of fields on boxes",
        "Largest errors on n x n points. Reacting: the steady state exp(sin x cos y) of a cubic reaction with the "
        "source that holds it. Carried: a bump in a flow around cells, beside 144 points. Media: modes of uneven media "
        "known in closed form (sin x + 0.02 sin 3 x in both directions), exact on every grid, and bumps beside 144.",
        ["solution", "n = 12", "n = 24", "n = 48", "n = 72"],
        [[title, *(float(error(n)) for n in (12, 24, 48, 72))] for title, error in SPACE.items()],
    )
    record(
        "invariants-reaction",
        "What fields on boxes keep",
        "Two samples of each recipe in float64, before they are rounded: the largest violation over all frames of what "
        "the equation keeps, and the largest change, relative to the fields, per time step under axes reversed, "
        "exchanged and, with periods, shifted.",
        ["equation", "kept", "violation", "reversed", "exchanged", "shifted"],
        [row for name in sorted((*FIRST, *EXACT)) for row in _kept(name)],
    )


def _recipe(name: str, points: int, **changes: Any) -> tuple[Any, torch.Tensor]:
    node = yaml.safe_load((ROOT / "data_recipes" / f"{name}.yaml").read_text())["equation"]
    equation = read_equation(node).model_copy(update={"tolerance": 0.999, **changes}).on((points,), "map")
    return equation, torch.from_numpy(equation.draw(0, "train", [0, 1]))


def _first_interval(name: str, points: int) -> tuple[Any, torch.Tensor]:
    equation, _ = _recipe(name, points)
    interval = equation.horizon / (equation.frames - 1)
    return _recipe(name, points, frames=2, horizon=interval, resolution=4)


def _order(name: str, steps: int) -> list[Any]:
    equation, inputs = _first_interval(name, 32)

    def end(count: int) -> torch.Tensor:
        return equation.model_copy(update={"steps": count}).solve(inputs).states[:, 1]

    exact = end(32 * steps)
    errors = [float((end(factor * steps) - exact).norm() / exact.norm()) for factor in (1, 2, 4, 8)]
    return [name, steps, *errors, float(np.log2(np.divide(errors[:-1], errors[1:])).min())]


def _no_order(name: str) -> list[Any]:
    equation, inputs = _first_interval(name, 16 if name == "heat_3d" else 32)
    ends = [equation.model_copy(update={"steps": steps}).solve(inputs).states[:, 1] for steps in (2, 16)]
    return [name, 2, float((ends[0] - ends[1]).norm() / ends[1].norm()), "", "", "", "exact"]


def _square(n: int) -> list[torch.Tensor]:
    x = 2 * torch.pi * torch.arange(n, dtype=torch.float64) / n
    return list(torch.meshgrid(x, x, indexing="ij"))


def _steady(n: int) -> float:
    x, y = _square(n)
    inner = torch.sin(x) * torch.cos(y)
    slopes = (torch.cos(x) * torch.cos(y)) ** 2 + (torch.sin(x) * torch.sin(y)) ** 2
    state = torch.exp(inner)
    source = state**3 - 0.1 * state * (slopes - 2 * inner)
    frames = solve_reacting(
        state[None, None], PERIOD, Clock(1, 0.5, 100), lambda laplace: 0.1 * laplace, lambda u: source - u**3
    )
    return float((frames[0, 1, 0] - state).abs().max())


def _bump(n: int) -> torch.Tensor:
    x, y = _square(n)
    return torch.exp(torch.sin(x) + torch.cos(y))[None]


def _carried(n: int) -> torch.Tensor:
    x, y = _square(n)
    flow = torch.stack((-torch.sin(x) * torch.sin(y), -torch.cos(x) * torch.cos(y)))[None]
    return solve_advection_diffusion(_bump(n), flow, 0.1, PERIOD, Clock(1, 1.0, 60))[:, 1]


def _acoustic(n: int) -> torch.Tensor:
    x, y = _square(n)
    medium = (1 + 0.2 * torch.sin(x) * torch.cos(y))[None]
    start = torch.stack((_bump(n), torch.zeros_like(medium)), 1)
    return solve_acoustics(start, medium, PERIOD, Clock(1, 0.5, 2))[:, 1]


def _conducted(n: int) -> torch.Tensor:
    x, y = _square(n)
    medium = (1 + 0.2 * torch.sin(x) * torch.cos(y))[None]
    return solve_conduction(_bump(n), medium, _bump(n), PERIOD, Clock(1, 0.1, 2))[:, 1]


def _standing(n: int) -> float:
    def share(s: torch.Tensor, weight: float) -> torch.Tensor:
        return 1 + weight * (3 - 4 * torch.sin(s) ** 2)

    x, y = _square(n)
    speed = (share(x, 0.18) / share(x, 0.02) + share(y, 0.18) / share(y, 0.02)) ** -0.5
    mode = torch.sin(x) * share(x, 0.02) * torch.sin(y) * share(y, 0.02)
    solution = solve_acoustics(torch.stack((mode, torch.zeros_like(mode)))[None], speed[None], PERIOD, Clock(1, 2.0, 2))
    return float((solution[0, 1, 0] - np.cos(2.0) * mode).abs().max())


def _beside(solution: Any) -> Any:
    def error(n: int) -> float:
        coarse, fine = solution(n), solution(144)
        return float((coarse - fine[..., :: 144 // n, :: 144 // n]).abs().max())

    return error


SPACE = {
    "reacting, steady": _steady,
    "carried": _beside(_carried),
    "waves in a medium, a bump": _beside(_acoustic),
    "waves in a medium, a mode": _standing,
    "heat in a medium, a bump": _beside(_conducted),
}


def _kept(name: str) -> list[list[Any]]:
    equation, inputs = _recipe(name, 32 if name == "heat_3d" else 64)
    count = len(equation.spec.constants)
    states = equation.solve(inputs).states
    violations = equation.invariants(inputs[:, :count], states)
    changes = _changes(name)
    return [
        [name if row == 0 else "", title, float(violation.max()), *(changes if row == 0 else ["", "", ""])]
        for row, (title, violation) in enumerate(violations.items())
    ]


def _changes(name: str) -> list[Any]:
    equation, inputs = _recipe(name, 16, frames=2, resolution=4, steps=2)
    equation = equation.model_copy(update={"horizon": 2 * equation.horizon / 1000}).on((16,), "map")
    states = equation.solve(inputs).states

    def change(there: Any, back: Any) -> float:
        moved = back(equation.solve(there(inputs)).states)
        return float((moved - states).abs().max() / states.abs().max()) / equation.steps

    scalars = bool(equation.spec.symmetries)
    periodic = all(equation.spec.boundary.periodic)
    return [
        change(lambda f: f.flip(-1), lambda f: f.flip(-1)) if scalars else "",
        change(lambda f: f.transpose(-1, -2), lambda f: f.transpose(-1, -2)) if scalars else "",
        change(lambda f: f.roll((3, 5), (-2, -1)), lambda f: f.roll((-3, -5), (-2, -1))) if periodic else "",
    ]


if __name__ == "__main__":
    parser(__doc__).parse_args()
    main()
