"""The report of predictors against the solver, on inputs of a user's own: one HTML file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from surrogate.evaluation.compare.comparison_result import Contender
from surrogate.evaluation.compare.own_inputs import OwnInputs
from surrogate.evaluation.report import wording
from surrogate.evaluation.report.comparison_page import (
    NAME,
    difference_table,
    metric_table,
    sample_rows,
    scale_pictures,
)
from surrogate.evaluation.report.figures import curve_plot, tradeoff_plot
from surrogate.evaluation.report.page import Block, page
from surrogate.evaluation.report.provenance import data_blocks
from surrogate.evaluation.report.sections import Picture, Section, Table
from surrogate.kinds import SOLVER
from surrogate.written import publish

_L2 = "relative_l2"
# Of more inputs than this the worst are listed.
_LISTED = 30


def write_report(own: OwnInputs, folder: Path, overwrite: bool = False) -> Path:
    """Write ``report.html`` into ``folder``, made where missing, and return its path.

    Raises:
        StorageError: the disk refused.
    """
    comparison = own.comparison
    facts = {
        "inputs": f"{own.file.name}, {wording.counted(comparison.samples, 'sample')}",
        "solved by": f"the solver of {own.data.spec.equation}",
        comparison.problem.domain.kind: f"{wording.grid_text(comparison.problem.domain.points)} points",
        "timed on": f"{comparison.device}, {wording.counted(own.threads, 'thread')}",
    }
    header = {"headline": headline(own), "facts": facts}
    publish(folder / NAME, page("Prediction and solution of given inputs", title(own), header, _blocks(own)), overwrite)
    return folder / NAME


def title(own: OwnInputs) -> str:
    """Return what was held against the solver, on what, in a line."""
    names = " and ".join(one.name for one in own.comparison.contenders)
    return f"{names} against the solver, on {wording.counted(own.comparison.samples, 'input')} of {own.file.name}"


def headline(own: OwnInputs) -> str:
    """Return how far the best predictor is from the solver, on average and at worst, and what both cost."""
    best = own.comparison.best(_L2)
    row, worst = own.worst(best.name)
    text = f"{best.name} is {_error(best)} from the solver on average"
    text += f", {wording.quantity(_L2, worst)} on the worst input (row {row})" if own.comparison.samples > 1 else ""
    fast, slow = own.costs[best.name].seconds, own.costs[SOLVER].seconds
    text += (
        f"; it takes {wording.duration(fast)} {_each(own)}, the solver {wording.duration(slow)}: {_times(slow, fast)}."
    )
    strange = sum(bool(reason) for reason in own.unlike[best.name])
    if strange:
        are = "is" if strange == 1 else "are"
        text += f" {strange} of {wording.counted(len(own.rows), 'input')} {are} unlike those it was trained on."
    if own.data.certificate.status != "passed":
        text += " The solutions have not passed their certificate, so none of this can be relied on."
    return text


def error_table(own: OwnInputs) -> Table:
    """Return how far each predictor is from the solver, and how far the solver may be from the equation."""
    rows = []
    for one in own.comparison.contenders:
        row, worst = own.worst(one.name)
        strange = sum(bool(reason) for reason in own.unlike[one.name])
        span = wording.span(_L2, one.metrics[_L2], "")
        most = f"{wording.quantity(_L2, worst)} (row {row})"
        rows.append((one.name, _error(one), span, most, *_cost(own, one.name), f"{strange} of {len(own.rows)}"))
    floor = own.data.certificate.label_floor
    reached = "not known" if floor is None else f"at most {wording.quantity(_L2, floor)}"
    rows.append((SOLVER, reached, "", "", *_cost(own, SOLVER), ""))
    about = (
        "Relative L2 distance from the solution of the solver, means over the inputs with their 95 % intervals; that of"
        f" the solver is a bound of its distance from the equation, by its certificate. Seconds {_each(own)}: medians"
        f" of calls that took turns in one process ({own.comparison.device}, {wording.counted(own.threads, 'thread')}):"
        f" {_sizes(own)}. The solver works as its recipe says, and measures its own error. Unlike: inputs with no like"
        " among those of the training."
    )
    columns = ("", "relative L2", "95 % interval", "worst", "in batches", "alone", "unlike")
    return Table("", columns, tuple(rows), about)


def section(own: OwnInputs) -> Section:
    """Return errors and cost under the title and the headline of the page."""
    return Section(title(own), headline(own), (error_table(own),), notes=own.comparison.notes)


def _blocks(own: OwnInputs) -> list[Block]:
    comparison = own.comparison
    blocks = [
        Block("errors", "Error and cost", "section", Section("", "", (error_table(own),), notes=comparison.notes)),
        Block("sample", "The worst input", "samples", sample_rows(comparison, own.rows, "of the largest")),
        Block("inputs", "Every input", "section", Section("", "", (_input_table(own),), _input_pictures(own))),
        Block("metrics", "All metrics", "section", Section("", "", (metric_table(comparison),))),
    ]
    if len(comparison.contenders) > 1:
        apart = difference_table(comparison, [_L2])
        blocks.append(Block("differences", "Paired differences", "section", Section("", "", (apart,))))
    if pictures := scale_pictures(comparison):
        blocks.append(Block("scales", "Scales and steps", "section", Section("", "", pictures=pictures)))
    return [*blocks, *data_blocks(own.data, comparison.problem)]


def _input_table(own: OwnInputs) -> Table:
    """Return the error of every predictor on the worst of the inputs, and in what they are unlike those of training."""
    contenders = own.comparison.contenders
    errors = np.stack([one.per_sample[_L2] for one in contenders])
    worst = np.argsort(-np.nan_to_num(errors.mean(axis=0), nan=np.inf), kind="stable")[:_LISTED]
    rows = []
    for sample in worst:
        reasons = dict.fromkeys(own.unlike[one.name][sample] for one in contenders)
        values = (wording.quantity(_L2, float(value)) for value in errors[:, sample])
        rows.append((str(own.rows[sample]), *values, "; ".join(filter(None, reasons))))
    listed = f"The {_LISTED} worst of {len(own.rows)}; per_sample.csv has all." if len(own.rows) > _LISTED else ""
    return Table("", ("row", *(one.name for one in contenders), "unlike the training in"), tuple(rows), listed)


def _input_pictures(own: OwnInputs) -> tuple[Picture, ...]:
    curves, costs = {}, {}
    for one in own.comparison.contenders:
        errors, mean = np.sort(one.per_sample[_L2])[::-1], one.metrics[_L2].mean
        if np.isfinite(errors).all() and errors[-1] > 0 and len(errors) > 1:
            curves[one.name] = (np.arange(1, len(errors) + 1), errors)
        if np.isfinite(mean) and mean > 0:
            costs[one.name] = (own.costs[one.name].seconds, mean)
    pictures = []
    if curves:
        uri = curve_plot(curves, "inputs, the worst first", "relative L2 error", percent=True)
        pictures.append(Picture("error on every input", uri))
    floor = own.data.certificate.label_floor
    if costs and floor:
        costs[f"{SOLVER} (bound)"] = (own.costs[SOLVER].seconds, floor)
        uri = tradeoff_plot({}, {}, costs, f"seconds {_each(own)}, in batches", "relative L2 error")
        pictures.append(Picture("error and seconds: further down and to the left is better", uri))
    return tuple(pictures)


def _each(own: OwnInputs) -> str:
    """Return what the seconds are for."""
    return "a step" if own.comparison.problem.task == "step" else "a sample"


def _error(one: Contender) -> str:
    return wording.quantity(_L2, one.metrics[_L2].mean)


def _cost(own: OwnInputs, name: str) -> tuple[str, str]:
    return wording.duration(own.costs[name].seconds), wording.duration(own.costs[name].alone)


def _sizes(own: OwnInputs) -> str:
    """Return how many samples were asked at once."""
    sizes = {name: cost.batch for name, cost in own.costs.items()}
    others = sorted({size for name, size in sizes.items() if name != SOLVER})
    return f"predictors in batches of {', '.join(map(str, others))}, the solver in blocks of {sizes[SOLVER]}, or alone"


def _times(slow: float, fast: float) -> str:
    """Return how much faster the second is, or that it is not."""
    if slow < fast:
        return f"{fast / slow:.2g} times as much, so use the solver"
    return f"{slow / fast:.3g} times as fast"
