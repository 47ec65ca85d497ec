"""The page docs/guide/certified_solve.md, from what `certified_solve.py` counted and timed."""

from __future__ import annotations

from datetime import date
from statistics import median
from typing import Any

HEAD = """# Certified solves

```sh
surrogate solve run=runs/rough-mgno input=a.npy out=u.npy tolerance=1e-8
surrogate precondition data=data/rough64 out=runs/rough-precond
surrogate solve run=runs/rough-mgno preconditioner=runs/rough-precond data=data/rough64 split=test
```

A surrogate answers with an error that nobody knows. `surrogate solve` answers with a residual that is known: for
every sample `|b - A x| / |b|` is at most `tolerance`, in float64, as separate code finds it (a SciPy matrix built from
the fields, `surrogate/solve/check.py`), or the command fails, exit code 70, and writes nothing. With `out=u.npy` the
fields are written in float64 and the figures beside them, in `u.json`.

**Which system.** `A x = b` is the equation on the grid of the input: finite volumes with harmonic means, unknowns in
the cells. It has a discretisation error of its own, {coarse} from the labels of the 64 x 64 data, which were solved on
cells four times smaller and averaged; the surrogate learned those labels and is {prediction} away from them. A small
residual is a property of the system, so where labels are on smaller cells, take these: `refine=4` solves there and
averages back, {fine} from the labels (means of 20 test samples). On the grid itself a good surrogate may be closer to
the labels than the exact solution of `A x = b` is: what is certified is the system, not its discretisation. Darcy flow
and the Poisson equation are supported, `refine` for Darcy alone; every other equation is refused by name.

**Methods.** `method=` one of

- `cg`: conjugate gradients alone.
- `multigrid`: preconditioned by the V-cycle of the solver that makes the data (four colours of Gauss-Seidel,
  interpolation by the stencil, Galerkin products).
- `guess`: the same, from the surrogate's prediction. A prediction that meets the tolerance is returned as it is.
- `preconditioner`: conjugate gradients with the learned V-cycle.
- `both`.

Without `method` it is what `run` and `preconditioner` allow. `compare=false` leaves out the row without a surrogate.
What does not arrive, or meets a preconditioner that is not finite or not definite, is solved again by the solver that
makes the data, and counted as a fallback.

**What is learned.** A V-cycle of red-black relaxation with five-point operators on every grid. A network of
{parameters} weights looks at the coefficient and says the relaxation of every cell, the smoothing of the
interpolation, and by how much each conductance of the coarser grid differs from series and parallel circuits. It is
the same network on every level and sees ratios alone, so a cycle that was learned on 64 x 64 cells works on any grid
and in any unit. The cycle is linear in the residual, and symmetric and positive definite whatever the network says:
relaxations lie between 0.1 and 1.9, conductances are positive, the restriction is the transpose of the interpolation.
It starts as a classical cycle; the tables have that row too, so that what training adds can be told from what the
structure does. It is trained without labels or right-hand sides, on what conjugate gradients leave of random ones, to
lower `|b - A d <d, b> / <d, A d>|^2 / |b|^2` with `d = M b` (Kaneda et al. 2023, arXiv:2205.10763); in float32, and
applied so inside flexible conjugate gradients in float64.
"""


def page(raw: dict[str, Any], names: dict[str, str]) -> list[str]:
    """Return the lines of the page."""
    grids = [key for key in raw if key.isdigit()]
    first = raw[grids[0]]
    near = {name: f"{100 * value:.2g} %" for name, value in raw["labels"].items()}
    head = HEAD.format(
        coarse=near["refine=1"],
        prediction=near["prediction"],
        fine=f"{raw['labels']['refine=4']:.0e}",
        parameters=f"{first['precondition']['parameters']:,}",
    )
    worst = max(part["residual"] for key in grids for part in raw[key]["found"].values())
    lines = [*head.splitlines(), "", "## Rough Darcy flow, tolerance 1e-8", ""]
    lines += [
        f"Written by `python benchmarks/certified_solve.py page` on {date.today()}; {first['machine']}.",
        "200 samples of the recipe's test split, which nothing was trained on, and 20 far outside what was: ten of two",
        "values, 0.12 and 120, with a third of the correlation length, and ten log-normal ones; altogether "
        f"{first['range']['far'][0]:.2g} to {first['range']['far'][1]:.2g}, where training saw 2 and 12.",
        "Iterations are means over samples, the most in brackets. Times are medians over the same unseen samples,",
        "solved by all methods in turn in one process, one thread, prediction and setting up included, the check",
        f"not, by the {first['clock']} clock. The largest residual that the check found is {worst:.1e}.",
        "",
    ]
    for key in grids:
        lines += _table(key, raw[key], names)
    return [*lines, *_conclusion(raw, grids, names)]


def _table(key: str, raw: dict[str, Any], names: dict[str, str]) -> list[str]:
    run = raw["run"]
    error, guess = run["metrics"]["valid_relative_l2"], raw["found"]["unseen guess"]["guess"]
    lines = [
        f"### {key} x {key}",
        "",
        f"Surrogate: MgNO, {run['parameters']:,} parameters, learned at 64 x 64 in {run['seconds']:.0f} s, where it is "
        f"{100 * error:.2g} % off on validation data; residual of its prediction here {guess:.2g}.",
        "",
        "| method | iterations | far outside | fallbacks | ms, one at a time | ms, ten together |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for method, name in names.items():
        parts = [raw["found"].get(f"{group} {method}") for group in ("unseen", "far")]
        fallbacks = f"{sum(part['fallbacks'] for part in parts if part)}"
        fallbacks += f" of {sum(part['samples'] for part in parts if part)}"
        seconds = " | ".join(f"{1e3 * median(raw['seconds'][size][method]):.3g}" for size in ("1", "10"))
        lines.append(
            f"| {name} | {_iterations(parts[0], 200)} | {_iterations(parts[1], 20)} | {fallbacks} | {seconds} |"
        )
    return [*lines, ""]


def _iterations(part: dict[str, float] | None, wanted: int) -> str:
    if part is None:
        return "not counted"
    some = "" if part["samples"] == wanted else f", {part['samples']} samples"
    return f"{part['iterations']:.1f} ({part['most']}{some})"


def _conclusion(raw: dict[str, Any], grids: list[str], names: dict[str, str]) -> list[str]:
    lines = ["## What follows", ""]
    for key in grids:
        alone, ten = (names[_fastest(raw[key]["seconds"][size])] for size in ("1", "10"))
        steps = {method: raw[key]["found"][f"unseen {method}"]["iterations"] for method in names}
        share = steps["preconditioner"] / steps["cg"]
        lines += [
            f"- {key} x {key}: the fastest is **{alone}** one at a time and **{ten}** ten together.",
            f"  The learned preconditioner needs {100 * share:.1f} % of the iterations of plain CG. With the guess",
            f"  multigrid CG goes from {steps['multigrid']:.1f} to {steps['guess']:.1f} iterations, the learned one",
            f"  from {steps['preconditioner']:.1f} to {steps['both']:.1f}.",
        ]
    outside = [
        ", ".join(f"{raw[key]['found'][f'far {method}']['iterations']:.0f}" for key in grids)
        for method in ("multigrid", "preconditioner")
    ]
    learned = raw[grids[0]]["precondition"]
    before, after = (learned["metrics"][f"iterations_{kind}"] for kind in ("untrained", "trained"))
    return [
        *lines,
        f"- Training the cycle ({learned['settings']['steps']} steps, less than a minute of a processor) takes it from",
        f"  {before:.1f} to {after:.1f} iterations on validation coefficients: most of what it does is its structure.",
        f"- Far outside the classical cycle needs {outside[0]} iterations on the three grids and the learned one",
        f"  {outside[1]}: its five-point operators cannot hold what Galerkin products do. With",
        "  `surrogate precondition contrast=2` it learns from stronger jumps, too.",
        "- It is one surrogate on all grids, not one a grid: away from its own it answers with `off_grid=refine`,",
        "  which is nearer to the labels there than what could be trained on these grids in minutes.",
        "- A prediction that is close in L2 is not close in the residual, which weighs an error by its second",
        "  differences: its residual is that of the tables, and as a first guess it saves what that is worth.",
    ]


def _fastest(seconds: dict[str, list[float]]) -> str:
    return min(seconds, key=lambda method: median(seconds[method]))
