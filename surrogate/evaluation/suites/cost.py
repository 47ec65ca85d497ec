"""What a surrogate saves against the very solver that made its data: error and seconds of both, on one machine.

Shapes: n samples, b queries answered at once, c channels, s... space.
"""

from __future__ import annotations

import csv
import io
import time
from dataclasses import asdict
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor

from surrogate import registry
from surrogate.environment import choose_device, environment
from surrogate.errors import SolverError
from surrogate.evaluation.baselines.coarse_solver import Solver, solver_of
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.predictions import read_samples
from surrogate.evaluation.report import cost_words, wording
from surrogate.evaluation.report.figures import tradeoff_plot
from surrogate.evaluation.report.sections import Document, Picture, Section, Table
from surrogate.evaluation.results import Evaluation, finite
from surrogate.evaluation.timing.break_even import break_even, cheapest, front, hopeful, preparation, spent, verdict
from surrogate.evaluation.timing.execution_paths import answers, paths
from surrogate.evaluation.timing.interleaved import Budget, Call, duel, interleaved
from surrogate.evaluation.timing.solver_effort import Effort, efforts
from surrogate.norms import relative_l2
from surrogate.written import publish

# Unknowns that a batch of the solver may have, times the fields that it holds of them: some gigabytes.
_MOST_UNKNOWNS = 2**22
ONE, MANY = "one at a time", "many at once"


class Settings(registry.Settings):
    """How many samples, what their errors are against, and how carefully is timed; see conf/suite/cost.yaml."""

    samples: Annotated[int, Field(gt=0)]
    reference: Annotated[int, Field(ge=1)]
    batch: Annotated[int, Field(gt=0)]
    repeats: Annotated[int, Field(gt=0)]
    blocks: Annotated[int, Field(gt=0)]
    seconds: Annotated[float, Field(gt=0)]
    compile: bool


def measure(config: EvalConfig, evaluation: Evaluation) -> Document:
    """Return errors and seconds of the solver at many settings and of the surrogate as it can be run.

    The solver is asked what the surrogate is asked, a map or one step, on the grid of the data and on coarser ones, to
    several tolerances or with several numbers of steps. Both are timed warm, with the same threads, their calls
    interleaved; then the quickest surrogate and the cheapest solve as accurate take turns, for the bounds. The errors
    of both are means over the same samples, against a finer solve by the same solver.

    Raises:
        InputError: the data have no recipe, or the surrogate takes what a solver does not.
    """
    settings = config.suite
    assert isinstance(settings, Settings)
    device = choose_device(config.device)
    solver = solver_of(evaluation.data, evaluation.problem)
    inputs, labels = _questions(evaluation, settings.samples)
    truth = _reference(solver, inputs, labels, settings.reference)

    def error(found: Tensor) -> float:
        return float(relative_l2(found.cpu().double(), truth, solver.equation.spec.space).mean())

    solved: list[dict[str, Any]] = []
    tried: dict[str, Effort] = {}
    failed: list[str] = []
    for effort in efforts(solver):
        try:
            began = time.perf_counter()
            found = _in_blocks(solver, inputs, effort)
        except SolverError as refused:
            failed.append(f"{effort.label}: {refused}")
            continue
        tried[effort.label] = effort
        first = time.perf_counter() - began
        solved.append({"label": effort.label, "grid": list(effort.points), "error": error(found), "first": first})
    solved = hopeful(solved)
    calls: dict[str, Call] = {}
    for row in solved:
        calls |= _solver_calls(solver, inputs, tried[row["label"]], settings.batch)
    ways, omitted = paths(evaluation.predictor, solver.equation.spec.grid.points, settings.compile, device)
    answered = []
    for name, way in ways.items():
        answered.append({"label": name, "error": error(answers(way, inputs))})
        calls |= _surrogate_calls(name, way, inputs, settings.batch)
    seconds = interleaved(calls, Budget(settings.repeats, settings.seconds), device)
    for row in (*solved, *answered):
        label = row["label"]
        row[ONE] = seconds[f"{label}|1"]
        row[MANY], row["at_once"] = min(
            (value / int(key.rpartition("|")[2]), int(key.rpartition("|")[2]))
            for key, value in seconds.items()
            if key.rpartition("|")[0] == label
        )
    document: Document = {
        "samples": len(inputs),
        "reference": settings.reference,
        "solver": solved,
        "failed": failed,
        "surrogate": answered,
        "omitted": omitted,
        "preparation": preparation(evaluation),
        "threads": torch.get_num_threads(),
        "device": str(device),
        "machine": environment(device).processor,
        "question": "a step" if evaluation.problem.task == "step" else "a solution",
    }
    document["duels"] = {mode: _duel(document, mode, calls, settings, device) for mode in (ONE, MANY)}
    publish(evaluation.folder / "cost.csv", _csv(document), evaluation.overwrite)
    return document


def _duel(
    document: Document, mode: str, calls: dict[str, Call], settings: Settings, device: torch.device
) -> dict[str, Any] | None:
    """Return how the quickest surrogate and the cheapest solve as accurate fare in turn; None without such a solve."""
    best = min(document["surrogate"], key=lambda row: row[mode])
    rival = cheapest(document["solver"], best["error"], mode)
    if rival is None:
        return None
    shares = (1, 1) if mode == ONE else (best["at_once"], rival["at_once"])
    pair = (calls[f"{best['label']}|{shares[0]}"], calls[f"{rival['label']}|{shares[1]}"])
    held = duel(pair, shares, settings.blocks, settings.seconds, device)
    seconds = spent(document["preparation"])
    found = {
        "surrogate": best["label"],
        "solver": rival["label"],
        "blocks": held.blocks,
        "seconds": {"surrogate": asdict(held.first), "solver": asdict(held.second)},
        "ratio": asdict(held.ratio),
        "verdict": verdict(held),
        "break_even": None if seconds is None else break_even(seconds, held),
    }
    return {key: finite(value) for key, value in found.items()}


def section(document: Document) -> Section:
    """Return the curves, the table and the sentence."""
    question = document["question"]
    table = Table(
        "Error and seconds",
        ("", "relative L2", ONE, MANY, "at once"),
        tuple(_row("solver", row) for row in _telling(document))
        + tuple(_row("surrogate", row) for row in document["surrogate"]),
        f"Seconds for {question}; the solver at the settings that no other beats in error and seconds, and as it made"
        " data (last). All settings timed are in cost.csv.",
    )
    turns = Table(
        "Surrogate and solver in turn",
        ("", "surrogate", "solver as accurate", "solver / surrogate", "paid back after", "verdict"),
        cost_words.duel_rows(document),
        "Medians of blocks in which both took turns, with 99 % bounds (order statistics); undecided where the bounds of"
        " the ratio have one between them. Queries that pay for making the data and training.",
    )
    pictures = tuple(
        Picture(
            f"{question}, {mode}: error against seconds (left and below is better)",
            tradeoff_plot(
                {"solver, at its best": [(row[mode], row["error"]) for row in front(document["solver"], mode)]},
                {"solver, other settings": [(row[mode], row["error"]) for row in document["solver"]]},
                {f"surrogate, {row['label']}": (row[mode], row["error"]) for row in document["surrogate"]},
                f"seconds for {question}",
                "mean relative L2 error",
            ),
        )
        for mode in (ONE, MANY)
    )
    said = " ".join(cost_words.sentence(document, mode) for mode in (ONE, MANY))
    tables = (table, turns) if turns.rows else (table,)
    return Section("Cost against the solver", said, tables, pictures, _notes(document))


def _notes(document: Document) -> tuple[str, ...]:
    prepared = document["preparation"]
    parts = [f"{name} {wording.duration(value)}" for name, value in prepared.items() if value is not None]
    notes = [
        f"Preparation counted: {', '.join(parts) or 'unknown'}.",
        f"{document['machine']}, {document['device']}, {document['threads']} threads, all in this process. The solver"
        " works in float64, the surrogate in float32.",
        f"Errors are means over {document['samples']} samples, against the labels themselves."
        if document["reference"] == 1
        else f"Errors are means over {document['samples']} samples, against solves {document['reference']} times finer"
        " than the data.",
        *(f"No surrogate {name}: {reason}." for name, reason in document["omitted"].items()),
        *(f"The solver refused {text}" for text in document["failed"]),
    ]
    return tuple(notes)


def _telling(document: Document) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = document["solver"]
    best = {id(row) for mode in (ONE, MANY) for row in front(rows, mode)} | {id(rows[-1])}
    return [row for row in rows if id(row) in best]


def _row(kind: str, row: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"{kind}, {row['label']}",
        wording.quantity("relative_l2", row["error"], ""),
        wording.duration(row[ONE]),
        wording.duration(row[MANY]),
        str(row["at_once"]),
    )


def _questions(evaluation: Evaluation, samples: int) -> tuple[Tensor, Tensor]:
    """Return inputs (n, c, s...) and labels (n, k, s...) in float64: pairs spread evenly over the split."""
    several = evaluation.pairs > evaluation.samples
    asked = read_samples(evaluation.problem, evaluation.data, evaluation.split, samples if several else None)
    inputs, labels = asked.inputs, asked.outputs
    count = min(samples, len(inputs))
    every = torch.linspace(0, len(inputs) - 1, count).round().long()
    return torch.from_numpy(inputs)[every].double(), torch.from_numpy(labels)[every].double()


def _reference(solver: Solver, inputs: Tensor, labels: Tensor, finer: int) -> Tensor:
    if finer == 1:
        return labels
    equation = solver.equation.refined(finer, finer)
    return torch.cat([solver(one, equation) for one in inputs.split(1)])


def _in_blocks(solver: Solver, inputs: Tensor, effort: Effort) -> Tensor:
    size = max(1, min(len(inputs), _MOST_UNKNOWNS // effort.cells))
    return torch.cat([solver(block, effort.equation, effort.points) for block in inputs.split(size)])


def _solver_calls(solver: Solver, inputs: Tensor, effort: Effort, batch: int) -> dict[str, Call]:
    """Return the solver asked one question and as many as it holds at once: it is given the best of both."""
    most = max(1, min(batch, _MOST_UNKNOWNS // effort.cells))

    def asked(count: int) -> Call:
        return lambda number: solver(_some(inputs, number, count), effort.equation, effort.points)

    return {f"{effort.label}|{count}": asked(count) for count in sorted({1, most})}


def _surrogate_calls(name: str, way: Any, inputs: Tensor, batch: int) -> dict[str, Call]:
    fields = inputs.float()

    def asked(count: int) -> Call:
        return lambda number: way(_some(fields, number, count))

    return {f"{name}|{count}": asked(count) for count in sorted({1, batch})}


def _some(inputs: Tensor, number: int, count: int) -> Tensor:
    return inputs[(torch.arange(count) + number) % len(inputs)]


def _csv(document: Document) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["kind", "setting", "relative_l2", "seconds_one_at_a_time", "seconds_many_at_once", "at_once"])
    for kind in ("solver", "surrogate"):
        for row in document[kind]:
            rows.writerow([kind, row["label"], *(f"{row[key]:.6g}" for key in ("error", ONE, MANY)), row["at_once"]])
    return text.getvalue()
