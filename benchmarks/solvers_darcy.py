"""Measure the Darcy solver: python benchmarks/solvers_darcy.py [convergence|speed|cost]"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
import torch
from _record import measure, record
from numpy.typing import NDArray
from torch import Tensor

from surrogate.cli.memory import keep_big_blocks
from surrogate.samplers import gaussian, two_valued
from surrogate.solvers.darcy import darcy_stencil, solve_darcy
from surrogate.spaces import Grid

FIELD = gaussian.Settings(name="gaussian", boundary="neumann", sigma=1.0, alpha=2.0, tau=3.0)
LAW = two_valued.Settings(name="two_valued", low=3.0, high=12.0, field=FIELD)
TOLERANCE = 1e-8
ROUNDS = 5


def convergence() -> None:
    """Errors on four grids for a smooth permeability, and in one direction for layers."""
    rows: list[list[Any]] = []
    sizes = (32, 64, 128, 256)
    for name, error in (("smooth, a = exp(x y)", _smooth_error), ("layers 1, 1e6, 3, 1e-3 across x", _layers_error)):
        errors = [error(n) for n in sizes]
        orders = [float(np.log2(a / b)) if name.startswith("smooth") else None for a, b in pairwise(errors)]
        rows += [[name, n, e, o] for n, e, o in zip(sizes, errors, [None, *orders], strict=True)]
    record(
        "convergence-darcy",
        "Darcy flow, finite volumes",
        "Relative L2 error against a manufactured solution, u = sin(pi x) sin(2 pi y), and against the exact fluxes "
        "through layers, for which the scheme is exact. Nominal order 2.",
        ["permeability", "cells", "error", "order"],
        rows,
    )


def speed() -> None:
    """Against SciPy's sparse direct solvers and pyamg, interleaved, on one core."""
    rows = []
    for n, batch, peers in ((421, 1, _PEERS), (64, 64, {"SciPy splu, a loop": _splu, **_LOOPS})):
        a = _permeability(n, batch)
        matrices = [_matrix(one) for one in a]
        ours: list[float] = []
        theirs: dict[str, list[float]] = {name: [] for name in peers}
        reached = 0.0
        residuals = dict.fromkeys(peers, 0.0)
        for _ in range(ROUNDS):
            seconds, solved = _timed(lambda a=a, n=n: solve_darcy(a, torch.ones_like(a), (1 / n, 1 / n), TOLERANCE))
            ours.append(seconds)
            reached = max(reached, *(_residual(*each) for each in zip(matrices, solved[0].numpy(), strict=True)))
            for name, solve in peers.items():
                seconds, solutions = _timed(lambda solve=solve, all=matrices: [solve(matrix) for matrix in all])
                theirs[name].append(seconds)
                worst = max(_residual(*each) for each in zip(matrices, solutions, strict=True))
                residuals[name] = max(residuals[name], worst)
        case = f"{batch} x {n}^2" if batch > 1 else f"{n}^2"
        rows.append([case, "surrogate", median(ours), reached, 1.0])
        for name, seconds in theirs.items():
            rows.append([case, name, median(seconds), residuals[name], median(seconds) / median(ours)])
    record(
        "speed-darcy",
        "Darcy flow beside SciPy and pyamg",
        f"Permeability 12 or 3 cut from a Gaussian field; to a relative residual of {TOLERANCE:g} (direct solvers give "
        f"what they give); one core, interleaved, medians of {ROUNDS}, processor seconds. Ours counts all from the "
        "permeability on, theirs all from the assembled matrix on: orderings, factors, hierarchies.",
        ["case", "solver", "seconds", "relative residual", "times ours"],
        rows,
    )


def cost() -> None:
    """Seconds per unknown with batch times unknowns constant."""
    sizes = (128, 256, 512, 1024)
    fields = {n: _permeability(n, (1024 // n) ** 2) for n in sizes}
    seconds: dict[int, list[float]] = {n: [] for n in sizes}
    iterations = {}
    for _ in range(ROUNDS):
        for n, a in fields.items():
            took, solved = _timed(lambda a=a, n=n: solve_darcy(a, torch.ones_like(a), (1 / n, 1 / n), TOLERANCE))
            seconds[n].append(took)
            iterations[n] = float(solved[2].double().mean())
    each = [median(seconds[n]) / (1024 // n) ** 2 for n in sizes]
    slope = float(np.polyfit(np.log([n**2 for n in sizes]), np.log(each), 1)[0])
    record(
        "cost-darcy",
        "Darcy flow: cost against size",
        f"Relative residual {TOLERANCE:g}, 1024^2 unknowns in every batch, one core, medians of {ROUNDS}, interleaved, "
        "seconds of the processor. "
        f"Log-log slope of the time of a sample against its unknowns: {slope:.3f}.",
        ["cells", "batch", "iterations", "seconds a sample", "microseconds an unknown"],
        [[f"{n}^2", (1024 // n) ** 2, iterations[n], t, 1e6 * t / n**2] for n, t in zip(sizes, each, strict=True)],
    )


def _smooth_error(n: int) -> float:
    x = ((torch.arange(n, dtype=torch.float64) + 0.5) / n)[:, None].expand(n, n)
    y, pi = x.T, torch.pi
    exact, a = torch.sin(pi * x) * torch.sin(2 * pi * y), torch.exp(x * y)
    gradient_x = pi * torch.cos(pi * x) * torch.sin(2 * pi * y)
    gradient_y = 2 * pi * torch.sin(pi * x) * torch.cos(2 * pi * y)
    forcing = a * (5 * pi**2 * exact - y * gradient_x - x * gradient_y)
    pressure, _, _ = solve_darcy(a[None], forcing[None], (1 / n, 1 / n), 1e-11)
    return float((pressure[0] - exact).norm() / exact.norm())


def _layers_error(n: int) -> float:
    a = torch.tensor([1.0, 1e6, 3.0, 1e-3], dtype=torch.float64).repeat_interleave(n // 4).reshape(1, n, 1)
    forcing = torch.zeros_like(a)
    forcing[0, n // 3] = n  # a source in the middle of one cell: the flux is constant on either side of it
    pressure, _, _ = solve_darcy(a, forcing, (1 / n, 1e9), 1e-12)
    half = 0.5 / n / a.flatten()
    ahead = torch.cumsum(2 * half, 0) - half
    total, source = ahead[-1] + half[-1], ahead[n // 3]
    exact = torch.where(ahead <= source, ahead * (total - source), (total - ahead) * source) / total
    return float((pressure.flatten() - exact).norm() / exact.norm())


def _permeability(n: int, batch: int) -> Tensor:
    return torch.from_numpy(two_valued.sample(LAW, Grid.box((n, n), "cells"), 0, "train", range(batch)))


def _matrix(a: Tensor) -> scipy.sparse.csr_array:
    n = len(a)
    stencil = darcy_stencil(a[None], (1 / n, 1 / n))
    points = np.arange(n * n).reshape(n, n)
    x, y = stencil.x[0, 1:-1].numpy(), stencil.y[0, :, 1:-1].numpy()
    rows = (points, points[1:], points[:-1], points[:, 1:], points[:, :-1])
    columns = (points, points[:-1], points[1:], points[:, :-1], points[:, 1:])
    values = np.concatenate([part.ravel() for part in (stencil.diagonal[0].numpy(), -x, -x, -y, -y)])
    where = tuple(np.concatenate([part.ravel() for part in entries]) for entries in (rows, columns))
    return scipy.sparse.csr_array(scipy.sparse.coo_array((values, where)))


def _right(matrix: scipy.sparse.csr_array) -> NDArray[np.float64]:
    return np.full(matrix.shape[0], 1 / matrix.shape[0])


def _residual(matrix: scipy.sparse.csr_array, solution: NDArray[np.float64]) -> float:
    right = _right(matrix)
    return float(np.linalg.norm(right - matrix @ solution.ravel()) / np.linalg.norm(right))


def _splu(matrix: scipy.sparse.csr_array) -> NDArray[np.float64]:
    return scipy.sparse.linalg.splu(matrix.tocsc()).solve(_right(matrix))


def _spsolve(matrix: scipy.sparse.csr_array) -> NDArray[np.float64]:
    solution: NDArray[np.float64] = scipy.sparse.linalg.spsolve(matrix, _right(matrix))
    return solution


def _symmetric(matrix: scipy.sparse.csr_array) -> NDArray[np.float64]:
    factors = scipy.sparse.linalg.splu(
        matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    return factors.solve(_right(matrix))


def _amg(builder: str) -> Callable[[scipy.sparse.csr_array], NDArray[np.float64]]:
    def solve(matrix: scipy.sparse.csr_array) -> NDArray[np.float64]:
        import pyamg

        solution: NDArray[np.float64] = getattr(pyamg, builder)(matrix).solve(_right(matrix), tol=TOLERANCE, accel="cg")
        return solution

    return solve


_PEERS = {
    "SciPy splu, default": _splu,
    "SciPy splu, MMD_AT_PLUS_A, symmetric": _symmetric,
    "pyamg Ruge-Stuben + CG": _amg("ruge_stuben_solver"),
    "pyamg smoothed aggregation + CG": _amg("smoothed_aggregation_solver"),
}
_LOOPS = {"SciPy spsolve, a loop": _spsolve, "SciPy splu, MMD_AT_PLUS_A, a loop": _symmetric}


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


if __name__ == "__main__":
    keep_big_blocks()
    os.sched_setaffinity(0, {0})
    measure(__doc__, {"convergence": convergence, "speed": speed, "cost": cost})
