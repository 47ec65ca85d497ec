"""Where the figures of a report come from: the data set and its certificate, settings and environments, as text."""

from __future__ import annotations

from surrogate.datasets.dataset import Dataset
from surrogate.evaluation.leaves import as_text
from surrogate.evaluation.report import wording
from surrogate.evaluation.report.page import Block
from surrogate.evaluation.report.sections import Section, Table
from surrogate.spaces import Boundary, Domain, Grid, Problem

_PLACES = {"cells": "cell centres", "nodes": "nodes with both ends", "left": "left ends of cells"}
_ROLES = {
    "constant": "constant in time, given",
    "uniform": "a number, given",
    "state": "state, solved for",
    "coordinate": "coordinate of the points",
    "weight": "quadrature weight of the points",
}


def data_blocks(data: Dataset, problem: Problem) -> list[Block]:
    """Return the card of a data set, its certificate and its recipe."""
    blocks = [
        Block("data", "Data", "card", {"pairs": _facts(data, problem), "table": _fields(data), "notes": _notes(data)}),
        Block("certificate", "Certificate of the data", "section", certificate_section(data)),
    ]
    if data.recipe:
        blocks.append(Block("recipe", "Recipe of the data", "pairs", as_text(data.recipe)))
    return blocks


def certificate_section(data: Dataset) -> Section:
    """Return what the labels of a data set have shown."""
    certificate = data.certificate
    checks = tuple(
        (check.name, check.figure(), f"{check.limit:.1e}", "yes" if check.passed else "NO", check.says)
        for check in certificate.checks
    )
    splits = tuple(
        (split, str(it.samples), f"{it.largest_residual:.2e}", f"{it.mean_iterations:.1f}", str(it.retried))
        for split, it in certificate.splits.items()
    )
    sentence = certificate.line()
    sentence = f"{sentence[0].upper()}{sentence[1:]}."
    if certificate.order:
        sentence += f" Observed order of convergence in {certificate.order_of}: {certificate.order:.2f}."
    tables = []
    if checks:
        about = "Relative L2 errors of the worst field of the worst sample."
        tables.append(Table("What was checked", ("check", "largest", "limit", "passed", "what it is"), checks, about))
    if splits:
        solver = f"Solved in float64 by {certificate.solver}, stored in float32." if certificate.solver else ""
        columns = ("split", "samples", "largest residual", "mean iterations", "retried finer")
        tables.append(Table("What the solver reached", columns, splits, solver))
    again = ", ".join(f"{split} {index}" for split, index in certificate.samples)
    notes = (f"Solved again, chosen by the seed: {again}.",) if again else ()
    return Section("Certificate of the data", sentence, tuple(tables), notes=notes)


def _facts(data: Dataset, problem: Problem) -> dict[str, str]:
    spec = data.spec
    facts = {
        "name": data.name,
        "title": data.manifest.about.title,
        "equation": spec.equation,
        "task": problem.task,
        "inputs": ", ".join(wording.labelled(field) for field in problem.channels),
        "outputs": ", ".join(wording.labelled(field) for field in problem.target.fields),
        **_where(spec.domain),
        "boundary": _boundary(spec.boundary) if spec.boundary.sides else "",
        "times": f"{len(spec.times)}, from {spec.times[0]:g} to {spec.times[-1]:g}"
        if len(spec.times) > 1
        else "steady",
        "samples": ", ".join(f"{split} {count}" for split, count in data.counts.items()),
        "size": f"{sum(entry.size for entry in data.manifest.parts) / 1e6:.1f} MB in {len(data.manifest.parts)} parts",
        "seed": str(data.manifest.seed),
        "hash": f"{data.hash[:16]}…",
    }
    return {key: value for key, value in facts.items() if value}


def _where(domain: Domain) -> dict[str, str]:
    if not isinstance(domain, Grid):
        return {"cloud": f"at most {domain.capacity} points of {domain.dimensions} coordinates"}
    return {
        "grid": wording.grid_text(domain.points),
        "points at": ", ".join(dict.fromkeys(_PLACES[place] for place in domain.placement)),
        "box": " x ".join(f"{length:g}" for length in domain.lengths),
    }


def _fields(data: Dataset) -> Table:
    rows = tuple((field.name, field.unit or "1", _ROLES[field.role]) for field in data.spec.fields)
    return Table("Fields", ("field", "unit", "role"), rows)


def _notes(data: Dataset) -> tuple[str, ...]:
    about = data.manifest.about
    return tuple(text for text in (f"Source: {about.source}" if about.source else "", about.notes) if text)


def _boundary(boundary: Boundary) -> str:
    """Return the condition at the ends of every axis, said once where they are the same."""
    conditions = [" and ".join(dict.fromkeys(sides)) for sides in boundary.sides]
    named = [f"{axis}: {condition}" for axis, condition in zip("xyz", conditions, strict=False)]
    return conditions[0] if len(set(conditions)) == 1 else ", ".join(named)
