"""The report of a comparison: several predictors side by side in one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from surrogate.evaluation.compare.comparison_result import Comparison, Contender
from surrogate.evaluation.intervals import DECISIVE
from surrogate.evaluation.metric import metric_named
from surrogate.evaluation.report import wording
from surrogate.evaluation.report.figures import curve_plot, tradeoff_plot
from surrogate.evaluation.report.page import Block, page
from surrogate.evaluation.report.panels import MOST_OUTPUTS, PanelRow, drawn, input_panels
from surrogate.evaluation.report.provenance import data_blocks
from surrogate.evaluation.report.sections import Picture, Section, Table
from surrogate.predictors.runs import Run
from surrogate.written import publish

NAME = "report.html"
# Curves of more runs than this in one picture could not be told apart.
_CURVES = 6


def write_report(comparison: Comparison, folder: Path, overwrite: bool = False) -> Path:
    """Write ``report.html`` into ``folder``, made where missing, and return its path.

    Raises:
        StorageError: the disk refused.
    """
    kind = f"Comparison of {'surrogates' if comparison.noun == 'run' else 'predictors'}"
    header = {"headline": headline(comparison), "facts": _facts(comparison)}
    publish(folder / NAME, page(kind, title(comparison), header, _blocks(comparison)), overwrite)
    return folder / NAME


def title(comparison: Comparison) -> str:
    """Return what was measured on what, in a line."""
    samples = wording.counted(comparison.samples, f"{comparison.split} sample")
    names = f" ({', '.join(one.name for one in comparison.contenders)})" if comparison.noun != "run" else ""
    return f"{len(comparison.contenders)} {comparison.noun}s{names} on {samples} of {comparison.data.name}"


def section(comparison: Comparison) -> Section:
    """Return the metrics and the paired differences under the title and the headline of the page."""
    tables = metric_table(comparison), difference_table(comparison, _main(comparison))
    return Section(title(comparison), headline(comparison), tables, notes=comparison.notes)


def headline(comparison: Comparison) -> str:
    """Return which contender has the smallest relative L2 error, and whether chance could have made it so."""
    best = comparison.best("relative_l2")
    text = f"{best.name} has the smallest relative L2 error, {_value(comparison, best, 'relative_l2')}"
    if comparison.samples < DECISIVE:
        few = f"{_samples(comparison)} {'is' if comparison.samples == 1 else 'are'} too few"
        return f"{text}, but {few} to tell it from the others; it takes {DECISIVE} at least."
    doubted = [one.name for one in _level(comparison, "relative_l2")]
    if doubted:
        return f"{text}, but these samples do not tell it from {' and '.join(doubted)}."
    others = [_value(comparison, one, "relative_l2") for one in comparison.contenders if one is not best]
    return f"{text} against {', '.join(others)}; zero lies outside the paired 95 % interval of every difference."


def metric_table(comparison: Comparison, benchmarks: bool = False) -> Table:
    """Return every main metric of every contender, or those of published benchmarks; the best of each row is strong.

    A value marked ``=`` is not the best, but its paired difference to the best has zero in its interval.
    """
    names = [name for name in comparison.contenders[0].metrics if metric_named(name).main != benchmarks]
    rows, strong = [], set()
    for line, metric in enumerate(names):
        best, level = comparison.best(metric), _level(comparison, metric)
        rows.append(
            (
                metric_named(metric).label,
                *(f"{_value(comparison, one, metric)}{' =' if one in level else ''}" for one in comparison.contenders),
            )
        )
        strong.add((line, 1 + comparison.contenders.index(best)))
    about = (
        ""
        if benchmarks
        else (
            f"Means over {_samples(comparison)}; the best of each row stands out. = marks what these samples do not"
            f" tell from the best: zero lies in the 95 % interval of the paired difference, or there are fewer than"
            f" {DECISIVE} samples."
        )
    )
    title = "The metrics of published benchmarks" if benchmarks else ""
    return Table(title, ("metric", *(one.name for one in comparison.contenders)), tuple(rows), about, frozenset(strong))


def difference_table(comparison: Comparison, metrics: Sequence[str]) -> Table:
    """Return the paired differences in ``metrics``."""
    unit = wording.common_unit(comparison.problem.target.fields)
    rows = tuple(
        (
            metric_named(one.metric).label,
            f"{one.first} - {one.second}",
            wording.quantity(one.metric, one.mean.mean, unit),
            wording.span(one.metric, one.mean, unit),
            f"{100 * one.better:.0f} %",
            one.verdict,
        )
        for one in comparison.differences
        if one.metric in metrics
    )
    about = (
        "Differences sample by sample, and the 95 % interval of their mean. The share is that of the samples on which"
        f" the first {comparison.noun} is better, a tie counted half. Each interval holds with 95 % by itself: of"
        f" twenty that compare equals, one misses zero. Fewer than {DECISIVE} samples tell nothing: they may all agree"
        " by chance."
    )
    columns = ("metric", "difference", "mean", "95 % interval", "first is better on", "better")
    return Table("", columns, rows, about)


def _blocks(comparison: Comparison) -> list[Block]:
    tables = tuple(
        table for table in (metric_table(comparison), metric_table(comparison, benchmarks=True)) if table.rows
    )
    apart = difference_table(comparison, _main(comparison))
    blocks = [
        Block("errors", "Errors", "section", Section("Errors", "", tables, notes=comparison.notes)),
        Block("differences", "Paired differences", "section", Section("", "", (apart,))),
        Block("cost", "Accuracy and cost", "section", _cost(comparison)),
        Block("sample", f"One sample, every {comparison.noun}", "samples", sample_rows(comparison)),
    ]
    pictures = scale_pictures(comparison)
    if pictures:
        blocks.append(Block("scales", "Scales and steps", "section", Section("", "", pictures=pictures)))
    if comparison.settings:
        rows = tuple((key, *values) for key, values in comparison.settings.items())
        columns = ("setting", *(one.name for one in comparison.contenders))
        table = Table("", columns, rows, f"Settings that are equal in all {comparison.noun}s are left out.")
        blocks.append(Block("settings", "Settings that differ", "section", Section("", "", (table,))))
    return [*blocks, *data_blocks(comparison.data, comparison.problem)]


def _facts(comparison: Comparison) -> dict[str, str]:
    return {
        "data": comparison.data.name,
        "split": f"{comparison.split}, {_samples(comparison)}",
        comparison.problem.domain.kind: f"{wording.grid_text(comparison.problem.domain.points)} points",
        "timed on": comparison.device,
    }


def _made(one: Contender) -> tuple[str, str, str, str]:
    """Return model, parameters, time of training and time of a prediction, as far as they are known."""
    record, took = one.predictor.record, "" if one.seconds is None else wording.duration(one.seconds)
    if record is None:
        return f"made elsewhere, SHA-256 {one.predictor.digest[:12]}…", "", "", took
    parameters = f"{record.parameters:,}".replace(",", " ")
    model = record.settings.model.name + ("" if isinstance(one.predictor, Run) else ", exported")
    return model, parameters, wording.duration(record.seconds), took


def _cost(comparison: Comparison) -> Section:
    rows = tuple((one.name, *_made(one), _value(comparison, one, "relative_l2")) for one in comparison.contenders)
    about = (
        f"A prediction is timed in batches of {min(comparison.batch_size, comparison.samples)} on {comparison.device},"
        f" all {comparison.noun}s in turn, medians. The training took that long where it ran, which need not be the"
        " same machine."
    )
    columns = (comparison.noun, "model", "parameters", "training", "a prediction", "relative L2")
    points = {one.name: (one.seconds or np.nan, one.metrics["relative_l2"].mean) for one in comparison.contenders}
    shown = {name: at for name, at in points.items() if np.isfinite(at).all() and min(at) > 0}
    pictures: tuple[Picture, ...] = ()
    if shown:
        uri = tradeoff_plot({}, {}, shown, "seconds of a prediction", "relative L2 error")
        pictures = (Picture("error and seconds of a prediction: further down and to the left is better", uri),)
    return Section("", "", (Table("", columns, rows, about),), pictures)


def sample_rows(comparison: Comparison, numbers: Sequence[int] = (), chosen: str = "of median") -> list[PanelRow]:
    """Return the inputs and the truth of one pair, and what every contender makes of it in the same colours.

    Args:
        comparison: holds the pair.
        numbers: of all samples, as rows of the file that they came from; none: they are counted.
        chosen: for which error it was.
    """
    problem, outputs = comparison.problem, [comparison.truth, *(one.shown for one in comparison.contenders)]
    canvas, sources, (inputs, truth, *predictions) = drawn(comparison.inputs, outputs, problem)
    fields = list(enumerate(problem.target.fields))[:MOST_OUTPUTS]
    step = f", step {comparison.step}" if problem.task == "step" else ""
    mean = f" (mean over the {comparison.noun}s)" if len(comparison.contenders) > 1 else ""
    name = f"row {numbers[comparison.sample]}" if numbers else f"sample {comparison.sample}"
    about = f"{name}{step}, {chosen} relative L2 error{mean}"
    given = input_panels(inputs, sources, canvas)
    given += [canvas.panel("truth", field, truth[k], (truth[k],)) for k, field in fields]
    rows, errors = [PanelRow("Input and truth", about, given)], [prediction - truth for prediction in predictions]
    for one, prediction, error in zip(comparison.contenders, predictions, errors, strict=True):
        panels = []
        for k, field in fields:
            panels.append(canvas.panel("prediction", field, prediction[k], (truth[k],)))
            panels.append(canvas.panel("error", field, error[k], [each[k] for each in errors], signed=True))
        rows.append(PanelRow(one.name, f"relative L2 error {_sample_error(comparison, one)}", panels))
    return rows


def scale_pictures(comparison: Comparison) -> tuple[Picture, ...]:
    """Return the spectra of the errors beside that of the truth, and the errors of roll-outs step by step."""
    pictures, shown = [], comparison.contenders[:_CURVES]
    overviews = {one.name: one.overview for one in shown if one.overview is not None}
    for k, field in list(enumerate(comparison.problem.target.fields))[: MOST_OUTPUTS if overviews else 0]:
        first = next(iter(overviews.values()))
        seen = first.wavenumbers > 0
        curves = {"truth": first.spectra["truth"][k]}
        curves |= {name: overview.spectra["error"][k] for name, overview in overviews.items()}
        sound = {
            n: (first.wavenumbers[seen], v[seen]) for n, v in curves.items() if np.isfinite(v).all() and v[seen].any()
        }
        if len(sound) > 1:
            uri = curve_plot(sound, f"waves over a length of {first.length:g}", "energy", log=True)
            pictures.append(
                Picture(f"{field.name}: energy of the truth and of the error of each {comparison.noun}", uri)
            )
    steps = {
        one.name: (np.arange(1, len(one.rollout.relative_l2) + 1), one.rollout.relative_l2)
        for one in shown
        if one.rollout is not None and np.isfinite(one.rollout.relative_l2).all()
    }
    if steps:
        uri = curve_plot(steps, "step", "mean relative L2 error", percent=True)
        pictures.append(Picture("error after each step of a roll-out, mean over samples", uri))
    return tuple(pictures)


def _level(comparison: Comparison, metric: str) -> list[Contender]:
    """Return the contenders that the samples do not tell from the best one in ``metric``."""
    best = comparison.best(metric)
    undecided = [
        {one.first, one.second}
        for one in comparison.differences
        if one.metric == metric and one.sign == 0 and best.name in (one.first, one.second)
    ]
    return [one for one in comparison.contenders if one is not best and {one.name, best.name} in undecided]


def _value(comparison: Comparison, one: Contender, metric: str) -> str:
    return wording.quantity(metric, one.metrics[metric].mean, wording.common_unit(comparison.problem.target.fields))


def _sample_error(comparison: Comparison, one: Contender) -> str:
    placing = len(comparison.problem.placing)
    weights = comparison.inputs[placing - 1] if placing else 1.0
    size = np.sqrt((weights * np.square(comparison.truth, dtype=np.float64)).sum())
    error = np.sqrt((weights * np.square(one.shown.astype(np.float64) - comparison.truth)).sum())
    return wording.quantity("relative_l2", float(error / size) if size else np.nan, "")


def _main(comparison: Comparison) -> list[str]:
    return [name for name in comparison.contenders[0].metrics if metric_named(name).main]


def _samples(comparison: Comparison) -> str:
    return wording.counted(comparison.samples, "sample")
