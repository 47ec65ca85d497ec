"""The errors of an evaluation, told: beside their intervals and what predicts without learning."""

from __future__ import annotations

import numpy as np

from surrogate.evaluation.metric import metric_named
from surrogate.evaluation.report import wording
from surrogate.evaluation.report.sections import Section, Table
from surrogate.evaluation.results import Evaluation
from surrogate.predictors.classical_solver import ClassicalSolver

# What the two tables of errors say of themselves.
_ON_GRIDS = (
    "Means over samples (a trajectory is one), with the 95 % interval of the mean. H1 by"
    " differences is the relative error of values and slopes together, slopes by differences over the spacing of"
    " the grid; VRMSE divides by the deviation of the field (The Well, without the small number that it adds to"
    " the variance). The training mean predicts the mean of the training outputs; the nearest sample, the output"
    " of the training input nearest in L2",
    "H1 as in MgNO is the truncated spectral form of that paper. nRMSE, and the RMSE on the boundary, of the mean"
    " and of three bands of waves (0 to 3, 4 to 11, from 12) are those of PDEBench, for each sample. The"
    " correlation is Pearson's, over the points; the spectrum distance the energy-weighted mean of"
    " |log(E / E_true)| over wavenumbers.",
)
_ON_CLOUDS = (
    "Means over samples (a trajectory is one), with the 95 % interval of the mean. Sums over points are integrals by"
    " their weights, the same on any mesh. VRMSE divides by the deviation of the field.",
    "nRMSE and the RMSE of the mean are those of PDEBench, for each sample; the correlation is Pearson's; all by the"
    " weights of the points.",
)


def section(evaluation: Evaluation) -> Section:
    """Return the errors under the title and the headline of the page."""
    body = errors(evaluation)
    return Section(title(evaluation), headline(evaluation), body.tables, notes=body.notes)


def title(evaluation: Evaluation) -> str:
    """Return what was measured on what, in a line."""
    count = wording.counted(evaluation.samples, f"{evaluation.split} sample")
    return f"{evaluation.predictor.path.name} on {count} of {evaluation.data.name}"


def seconds_text(evaluation: Evaluation) -> str:
    """Return the time of a prediction in a batch and of one alone; nothing where it is not known."""
    if evaluation.seconds_one_at_a_time is None or evaluation.seconds_per_sample is None:
        return ""
    batch = min(evaluation.batch_size, evaluation.pairs)
    text = f"{wording.duration(evaluation.seconds_one_at_a_time)} one at a time"
    if batch > 1:
        text += f", {wording.duration(evaluation.seconds_per_sample)} each in batches of {batch}"
    return f"{text}, on {evaluation.device}"


def metric_table(evaluation: Evaluation, benchmarks: bool = False, about: str = "") -> Table:
    """Return one row for each metric: name, mean, interval, and the mean of every baseline.

    The few that say most come first; with ``benchmarks`` it is the others that are returned, by which published
    benchmarks compare.
    """
    unit = wording.common_unit(evaluation.problem.target.fields)
    rows = tuple(
        (
            metric_named(metric).label,
            wording.quantity(metric, interval.mean, unit),
            wording.span(metric, interval, unit),
            *(
                wording.quantity(metric, other[metric].mean, unit) if metric in other else ""
                for other in evaluation.baselines.values()
            ),
        )
        for metric, interval in evaluation.metrics.items()
        if metric_named(metric).main != benchmarks
    )
    measured = "predictions" if evaluation.predictor.surrogate is None else "surrogate"
    measured = "solver" if isinstance(evaluation.predictor, ClassicalSolver) else measured
    columns = ("metric", measured, "95 % interval", *(wording.BASELINE_HEADS[name] for name in evaluation.baselines))
    strong = frozenset((line, 1) for line in range(len(rows)))
    return Table("The metrics of published benchmarks" if benchmarks else "", columns, rows, about, strong)


def errors(evaluation: Evaluation) -> Section:
    """Return the tables of all metrics, and what a reader must know to trust them."""
    about, benchmarks = _ON_CLOUDS if evaluation.problem.placing else _ON_GRIDS
    if not evaluation.problem.placing:
        about += "; persistence, the state that was given." if "persistence" in evaluation.baselines else "."
    tables = (metric_table(evaluation, about=about), metric_table(evaluation, benchmarks=True, about=benchmarks))
    omitted = [f"No baseline “{wording.BASELINE_NAMES[name]}”: {why}." for name, why in evaluation.omitted.items()]
    omitted += [f"No {name}: {why}." for name, why in evaluation.absent.items()]
    notes = (*evaluation.notes, *omitted)
    return Section("Errors", "", tuple(table for table in tables if table.rows), notes=notes)


def headline(evaluation: Evaluation) -> str:
    """Return the relative L2 error beside the best prediction without learning, and that of a roll-out, in words."""
    error = evaluation.metrics["relative_l2"]
    value = wording.quantity("relative_l2", error.mean, "")
    text = (
        f"On {wording.counted(evaluation.samples, f'{evaluation.split} sample')} of {evaluation.data.name} the relative"
        " L2 error is "
        f"{value} ({wording.interval_text('relative_l2', error, '')})"
    )
    others = {name: other["relative_l2"].mean for name, other in evaluation.baselines.items()}
    if others and np.isfinite(error.mean):
        name, least = min(others.items(), key=lambda item: item[1])
        how = f"{wording.BASELINE_NAMES[name]}: {wording.quantity('relative_l2', least, '')}"
        if error.mean < least:
            ratio = f"{least / error.mean:.2g} times " if error.mean > 0 else ""
            text += f", {ratio}smaller than the best prediction without learning ({how})"
        else:
            text += f", no smaller than the best prediction without learning ({how})"
    rolled = evaluation.metrics.get("rollout_relative_l2")
    if rolled and evaluation.rollout:
        still = evaluation.baselines["persistence"]["rollout_relative_l2"].mean
        text += (
            f". Fed with its own output for {len(evaluation.rollout.relative_l2)} steps it errs by "
            f"{wording.quantity('relative_l2', rolled.mean, '')} on average "
            f"(persistence: {wording.quantity('relative_l2', still, '')})"
        )
    return text + "."
