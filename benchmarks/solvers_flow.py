"""Periodic flow: orders, conservation, symmetry, speed and cost: writes tables of docs/results/solvers.md.

    taskset -c 0 python benchmarks/solvers_flow.py [convergence] [invariants] [speed] [cost]

Without words it does everything. The peers are the FNO authors' scheme, written here in torch, and exponax (jax on the
CPU in float64), both with all set-up counted, and once more without.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from _record import measure, record
from torch import Tensor

from surrogate.samplers import gaussian
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.navier_stokes import solve_vorticity
from surrogate.spaces import Grid

ROUNDS = 7
VISCOSITY = 1e-3
PEER_STEP = 1e-4
OUR_STEPS = 32  # per unit of time: the recipe's


def start(n: int, batch: int) -> Tensor:
    """Return starts of the published data's law, without the waves that the solver drops."""
    law = gaussian.Settings(name="gaussian", boundary="periodic", sigma=math.sqrt(2 * 7**3), alpha=2.5, tau=7.0)
    fields = torch.from_numpy(gaussian.sample(law, Grid.box((n, n), "left"), 0, "train", range(batch)))
    return solve_vorticity(fields, torch.zeros(n, n, dtype=torch.float64), VISCOSITY, 1.0, Clock(1, 1e-9, 1))[:, 0]


def stirring(n: int) -> Tensor:
    """Return the stirring of the FNO paper on ``n x n`` nodes."""
    x = 2 * torch.pi * torch.arange(n, dtype=torch.float64) / n
    phase = x[:, None] + x
    return 0.1 * (torch.sin(phase) + torch.cos(phase))


def authors_scheme(initial: Tensor, forcing: Tensor, viscosity: float, end: float, step: float) -> Tensor:
    """Return the vorticity at ``end``: semi-implicit Euler, Crank-Nicolson diffusion, five transforms a step.

    Source: Li et al. (2021), arXiv:2010.08895, appendix A.3.3, with real transforms.
    """
    n = initial.shape[-1]
    k = 2 * torch.pi * torch.fft.fftfreq(n, 1 / n, dtype=torch.float64)[:, None]
    m = 2 * torch.pi * torch.arange(n // 2 + 1, dtype=torch.float64)
    square = k**2 + m**2
    stable = torch.where(square > 0, square, 1.0)
    kept = (k.abs() <= 2 / 3 * torch.pi * n) & (m <= 2 / 3 * torch.pi * n)
    gradients = torch.stack((1j * m / stable, -1j * k / stable, 1j * k.expand_as(square), 1j * m.expand_as(square)))
    force = torch.fft.rfft2(forcing)
    before = 1 - 0.5 * step * viscosity * square
    after = 1 / (1 + 0.5 * step * viscosity * square)
    spectrum = torch.fft.rfft2(initial)
    for _ in range(round(end / step)):
        u, v, along_x, along_y = torch.fft.irfft2(gradients * spectrum[:, None], s=(n, n)).unbind(1)
        advection = torch.fft.rfft2(u * along_x + v * along_y) * kept
        spectrum = (before * spectrum + step * (force - advection)) * after
    return torch.fft.irfft2(spectrum, s=(n, n))


def interleaved(runs: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the least seconds of each of ``runs``, taken in turns."""
    seconds = dict.fromkeys(runs, math.inf)
    for _ in range(rounds):
        for name, run in runs.items():
            before = time.perf_counter()
            run()
            seconds[name] = min(seconds[name], time.perf_counter() - before)
    return seconds


def against_the_authors() -> None:
    """Time a unit of time of our solver against the scheme that made the published data."""
    n, end = 64, 1.0
    w, force = start(n, 1), stirring(n)
    fine = solve_vorticity(w, force, VISCOSITY, 1.0, Clock(1, end, 2000))[:, 1]

    def ours() -> Tensor:
        return solve_vorticity(w, force, VISCOSITY, 1.0, Clock(1, end, OUR_STEPS))[:, 1]

    def theirs() -> Tensor:
        return authors_scheme(w, force, VISCOSITY, end, PEER_STEP)

    def error(solution: Tensor) -> float:
        return float((solution - fine).norm() / fine.norm())

    seconds = interleaved({"ours": ours, "theirs": theirs})
    rows = [
        ["FNO authors' scheme, step 1e-4", error(theirs()), seconds["theirs"], 1.0],
        [f"ours, {OUR_STEPS} steps", error(ours()), seconds["ours"], seconds["theirs"] / seconds["ours"]],
    ]
    record(
        "speed-flow-authors",
        "A unit of time of stirred flow, viscosity 0.001, 64 x 64, float64",
        "Error against 2000 steps, in relative L2. One sample, one unit of time from the published law's start; "
        "set-up is within the seconds. `solve` takes half as many steps again, to bound its error.",
        ["scheme", "error", "seconds", "times faster"],
        rows,
    )


def against_exponax() -> None:
    """Time our step against exponax's, in one script, with and without set-up."""
    rows = [exponax_row(*case) for case in ((64, 1, 200), (64, 20, 20), (256, 1, 20), (256, 20, 2))]
    record(
        "speed-flow-exponax",
        "A step of ETDRK4 for the vorticity, beside exponax 0.2.0",
        "Milliseconds per step of the whole batch, without stirring: the difference of a run and one half as long. "
        "Exponax is called as its users do, field in and field out, and once more in Fourier space; set-up of "
        "exponax is building and compiling, ours the factors of the step. The last columns count it over 1000 steps.",
        [
            *("points", "batch", "exponax, ms", "exponax in Fourier space, ms", "ours, ms", "ours / exponax"),
            *("ours / in Fourier space", "set-up of exponax, ms", "of ours, ms", "ours / exponax with set-up"),
            "apart after the run",
        ],
        rows,
    )


def exponax_row(n: int, batch: int, steps: int) -> list[Any]:
    """Return one row: points, batch, milliseconds, ratios, set-ups, and how far the two results are apart."""
    import exponax
    import jax

    jax.config.update("jax_enable_x64", True)
    step = 0.5 / n
    w, nothing = start(n, batch), torch.zeros(n, n, dtype=torch.float64)
    given = jax.numpy.asarray(-w[:, None].numpy())  # exponax counts vorticity the other way round
    spectra = jax.vmap(lambda field: exponax.fft(field, num_spatial_dims=2))(given)

    def compiled(count: int, fourier: bool) -> Callable[[Any], Any]:
        stepper = exponax.stepper.NavierStokesVorticity(2, 1.0, n, step, diffusivity=VISCOSITY, order=4)
        one = stepper.step_fourier if fourier else stepper

        def run(state: Any) -> Any:
            return jax.lax.scan(lambda before, _: (one(before), None), state, None, length=count)[0]

        return jax.jit(jax.vmap(run))

    def ours(count: int) -> Tensor:
        return solve_vorticity(w, nothing, VISCOSITY, 1.0, Clock(1, count * step, count))[:, 1]

    before = time.perf_counter()
    long = compiled(2 * steps, False)
    long(given).block_until_ready()
    first = time.perf_counter() - before
    short, long_fourier, short_fourier = compiled(steps, False), compiled(2 * steps, True), compiled(steps, True)
    runs: dict[str, Callable[[], object]] = {
        "long": lambda: long(given).block_until_ready(),
        "short": lambda: short(given).block_until_ready(),
        "long fourier": lambda: long_fourier(spectra).block_until_ready(),
        "short fourier": lambda: short_fourier(spectra).block_until_ready(),
        "long ours": lambda: ours(2 * steps),
        "short ours": lambda: ours(steps),
    }
    for run in runs.values():
        run()
    seconds = interleaved(runs)
    peer, fourier, mine = (
        1e3 * (seconds[f"long{which}"] - seconds[f"short{which}"]) / steps for which in ("", " fourier", " ours")
    )
    peer_setup = 1e3 * (first - seconds["long"])
    my_setup = max(0.0, 1e3 * seconds["short ours"] - steps * mine)
    with_setup = (my_setup + 1000 * mine) / (peer_setup + 1000 * peer)
    theirs = -torch.from_numpy(np.asarray(long(given))[:, 0].copy())
    apart = float((ours(2 * steps) - theirs).norm() / theirs.norm())
    return [n, batch, peer, fourier, mine, mine / peer, mine / fourier, peer_setup, my_setup, with_setup, apart]


def cost() -> None:
    """Time a step from 128 x 128 to 1024 x 1024 with batch x points constant."""
    sizes, total = (128, 256, 512, 1024), 1024**2
    fields = {n: start(n, total // n**2) for n in sizes}

    def run(n: int, steps: int) -> Callable[[], Tensor]:
        nothing = torch.zeros(n, n, dtype=torch.float64)
        return lambda: solve_vorticity(fields[n], nothing, VISCOSITY, 1.0, Clock(1, steps * 0.1 / n, steps))

    seconds = interleaved({f"{n} {steps}": run(n, steps) for n in sizes for steps in (4, 12)}, 4)
    each = [(seconds[f"{n} 12"] - seconds[f"{n} 4"]) / 8 * n**2 / total for n in sizes]
    slope = np.polyfit(np.log([n**2 for n in sizes]), np.log(each), 1)[0]
    record(
        "cost-flow",
        "A step of Navier-Stokes against its size",
        f"Batch times points is constant, on the CPU. Slope of log time per sample against log points: {slope:.3f}.",
        ["points", "batch", "milliseconds per step and sample", "nanoseconds per step and point"],
        [[n * n, total // n**2, 1e3 * t, 1e9 * t / n**2] for n, t in zip(sizes, each, strict=True)],
    )


def eddies(n: int) -> Tensor:
    """Return a smooth flow of many waves, ``(1, n, n)``."""
    axis = 2 * torch.pi * torch.arange(n, dtype=torch.float64) / n
    x, y = torch.meshgrid(axis, axis, indexing="ij")
    return 4 * torch.exp(torch.sin(x + 2 * y) + 0.7 * torch.cos(2 * x - y))[None] + torch.cos(3 * x)


def convergence() -> None:
    """Measure the orders of time and space."""
    force = stirring(96)
    exact = solve_vorticity(eddies(96), force, 0.01, 1.0, Clock(1, 0.5, 1600))[0, 1]
    rows: list[list[Any]] = []
    last = math.nan
    for steps in (50, 100, 200, 400):
        solution = solve_vorticity(eddies(96), force, 0.01, 1.0, Clock(1, 0.5, steps))[0, 1]
        error = float((solution - exact).norm() / exact.norm())
        rows.append(["time step", steps, error, math.log2(last / error) if last == last else None])
        last = error
    for n in (24, 32, 48, 64):
        solution = solve_vorticity(eddies(n), stirring(n), 0.01, 1.0, Clock(1, 0.5, 1600))[0, 1]
        fine = solve_vorticity(eddies(4 * n), stirring(4 * n), 0.01, 1.0, Clock(1, 0.5, 1600))[0, 1, ::4, ::4]
        rows.append(["points along an axis", n, float((solution - fine).norm() / fine.norm()), None])
    record(
        "convergence-flow",
        "Navier-Stokes, viscosity 0.01, stirred, half a unit of time",
        "Relative L2 error against 1600 steps, and against four times as many points along each axis.",
        ["refined", "number", "error", "order"],
        rows,
    )


def invariants() -> None:
    """Measure conservation without viscosity, and what a step does to shifted, mirrored and turned flows."""
    n = 48
    nothing = torch.zeros(n, n, dtype=torch.float64)
    rows: list[list[Any]] = []
    first: list[float] = []
    for steps in (50, 100, 200, 400):
        frames = solve_vorticity(eddies(n), nothing, 0.0, 1.0, Clock(1, 2.0, steps))[0]
        drifts = [abs(float(a[1] / a[0]) - 1) for a in (energies(frames), frames.square().mean((1, 2)))]
        first = first or drifts
        for what, drift, before in zip(("energy", "enstrophy"), drifts, first, strict=True):
            order = math.log2(before / drift) / math.log2(steps / 50) if steps > 50 else None
            rows.append([f"{what} without viscosity, {steps} steps", drift, order])
    frames = solve_vorticity(eddies(n), stirring(n), 0.01, 1.0, Clock(1, 0.5, 100))[0]
    rows.append(["mean vorticity", float(frames.mean((1, 2)).abs().max() / frames.std()), None])

    def step(field: Tensor, force: Tensor) -> Tensor:
        return solve_vorticity(field, force, 0.01, 1.0, Clock(1, 0.005, 1))[:, 1]

    changes: Sequence[tuple[str, float, Callable[[Tensor], Tensor]]] = (
        ("shift by 5 and 11 nodes", 1.0, lambda field: torch.roll(field, (5, 11), (-2, -1))),
        ("mirror across the diagonal", -1.0, lambda field: field.mT),
        ("mirror of x", -1.0, lambda field: torch.roll(field.flip(-2), 1, -2)),
        ("turn by a right angle", 1.0, lambda field: torch.roll(field.flip(-1), 1, -1).mT),
    )
    plain = step(eddies(n), stirring(n))
    for name, sign, change in changes:
        moved = step(sign * change(eddies(n)), sign * change(stirring(n)))
        rows.append([name, float((moved - sign * change(plain)).norm() / plain.norm()), None])
    record(
        "invariants-flow",
        "Navier-Stokes: what is conserved, and symmetry of a step",
        "Relative drifts over two units of time, with the order from 50 steps on; relative L2 distance of a step of "
        "the changed flow from the changed step.",
        ["quantity", "error", "order"],
        rows,
    )


def energies(frames: Tensor) -> Tensor:
    """Return the mean of ``|grad psi|^2 / 2``, ``(t,)``, for frames ``(t, n, n)`` of period 1."""
    n = frames.shape[-1]
    k = 2 * torch.pi * torch.fft.fftfreq(n, 1 / n, dtype=torch.float64)
    square = k[:, None] ** 2 + k**2
    power = torch.fft.fft2(frames, norm="forward").abs().square()
    return (power / torch.where(square > 0, square, torch.inf)).sum((1, 2)) / 2


def speed() -> None:
    """Beside the FNO authors' scheme and beside exponax."""
    against_the_authors()
    against_exponax()


if __name__ == "__main__":
    measure(__doc__, {"convergence": convergence, "invariants": invariants, "speed": speed, "cost": cost})
