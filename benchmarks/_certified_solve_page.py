"""The page docs/guide/certified_solve.md, from what `certified_solve.py` counted and timed."""

from __future__ import annotations

from statistics import median
from typing import Any

from _table import filled, markdown

HEADS = ("method", "iterations", "far outside", "fallbacks", "ms, one at a time", "ms, ten together")


def page(raw: dict[str, Any], names: dict[str, str]) -> str:
    """Return the page; ``names`` are those of the methods."""
    grids = [key for key in raw if key.isdigit()]
    first, labels = raw[grids[0]], raw["labels"]
    near = {name: f"{100 * value:.2g} %" for name, value in labels.items()}
    learned = first["precondition"]
    trained = {name: f"{learned['metrics'][f'iterations_{kind}']:.1f}" for name, kind in _TRAINED.items()}
    outside = {
        method: ", ".join(f"{raw[key]['found'][f'far {method}']['iterations']:.0f}" for key in grids)
        for method in ("multigrid", "preconditioner")
    }
    low, high = first["range"]["far"]
    return filled(
        "certified_solve",
        raw=raw,
        machine=first["machine"],
        clock=first["clock"],
        coarse=near["refine=1"],
        prediction=near["prediction"],
        fine=f"{labels['refine=4']:.0e}",
        weights=f"{learned['parameters']:,}",
        far=f"{low:.2g} to {high:.2g}",
        residual=f"{max(part['residual'] for key in grids for part in raw[key]['found'].values()):.1e}",
        grids=[_grid(key, raw[key], names) for key in grids],
        trained=trained | {"steps": learned["settings"]["steps"]},
        outside=outside,
    )


_TRAINED = {"before": "untrained", "after": "trained"}


def _grid(key: str, raw: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    run, counted, seconds = raw["run"], raw["found"], raw["seconds"]
    steps = {method: counted[f"unseen {method}"]["iterations"] for method in names}
    alone, ten = (names[min(taken, key=lambda name: median(taken[name]))] for taken in (seconds["1"], seconds["10"]))
    return {
        "n": key,
        "parameters": f"{run['parameters']:,}",
        "seconds": f"{run['seconds']:.0f}",
        "error": f"{100 * run['metrics']['valid_relative_l2']:.2g}",
        "guess": f"{counted['unseen guess']['guess']:.2g}",
        "table": markdown(HEADS, [_row(method, name, raw) for method, name in names.items()]),
        "alone": alone,
        "ten": ten,
        "share": f"{100 * steps['preconditioner'] / steps['cg']:.1f}",
        "steps": {method: f"{iterations:.1f}" for method, iterations in steps.items()},
    }


def _row(method: str, name: str, raw: dict[str, Any]) -> list[str]:
    unseen, far = (raw["found"].get(f"{group} {method}") for group in ("unseen", "far"))
    parts = [part for part in (unseen, far) if part]
    fallbacks = f"{sum(part['fallbacks'] for part in parts)} of {sum(part['samples'] for part in parts)}"
    seconds = (f"{1e3 * median(raw['seconds'][size][method]):.3g}" for size in ("1", "10"))
    return [name, _iterations(unseen, 200), _iterations(far, 20), fallbacks, *seconds]


def _iterations(part: dict[str, float] | None, wanted: int) -> str:
    if part is None:
        return "not counted"
    some = "" if part["samples"] == wanted else f", {part['samples']} samples"
    return f"{part['iterations']:.1f} ({part['most']}{some})"
