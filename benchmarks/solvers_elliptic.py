"""Steady diffusion and the Poisson equation: orders of convergence, the published BENO samples, speed against SciPy.

``python benchmarks/solvers_elliptic.py [convergence] [references] [speed]``; all three without arguments.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
import torch
from _record import measure, record
from numpy.typing import NDArray
from torch import Tensor

from surrogate.solvers.elliptic import Side, Sides, Values, _eigenvectors, diffusion, solve_diffusion
from surrogate.solvers.nonlinear_poisson import from_flux_potential, solve_nonlinear_poisson
from surrogate.solvers.poisson import solve_poisson

PI = torch.pi
DIRICHLET, NEUMANN, ROBIN, PERIODIC = Side("dirichlet"), Side("neumann"), Side("robin", 1.5), Side("periodic")
MIXES: dict[str, Sides] = {
    "Dirichlet": (DIRICHLET, DIRICHLET, DIRICHLET, DIRICHLET),
    "Neumann": (NEUMANN, NEUMANN, NEUMANN, NEUMANN),
    "Robin": (ROBIN, ROBIN, ROBIN, ROBIN),
    "Dirichlet, Neumann | Robin, Dirichlet": (DIRICHLET, NEUMANN, ROBIN, DIRICHLET),
}
CELLS = (16, 32, 64, 128)


def convergence() -> None:
    """Errors on four grids for manufactured solutions."""
    rows: list[list[Any]] = []
    for name, sides in MIXES.items():
        for screening in (0.0, 7.0) if name == "Dirichlet" else (0.0,):
            errors = [_manufactured_error(n, sides, screening) for n in CELLS]
            rows.append([f"{name}, screening {screening:g}" if screening else name, *errors, _order(errors)])
    errors = [_periodic_error(n) for n in CELLS]
    rows.append(["periodic", *errors, _order(errors)])
    record(
        "convergence-elliptic",
        "Steady diffusion: order in space, whatever the sides",
        "Relative L2 error for u = sin(pi x) cos(pi y) + x y, a = exp(x y / 2), on n x 5n/4 cells (periodic: "
        "u = cos(2 pi (x + y)), a = 1.5 + sin(2 pi x)); sides are west, east | south, north. Nominal order 2.",
        ["sides", *(f"n = {n}" for n in CELLS), "least order"],
        rows,
    )
    waves = (4, 8, 12, 16)
    record(
        "convergence-poisson",
        "Poisson equations by series: error against the number of sines",
        "Largest error on 32 x 32 cells for the potential that is 1 on the west side, 0 on the others and jumps in two "
        "corners, against a sum of 1280 sines (nonlinear: the same flux potential, conductivity 1 + u^2 / 10, on cells "
        "a third as wide). It falls like exp(-pi sines / 2).",
        ["equation", *(f"{count} sines for each cell" for count in waves)],
        [
            ["Poisson", *(_series_error(0.0, 0.0, count) for count in waves)],
            ["screened by 100", *(_series_error(100.0, 0.0, count) for count in waves)],
            ["nonlinear", *(_series_error(0.0, 0.1, count) for count in waves)],
        ],
    )


def references() -> None:
    """The five-point stencil and the rule for walls against published samples."""
    place = Path(os.environ.get("SURROGATE_REFERENCE", Path(__file__).parents[2] / "shared" / "reference")) / "beno"
    nodes = np.load(place / "RHS_N32_10.npy").reshape(10, 32, 32, 4)
    published = np.load(place / "SOL_N32_10.npy").reshape(10, 32, 32)
    sides = np.load(place / "BC_N32_10.npy")
    rows = []
    for sample in range(len(nodes)):
        domain = nodes[sample, ..., 3] == 0
        deep = np.pad(domain, 1)
        deep = domain & deep[2:, 1:-1] & deep[:-2, 1:-1] & deep[1:-1, 2:] & deep[1:-1, :-2]
        stencil = diffusion(torch.ones(1, 32, 32).double(), MIXES["Dirichlet"], (1 / 32, 1 / 32), 0.0)
        load = -(32**2) * stencil(torch.from_numpy(published[sample])[None])[0].numpy()
        forcing = nodes[sample, ..., 2]
        slope = float(forcing[deep] @ load[deep] / (forcing[deep] @ forcing[deep]))
        wall, given = _walls(domain, published[sample], forcing, sides[sample])
        rows.append([sample, int(deep.sum()), slope, len(wall), float(given @ wall / (given @ given))])
    slopes = [abs(float(row[2]) - 1) for row in rows]
    record(
        "references-beno",
        "The published BENO samples: interior stencil and walls",
        "Slope of our five-point Laplacian of the published solution against the published forcing inside the domain, "
        "and of the wall value (u + ghost) / 2 that the solution implies against the published boundary value on its "
        "east, west and north faces (those of the south are corrupt in the file). Largest distance of the interior "
        f"slope from 1: {max(slopes):.1e}.",
        ["sample", "interior cells", "interior slope", "faces", "slope of the wall values"],
        rows,
    )


def speed() -> None:
    """Fast solvers against SciPy's sparse direct solver, one thread, set-up counted on both sides."""
    torch.set_num_threads(1)
    rows = []
    for n in (64, 128, 256, 419):
        rng = np.random.default_rng(0)
        forcing, value = torch.from_numpy(rng.standard_normal((1, n, n))), torch.from_numpy(rng.standard_normal((1, n)))
        values, spacing, one = (value, value, value, value), (1 / n, 1 / n), torch.ones(1, n, n).double()
        operator = diffusion(one, MIXES["Dirichlet"], spacing, 0.0)
        right = operator.right(forcing, values, spacing)[0].numpy().ravel()
        matrix = _five_point(n)

        def ours(one: Tensor = one, f: Tensor = forcing, g: Values = values, h: float = 1 / n) -> Tensor:
            return solve_diffusion(one, f, g, MIXES["Dirichlet"], (h, h), screening=0.0, tolerance=1e-9)[0]

        def cold(solve: Callable[[], Tensor] = ours) -> Tensor:
            _eigenvectors.cache_clear()
            return solve()

        def series(f: Tensor = forcing, g: Values = values) -> Tensor:
            return solve_poisson(f, g, 0.0, 16)[0]

        def direct(ordering: str, a: scipy.sparse.csc_array = matrix, b: NDArray[np.float64] = right) -> Any:
            options = {"SymmetricMode": ordering == "MMD_AT_PLUS_A"}
            return scipy.sparse.linalg.splu(a, permc_spec=ordering, diag_pivot_thresh=0.0, options=options).solve(b)

        runs = (cold, ours, series, lambda: direct("COLAMD"), lambda: direct("MMD_AT_PLUS_A"))
        seconds = _interleaved(runs, 3 if n > 200 else 7)
        distance = np.linalg.norm(ours().numpy().ravel() - direct("MMD_AT_PLUS_A")) / np.linalg.norm(ours().numpy())
        rows.append([n, *seconds, min(seconds[3:]) / seconds[0], float(distance)])
    record(
        "speed-poisson",
        "Poisson equation with given sides: seconds a sample",
        "One sample on n x n cells, float64, best of interleaved runs. The five-point equations by fast "
        "diagonalisation, the first time (eigenvectors computed) and again; the exact series; SciPy's SuperLU, default "
        "and MMD_AT_PLUS_A in symmetric mode, on the same equations. Speed-up: the faster SuperLU over our first time.",
        ["n", "ours, first", "ours, again", "series", "SuperLU", "SuperLU MMD", "speed-up", "relative distance"],
        rows,
    )


def _manufactured_error(n: int, sides: Sides, screening: float) -> float:
    m = n + n // 4

    def waves(x: Tensor, y: Tensor) -> Tensor:
        return torch.sin(PI * x) * torch.cos(PI * y)

    def solution(x: Tensor, y: Tensor) -> Tensor:
        return waves(x, y) + x * y

    def coefficient(x: Tensor, y: Tensor) -> Tensor:
        return torch.exp(x * y / 2)

    def gradient(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        return PI * torch.cos(PI * x) * torch.cos(PI * y) + y, -PI * torch.sin(PI * x) * torch.sin(PI * y) + x

    x, y = torch.meshgrid(_centres(n), _centres(m), indexing="ij")
    a, exact, (along_x, along_y) = coefficient(x, y), solution(x, y), gradient(x, y)
    forcing = a * (2 * PI**2 * waves(x, y) - y / 2 * along_x - x / 2 * along_y) + screening * exact
    given = []
    for number, (side, (at, to)) in enumerate(zip(sides, _faces(n, m), strict=True)):
        flux = coefficient(at, to) * gradient(at, to)[number // 2] * (2 * (number % 2) - 1)
        value = solution(at, to) if side.condition == "dirichlet" else flux + side.exchange * solution(at, to)
        given.append(value[None])
    values, spacing = (given[0], given[1], given[2], given[3]), (1 / n, 1 / m)
    solved, _, _ = solve_diffusion(a[None], forcing[None], values, sides, spacing, screening=screening, tolerance=1e-11)
    exact = exact - exact.mean() if sides == MIXES["Neumann"] else exact
    return float((solved[0] - exact).norm() / exact.norm())


def _periodic_error(n: int) -> float:
    x, y = (2 * PI * one for one in torch.meshgrid(_centres(n), _centres(n), indexing="ij"))
    a, exact, zero = 1.5 + torch.sin(x), torch.cos(x + y), torch.zeros(1, n).double()
    forcing = 4 * PI**2 * (2 * a * exact + torch.cos(x) * torch.sin(x + y))
    sides = (PERIODIC, PERIODIC, PERIODIC, PERIODIC)
    solution, _, _ = solve_diffusion(
        a[None], forcing[None], (zero, zero, zero, zero), sides, (1 / n, 1 / n), screening=0.0, tolerance=1e-11
    )
    return float((solution[0] - exact).norm() / exact.norm())


def _series_error(screening: float, strength: float, waves: int) -> float:
    """Return the largest error where f = 0 and the flux potential is 1 on the west side, 0 on the others."""
    n = 32
    x, y = torch.meshgrid(_centres(n), _centres(n), indexing="ij")
    exact = torch.zeros_like(x)
    for k in range(1, 40 * n, 2):
        rate = (PI**2 * k**2 + screening) ** 0.5
        decay = (torch.exp(-rate * x) - torch.exp(-rate * (2 - x))) / (1 - np.exp(-2 * rate))
        exact += 4 / (PI * k) * torch.sin(PI * k * y) * decay
    zero, one = torch.zeros(1, n).double(), torch.ones(1, n).double()
    forcing = torch.zeros(1, n, n).double()
    if strength == 0:
        solution, _ = solve_poisson(forcing, (one, zero, zero, zero), screening, waves)
    else:
        west = from_flux_potential(one, strength)
        solution, _ = solve_nonlinear_poisson(forcing, (west, zero, zero, zero), strength, waves)
        exact = from_flux_potential(exact, strength)
    return float((solution[0] - exact).abs().max())


def _walls(
    domain: NDArray[np.bool_], solution: NDArray[np.float64], forcing: NDArray[np.float64], sides: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the wall values that a solution implies, and those published, but for the south faces.

    The file has the two coordinates of a face exchanged. A cell with one wall determines its ghost by the stencil.
    """
    inside, u = np.pad(domain, 1), np.pad(np.where(domain, solution, 0.0), 1)
    wall, given = [], []
    for second, first, value in sides[:, :3]:
        i, j = first * 32 + 0.5, second * 32 + 0.5  # of the padded grid; a whole number and a half across the face
        across = 0 if abs(i - round(i)) > 0.25 else 1
        low, high = (int(np.floor(i)), round(j)), (int(np.floor(i)) + 1, round(j))
        if across == 1:
            low, high = (round(i), int(np.floor(j))), (round(i), int(np.floor(j)) + 1)
        cell = low if inside[low] else high
        around = [(cell[0] + di, cell[1] + dj) for di, dj in ((1, 0), (-1, 0), (0, 1), (0, -1))]
        if (across == 1 and cell == high) or sum(not inside[one] for one in around) != 1:
            continue
        neighbours = sum(u[one] for one in around if inside[one])
        ghost = forcing[cell[0] - 1, cell[1] - 1] / 32**2 + 4 * u[cell] - neighbours
        wall.append((ghost + u[cell]) / 2)
        given.append(value)
    return np.array(wall), np.array(given)


def _five_point(n: int) -> scipy.sparse.csc_array:
    """Return the five-point equations on cells, integrated over them, walls half a cell away."""
    diagonal = np.full(n, 2.0)
    diagonal[[0, -1]] = 3.0
    line = scipy.sparse.diags_array((diagonal, -np.ones(n - 1), -np.ones(n - 1)), offsets=(0, 1, -1))
    one = scipy.sparse.eye_array(n)
    return (scipy.sparse.kron(line, one) + scipy.sparse.kron(one, line)).tocsc()


def _interleaved(runs: tuple[Callable[[], Any], ...], repeats: int) -> list[float]:
    best = [float("inf")] * len(runs)
    for _ in range(repeats):
        for number, run in enumerate(runs):
            start = time.perf_counter()
            run()
            best[number] = min(best[number], time.perf_counter() - start)
    return best


def _order(errors: list[float]) -> float:
    return float(min(np.log2(errors[:-1]) - np.log2(errors[1:])))


def _centres(n: int) -> Tensor:
    return (torch.arange(n).double() + 0.5) / n


def _faces(n: int, m: int) -> tuple[tuple[Tensor, Tensor], ...]:
    x, y = _centres(n), _centres(m)
    return (0 * y, y), (0 * y + 1, y), (x, 0 * x), (x, 0 * x + 1)


if __name__ == "__main__":
    measure(__doc__, {"convergence": convergence, "references": references, "speed": speed})
