"""The data card: what a data set is, for a person, under the headings of The Well and the front matter of the hub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from surrogate.datasets.certificate import Certificate
from surrogate.datasets.manifest import Manifest
from surrogate.datasets.quality import Quality
from surrogate.spaces import Domain, Grid

_PLACEMENT = {
    "cells": "cell centres",
    "nodes": "nodes with both ends",
    "left": "left ends of equal cells, the right end absent",
}


_ROLES = {
    "constant": "constant in time, given",
    "coordinate": "coordinate of the points",
    "weight": "quadrature weight of the points",
}


def card(
    manifest: Manifest, certificate: Certificate, statistics: dict[str, Any], quality: Quality | None = None
) -> str:
    """Return the card as Markdown.

    Args:
        manifest: what the data set holds.
        certificate: what its labels have shown.
        statistics: the table of stats.yaml, for the fields it names.
        quality: what was seen of its samples and splits, None where nobody looked.
    """
    title = manifest.about.title
    sections = {
        "About the data": _about(manifest),
        "Fields": _fields(manifest, statistics),
        "Certificate": _certificate(certificate),
        **({} if quality is None else {"Quality": _quality(quality)}),
        "How to read it": _reading(manifest),
        "Source": manifest.about.source,
        "Notes": manifest.about.notes,
    }
    body = "\n\n".join(f"## {heading}\n\n{text}" for heading, text in sections.items())
    front = yaml.safe_dump(_front_matter(manifest, title), sort_keys=False)
    return f"---\n{front}---\n\n# {title}\n\n{body}\n"


def _front_matter(manifest: Manifest, title: str) -> dict[str, Any]:
    held = [split for split, count in manifest.counts.items() if count]
    files = [{"split": split, "path": f"data/{split}/*.hdf5"} for split in held]
    return {
        "pretty_name": title,
        "tags": ["physics", "partial-differential-equations", "operator-learning", manifest.spec.equation],
        "size_categories": [_size_category(sum(manifest.counts.values()))],
        "configs": [{"config_name": "default", "data_files": files}],
    }


def _size_category(count: int) -> str:
    bounds = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((name for bound, name in bounds if count < bound), "n>1M")


def _about(manifest: Manifest) -> str:
    spec = manifest.spec
    sides = "; ".join(f"{axis}: {low} / {high}" for axis, (low, high) in zip("xyz", spec.boundary.sides, strict=False))
    steady = len(spec.times) == 1
    times = "steady" if steady else f"{len(spec.times)} times from {spec.times[0]:g} to {spec.times[-1]:g}"
    counts = ", ".join(f"{split} {count}" for split, count in manifest.counts.items())
    size, given = sum(entry.size for entry in manifest.parts) / 1e6, (manifest.recipe or {}).get("inputs")
    rows = {
        "Equation": spec.equation,
        "Task": spec.task,
        **_where(spec.domain),
        **({"Boundary (low / high)": sides} if sides else {}),
        "Time": times,
        "Samples": counts,
        "Size": f"{size:.1f} MB in {len(manifest.parts)} parts",
        "Seed": str(manifest.seed),
        **({"Inputs": f"given, SHA-256 of the file `{given['sha256']}`"} if given else {}),
        "Hash": f"`{manifest.hash}`",
    }
    return _table(("", ""), [(f"**{name}**", value) for name, value in rows.items()])


def _where(domain: Domain) -> dict[str, str]:
    if not isinstance(domain, Grid):
        return {"Cloud": f"at most {domain.capacity} points of {domain.dimensions} coordinates"}
    where = ", ".join(_PLACEMENT[placement] for placement in dict.fromkeys(domain.placement))
    box = " x ".join(f"{length:g}" for length in domain.lengths)
    return {"Grid": f"{' x '.join(map(str, domain.points))} points on {box} ({where})"}


def _fields(manifest: Manifest, statistics: dict[str, Any]) -> str:
    rows = [
        (
            f"`{field.name}`",
            field.unit or "1",
            _ROLES.get(field.role, "state, solved for"),
            f"{statistics['mean'][field.name]:.6g}",
            f"{statistics['std'][field.name]:.6g}",
        )
        for field in manifest.spec.constants + manifest.spec.states
    ]
    table = _table(("field", "unit", "role", "mean", "deviation"), rows)
    return f"{table}\n\nMean and deviation are of the split `{statistics['split']}`; stats.yaml has the rest."


def _certificate(certificate: Certificate) -> str:
    if certificate.status == "none" and not certificate.checks:
        facts = [(key, str(value)) for key, value in certificate.settings.items()]
        return f"Not certified: {certificate.reason}.\n\n{_table(('', ''), facts)}"
    status = {"passed": "Passed", "failed": "Failed", "none": "Not certified"}[certificate.status]
    lines = [f"**{status}**: {certificate.reason}."]
    if certificate.figures():
        lines.append(f"On average the {certificate.figures()}: a model that is nearer to these labels than their")
        lines.append("floor reproduces the solver, not the equation.")
    checks = [(check.name, check.figure(), f"{check.limit:.1e}", check.says) for check in certificate.checks]
    again = ", ".join(f"{split} {index}" for split, index in certificate.samples)
    solved = f"Solved again, chosen by the seed: {again}." if again else "No sample was solved again."
    order = (
        f" Observed order of convergence in {certificate.order_of}: {certificate.order:.2f}."
        if certificate.order
        else ""
    )
    rows = [
        (split, str(it.samples), f"{it.largest_residual:.2e}", f"{it.mean_iterations:.1f}", str(it.retried))
        for split, it in certificate.splits.items()
    ]
    return "\n\n".join(
        (
            " ".join(lines),
            _table(("check", "largest", "limit", "what it is"), checks),
            f"Relative L2 errors of the worst field of the worst sample. {solved}{order}",
            _table(("split", "samples", "largest residual", "mean iterations", "retried finer"), rows),
            f"Solved in float64 by `{certificate.solver}`, stored in float32.",
        )
    )


def _quality(quality: Quality) -> str:
    return f"{quality.line()}.\n\n{_table(('check', '', 'what was seen'), quality.rows())}"


def _reading(manifest: Manifest) -> str:
    steps = 0 if len(manifest.spec.times) == 1 else 1
    return (
        "```python\n"
        "from the_well.data import WellDataset\n\n"
        f'WellDataset(path=".", well_split_name="train", n_steps_input={steps}, n_steps_output=1)\n'
        "```\n\n"
        "or `surrogate train data=FOLDER`."
    )


def _table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heading, ("---",) * len(heading), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
