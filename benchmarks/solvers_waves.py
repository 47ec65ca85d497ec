"""Waves on a line: references, orders, what is kept, and speed beside exponax.

python benchmarks/solvers_waves.py references convergence invariants
taskset -c 0 python benchmarks/solvers_waves.py speed
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.io
import torch
import yaml
from _record import measure, record
from _table import ROOT

from surrogate.equations import read_equation
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import interpolate_periodic
from surrogate.spaces import Grid

FILES = ROOT.parent / "shared" / "reference"
PI2 = 2 * np.pi
Solve = Callable[[torch.Tensor, Clock], torch.Tensor]


def on_line(name: str, length: float, **parameters: Any) -> Solve:
    """Return what the equation of a recipe, with other parameters, makes of starts on a period of ``length``."""
    node = yaml.safe_load((ROOT / "data_recipes" / f"{name}.yaml").read_text())["equation"] | parameters
    equation: Any = read_equation(node)

    def solve(u: torch.Tensor, clock: Clock) -> torch.Tensor:
        parts = torch.stack((u.real, u.imag), 1) if u.is_complex() else u[:, None]
        frames = equation.march(parts, parts[:, :0], Grid.box(u.shape[-1:], "left", length), clock)
        return torch.complex(frames[:, :, 0], frames[:, :, 1]) if u.is_complex() else frames[:, :, 0]

    return solve


ONES = {"steepening": 1.0, "growth": 1.0, "damping": 1.0}
KS = {"steepening": 0.2, "growth": 0.02, "damping": 3e-4}
SCHROEDINGER = on_line("nonlinear_schroedinger", PI2, dispersion=0.5, focusing=1.0)
# Name -> (solver of a start with period 2 pi, a time in which the waves change a lot).
CASES: dict[str, tuple[Solve, float]] = {
    "Burgers": (on_line("burgers", PI2, viscosity=0.2), 1.0),
    "Korteweg-de Vries": (on_line("korteweg_de_vries", PI2, steepening=1.0, dispersion=0.1), 1.0),
    "Kuramoto-Sivashinsky": (on_line("kuramoto_sivashinsky", PI2, **KS), 3.0),
    "Kuramoto-Sivashinsky, gradient norm": (
        on_line("kuramoto_sivashinsky", PI2, form="gradient_norm", **KS),
        3.0,
    ),
    "Allen-Cahn": (on_line("allen_cahn", PI2, diffusivity=0.1, reaction=2.0), 1.0),
    "Cahn-Hilliard": (on_line("cahn_hilliard", PI2, mobility=0.05, stiffness=0.1), 0.6),
    "Fisher": (on_line("fisher", PI2, diffusivity=0.1, reaction=2.0), 1.0),
    "Schroedinger": (lambda u, clock: SCHROEDINGER(u.to(torch.complex128), clock), 1.0),
}


def line(points: int, low: float, high: float) -> torch.Tensor:
    """Return the left ends of equal cells."""
    return low + (high - low) * torch.arange(points, dtype=torch.float64) / points


def start(n: int) -> torch.Tensor:
    """Return one smooth start of period 2 pi with a mean."""
    x = line(n, 0, PI2)
    return (0.4 + 0.3 * torch.sin(x + 0.3) + 0.2 * torch.cos(2 * x))[None]


def relative(frames: torch.Tensor, expected: Any) -> float:
    """Return the L2 distance over everything, relative to ``expected``."""
    expected = torch.as_tensor(np.ascontiguousarray(expected))
    return float((frames - expected).norm() / expected.norm())


def references() -> None:
    """Compare with Chebfun's solutions and with the flows that neuraloperator bundles."""
    load = {
        name: scipy.io.loadmat(FILES / "pinns" / f"{name}.mat") for name in ("burgers_shock", "KdV", "KS", "AC", "NLS")
    }
    x = line(255 * 8, -1, 1)
    solve = on_line("burgers", 2.0, viscosity=0.01 / np.pi)
    shock = solve(-torch.sin(torch.pi * x)[None], Clock(99, 0.01, 40))[0, :, ::8]
    solve = on_line("korteweg_de_vries", 2.0, steepening=1.0, dispersion=0.0025)
    kdv = solve(torch.cos(torch.pi * line(512, -1, 1))[None], Clock(200, 0.005, 40))
    terms = {"steepening": 5 / np.pi, "growth": 5 / (3 * np.pi**2), "damping": 5 / (27 * np.pi**4)}
    sine = -torch.sin(torch.pi * line(512, -1, 1))[None]
    ks = on_line("kuramoto_sivashinsky", 2.0, **terms)(sine, Clock(200, 0.005, 20))
    x = line(2048, -1, 1)
    solve = on_line("allen_cahn", 2.0, diffusivity=1e-4, reaction=5.0)
    ac = solve((x**2 * torch.cos(torch.pi * x))[None], Clock(200, 0.005, 10))[0, :, ::4]
    sech = (2 / torch.cosh(line(1024, -5, 5))).to(torch.complex128)[None]
    solve = on_line("nonlinear_schroedinger", 10.0, dispersion=0.5, focusing=1.0)
    nls = solve(sech, Clock(200, np.pi / 400, 20))[0, :, ::4]
    data = torch.load(FILES / "neuraloperator" / "burgers_test_16.pt", weights_only=True)  # noqa: TID251
    solve = on_line("burgers", 1.0, viscosity=0.01)
    flows = solve(interpolate_periodic(data["x"].double(), 8, 1), Clock(16, 0.06, 20))[:, :, ::8]
    expected = data["y"].double()
    each = (flows - expected).flatten(1).norm(dim=1) / expected.flatten(1).norm(dim=1)
    rows = [
        ["Burgers shock", "burgers_shock.mat", 1e-9, relative(shock, load["burgers_shock"]["usol"].T[:, :255])],
        ["Korteweg-de Vries", "KdV.mat", 1e-10, relative(kdv[0], load["KdV"]["uu"].T)],
        ["Kuramoto-Sivashinsky", "KS.mat", 1e-8, relative(ks[0], load["KS"]["uu"].T[:, :512])],
        ["Allen-Cahn", "AC.mat (its start has a kink)", 2e-5, relative(ac, load["AC"]["uu"].T)],
        ["Schroedinger", "NLS.mat (256 waves do not hold it)", 2e-5, relative(nls, load["NLS"]["uu"].T)],
        [f"Burgers, median of {len(each)}", "burgers_test_16.pt (16 points of each start)", 3e-4, float(each.median())],
    ]
    says = "Relative L2 over all stored frames, between our solvers and published solutions made with other programs."
    record("references-waves", "Waves on a line", says, ["equation", "file", "asked", "found"], rows)


def convergence() -> None:
    """Measure the order in time on four steps, and what twice the points change."""
    rows = []
    for name, (solve, horizon) in CASES.items():
        exact = solve(start(48), Clock(1, horizon, 640))[:, 1]
        error = [relative(solve(start(48), Clock(1, horizon, steps))[:, 1], exact) for steps in (20, 40, 80, 160)]
        orders = np.log2(np.divide(error[:-1], error[1:]))
        coarse, fine = (solve(start(n), Clock(2, horizon / 2, 50)) for n in (128, 256))
        rows.append([name, *error, float(orders.min()), relative(coarse, fine[..., ::2])])
    says = (
        "Relative L2 error at the end with 20, 40, 80 and 160 steps (against 640), the least of the three orders, "
        "nominal 4, and what 256 points change in the frames that 128 gave."
    )
    columns = ["equation", "20 steps", "40", "80", "160", "least order", "twice the points"]
    record("convergence-waves", "Waves on a line", says, columns, rows)


def invariants() -> None:
    """Measure what drifts that should stay."""
    rows = []
    for name in ("Burgers", "Korteweg-de Vries", "Kuramoto-Sivashinsky", "Cahn-Hilliard"):
        solve, horizon = CASES[name]
        mass = solve(start(48), Clock(5, horizon / 5, 40)).mean(-1)[0]
        rows.append([name, "mass, 200 steps", float((mass / mass[0] - 1).abs().max())])
    for name in CASES:
        solve, _ = CASES[name]
        moved = solve(torch.roll(start(48), 5, -1), Clock(1, 0.01, 1))[:, 1]
        rows.append(
            [
                name,
                "shift by 5 points, one step",
                relative(moved, torch.roll(solve(start(48), Clock(1, 0.01, 1))[:, 1], 5, -1)),
            ]
        )
    for steps in (20, 40, 80):
        power = CASES["Schroedinger"][0](start(48), Clock(1, 1.0, steps))[0].abs().square().mean(1)
        rows.append(["Schroedinger", f"power, {steps} steps", abs(float(power[1] / power[0]) - 1)])
        square = CASES["Korteweg-de Vries"][0](start(48), Clock(1, 1.0, steps))[0].square().mean(1)
        rows.append(["Korteweg-de Vries", f"momentum, {steps} steps", abs(float(square[1] / square[0]) - 1)])
    says = "Relative drift of what the equation keeps: masses to rounding, squares at the order of the step."
    record("invariants-waves", "Waves on a line", says, ["equation", "what", "drift"], rows)


def speed(rounds: int = 15, steps: int = 1000) -> None:
    """Time Kuramoto-Sivashinsky rollouts beside exponax, interleaved, on one core."""
    import exponax
    import jax

    jax.config.update("jax_enable_x64", True)
    torch.set_num_threads(1)
    n, length, step = 512, 64 * np.pi, 0.1
    x = line(n, 0, length)
    rows = []
    for batch in (1, 20):
        heights = torch.arange(1, batch + 1, dtype=torch.float64)[:, None] / batch
        field = heights * torch.cos(x / 16) * (1 + torch.sin(x / 16))

        def ours(count: int, field: torch.Tensor = field) -> torch.Tensor:
            return on_line("kuramoto_sivashinsky", length, **ONES)(field, Clock(1, count * step, count))[:, 1]

        def theirs(count: int, field: torch.Tensor = field) -> tuple[float, float, Any]:
            jax.clear_caches()
            begin = time.perf_counter()
            stepper = exponax.stepper.KuramotoSivashinskyConservative(1, length, n, step, order=4)
            roll = jax.jit(jax.vmap(exponax.repeat(stepper, count)))
            given = jax.numpy.asarray(field.numpy())[:, None]
            roll(given).block_until_ready()
            whole = time.perf_counter() - begin
            begin = time.perf_counter()
            waves = roll(given).block_until_ready()
            return whole, time.perf_counter() - begin, np.array(waves)[:, 0]

        ours(10)
        exact = on_line("kuramoto_sivashinsky", length, **ONES)(field, Clock(1, 20.0, 4000))[:, 1]
        errors = relative(ours(200), exact), relative(torch.as_tensor(theirs(200)[2]), exact)
        times: list[tuple[float, float, float]] = []
        for _ in range(rounds):
            begin = time.perf_counter()
            ours(steps)
            mine = time.perf_counter() - begin
            times.append((mine, *theirs(steps)[:2]))
        mine, whole, warm = (statistics.median(column) for column in zip(*times, strict=True))
        ratio_whole = statistics.median(a / b for a, b, _ in times)
        ratio_warm = statistics.median(a / c for a, _, c in times)
        rows.append(
            [batch, *errors, 1e6 * mine / steps, 1e6 * whole / steps, 1e6 * warm / steps, ratio_whole, ratio_warm]
        )
    says = (
        f"Kuramoto-Sivashinsky, 512 points, period 64 pi, steps of 0.1, ETDRK4 in float64 by both, {steps} steps at "
        f"once: medians of {rounds} interleaved rounds on one core. Errors at time 20 against steps of 0.005. The "
        "first ratio counts the set-up of both (exponax compiles), the second leaves out what exponax compiles and "
        "keeps our set-up."
    )
    columns = [
        "batch",
        "our error",
        "exponax's error",
        "ours, us per step",
        "exponax, us per step with set-up",
        "exponax, us per step compiled before",
        "ours / exponax",
        "ours / exponax compiled before",
    ]
    record("speed-waves", "A step of Kuramoto-Sivashinsky beside exponax 0.2.0", says, columns, rows)


if __name__ == "__main__":
    tables = {"references": references, "convergence": convergence, "invariants": invariants, "speed": speed}
    measure(__doc__, tables)
