"""Plant faults in solvers and see that certificates catch them: python benchmarks/solvers_faults.py [faults|clean]

`faults` makes small data sets with a fault in the code that makes the labels, twice: once the fault is gone when the
certificate is made, as if the files came from a broken version, and once it is still there, so that only what shares
no code with the fault can see it. `clean` makes 20 seeds of five recipes with nothing planted. Limits are the recipes'.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from _record import measure, record

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.certificate import Certificate
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.plan import begin
from surrogate.datasets.samples import Bench, header_of, plan_of
from surrogate.datasets.sealing import seal
from surrogate.datasets.worker import work
from surrogate.equations import _vorticity, fisher
from surrogate.solvers import black_box_multigrid, darcy
from surrogate.solvers.etdrk4 import Clock
from surrogate.solvers.fourier import interpolate_periodic
from surrogate.spaces import Grid

SIZES = ["count.train=2", "count.valid=1", "count.test=1", "certificate.samples=2"]
CLEAN = ("darcy_rough", "helmholtz", "burgers", "kuramoto_sivashinsky", "navier_stokes")
SEEDS = 20
FLOAT32_STEP = 2e-5


def _arithmetic_faces(permeability: torch.Tensor, axis: int) -> torch.Tensor:
    a = permeability.movedim(axis, 0)
    return torch.cat((2 * a[:1], (a[1:] + a[:-1]) / 2, 2 * a[-1:])).movedim(0, axis)


def _in_float32(_: Any) -> Callable[..., torch.Tensor]:
    def solve_in_float32(
        equation: Any, start: torch.Tensor, constants: torch.Tensor, grid: Grid, clock: Clock
    ) -> torch.Tensor:
        # Explicit steps, so short that most of what a step adds is below the rounding of what is there.
        u, spacing = start.float(), grid.spacing[0]
        frames = [u]
        for _ in range(clock.frames):
            for _ in range(round(clock.interval / FLOAT32_STEP)):
                around = torch.roll(u, 1, -1) + torch.roll(u, -1, -1) - 2 * u
                u = u + FLOAT32_STEP * (equation.diffusivity / spacing**2 * around + equation.reaction * u * (1 - u))
            frames.append(u)
        return torch.stack(frames, dim=1).double()

    return solve_in_float32


def _half_the_waves(solve: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    def solve_on_half(initial: torch.Tensor, forcing: torch.Tensor, *others: Any) -> torch.Tensor:
        frames = solve(_low_waves(initial)[..., ::2, ::2], forcing[..., ::2, ::2], *others)
        return interpolate_periodic(frames, 2, 2)

    return solve_on_half


def _low_waves(field: torch.Tensor) -> torch.Tensor:
    n = field.shape[-1]
    spectrum = torch.fft.fft2(field)
    k = torch.fft.fftfreq(n, 1 / n).abs()
    return torch.fft.ifft2(torch.where(torch.maximum(k[:, None], k) < n / 6, spectrum, 0)).real


def _more_viscous(solve: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    def solve_more_viscous(
        initial: torch.Tensor, forcing: torch.Tensor, viscosity: float, *others: Any
    ) -> torch.Tensor:
        return solve(initial, forcing, 1.01 * viscosity, *others)

    return solve_more_viscous


def _turned_forcing(solve: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    def solve_turned(initial: torch.Tensor, forcing: torch.Tensor, *others: Any) -> torch.Tensor:
        return solve(initial, -forcing, *others)

    return solve_turned


def _unconverged(solve: Callable[..., Any]) -> Callable[..., Any]:
    def stop_early(
        operator: Any, preconditioner: Any, right: torch.Tensor, tolerance: float, *others: Any, **named: Any
    ) -> Any:
        field, _, iterations = solve(operator, preconditioner, right, 1e-3, *others, **named)
        return field, torch.full((len(right),), tolerance, dtype=torch.float64), iterations

    return stop_early


# fault -> recipe, further settings, what is replaced: (module, name, faulty version of what is there)
FAULTS: dict[str, tuple[str, list[str], tuple[Any, str, Callable[[Any], Any]]]] = {
    "arithmetic face means on 12/2": ("darcy_rough", [], (darcy, "_faces", lambda _: _arithmetic_faces)),
    "an unconverged solve": ("darcy_rough", [], (black_box_multigrid, "conjugate_gradient", _unconverged)),
    "float32 time stepping": ("reaction_diffusion_pdebench", [], (fisher.Equation, "march", _in_float32)),
    "half the modes": ("navier_stokes", [], (_vorticity, "solve_vorticity", _half_the_waves)),
    "viscosity 1 % too large": ("navier_stokes", [], (_vorticity, "solve_vorticity", _more_viscous)),
    "a sign error in the forcing": ("navier_stokes", [], (_vorticity, "solve_vorticity", _turned_forcing)),
}


@contextmanager
def planted(module: Any, name: str, fault: Callable[[Any], Any]) -> Iterator[None]:
    """Put the faulty version in the place of the right one."""
    with mock.patch.object(module, name, fault(getattr(module, name))):
        yield


def certified(recipe: str, words: list[str], folder: Path, fault: Any = None, stays: bool = False) -> Certificate:
    """Return the certificate of a small data set, made in this process with a fault that goes, or stays."""
    tree = compose_tree("generate", [f"recipe={recipe}", *SIZES, *words])
    config = read(GenerateConfig, tree | {"out": str(folder)})
    plan, header = plan_of(config), header_of(config)
    begin(folder, plan)
    indices = {split: np.arange(count) for split, count in plan.count.items()}
    with ExitStack() as stack:
        if fault:
            stack.enter_context(planted(*fault))
        for split in ("train", "valid", "test"):
            (folder / "data" / split).mkdir(parents=True)
        work(folder, Bench())
        if not stays:
            stack.close()
        return seal(folder, plan, header, indices).certificate


def faults() -> None:
    """Plant every fault, twice."""
    rows = []
    for name, (recipe, words, fault) in FAULTS.items():
        caught = []
        for stays in (False, True):
            with tempfile.TemporaryDirectory() as place:
                certificate = certified(recipe, words, Path(place) / "data", fault, stays)
            seen = ", ".join(f"{check.name} {check.figure()} > {check.limit:.1e}" for check in certificate.failures)
            caught.append(seen or "not caught")
            print(f"{name} ({'stays' if stays else 'gone'}): {caught[-1]}", flush=True)
        rows.append([name, recipe, *caught])
    says = (
        "A fault is planted in the code that makes the labels; the certificate is then made from the files and the"
        " equation, with the fault gone (the files came from a broken version) and with the fault still in the solver"
        " (only what shares no code with it can see it). Limits are those of the shipped recipes. What is not caught"
        " there is smaller than the limits of the second method: the labels are nearer to the equation than promised."
    )
    columns = ["fault", "recipe", "caught, fault gone", "caught, fault still in the solver"]
    record("faults-planted", "Six planted faults", says, columns, rows)


def clean() -> None:
    """Plant nothing: nothing may be caught."""
    rows = []
    for recipe in CLEAN:
        worst: dict[str, tuple[float, float]] = {}
        alarms = 0
        for seed in range(SEEDS):
            with tempfile.TemporaryDirectory() as place:
                certificate = certified(recipe, [f"seed={seed}"], Path(place) / "data")
            alarms += certificate.status != "passed"
            for check in certificate.checks:
                value = float("inf") if check.value is None else check.value
                worst[check.name] = (max(worst.get(check.name, (0.0, 0.0))[0], value), check.limit)
            print(recipe, seed, certificate.line(), flush=True)
        kept = ("error", "floor", "second")
        rows.append([recipe, SEEDS, alarms, *(f"{worst[name][0]:.1e} of {worst[name][1]:.1e}" for name in kept)])
    says = (
        "Twenty seeds of five recipes as they ship, two samples of each solved again: the worst figure, and its limit."
    )
    record("faults-none", "Nothing planted, nothing caught", says, ["recipe", "seeds", "alarms", *kept], rows)


if __name__ == "__main__":
    measure(__doc__, {"faults": faults, "clean": clean})
