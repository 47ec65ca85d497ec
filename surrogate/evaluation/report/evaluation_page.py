"""The report of an evaluation: one HTML file that needs no network and no other file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch

from surrogate.environment import environment
from surrogate.evaluation.leaves import as_text
from surrogate.evaluation.metric import Values, metric_named
from surrogate.evaluation.overview import Overview
from surrogate.evaluation.report import wording
from surrogate.evaluation.report.animation import player
from surrogate.evaluation.report.errors_section import errors, headline, seconds_text, title
from surrogate.evaluation.report.figures import curve_plot, histogram
from surrogate.evaluation.report.page import Block, page
from surrogate.evaluation.report.panels import PanelRow, map_panels, sample_panels
from surrogate.evaluation.report.provenance import data_blocks
from surrogate.evaluation.report.sections import Picture, Section, Table
from surrogate.evaluation.results import Evaluation, Shown
from surrogate.evaluation.rollout.long_run import FAINT, VALID, LongRun
from surrogate.evaluation.rollout.rollout_error import Rollout
from surrogate.integrity import Digest, check, read_lines
from surrogate.predictors.runs import RECORD
from surrogate.reading import read_bytes
from surrogate.registry import metric_label
from surrogate.spaces import Problem
from surrogate.written import publish

NAME = "report.html"
# Samples that the table of the largest errors names.
HARDEST = 10
# Energy below this part of the strongest is rounding in float32.
NOTHING = 1e-14


def write_report(evaluation: Evaluation, sections: Sequence[Section] = ()) -> Path:
    """Write ``report.html`` into the folder of the evaluation and return its path; ``sections`` are of suites.

    Names that came with the data are escaped; pictures are part of the file.

    Raises:
        StorageError: the disk refused.
    """
    predictor, problem = evaluation.predictor, evaluation.problem
    record, what = predictor.record, f"{predictor.path.name}, SHA-256 {predictor.digest[:12]}…"
    facts = {} if predictor.surrogate is not None else {"predictions": what}
    facts |= {problem.domain.kind: f"{wording.grid_text(problem.domain.points)} points"}
    if record is not None:
        facts["parameters"] = f"{record.parameters:,}".replace(",", " ")
    if seconds := seconds_text(evaluation):
        facts["a prediction takes"] = seconds
    if record is not None:
        facts["training took"] = wording.duration(record.seconds)
    header = {"headline": headline(evaluation), "facts": facts}
    whose = "predictions" if predictor.surrogate is None else predictor.kind
    whose = whose if record is None else f"a surrogate ({record.settings.model.name})"
    text = page(
        f"Evaluation of {whose}",
        title(evaluation),
        header,
        [*_errors(evaluation), *_suites(sections), *_training(evaluation), *_provenance(evaluation)],
    )
    publish(evaluation.folder / NAME, text, evaluation.overwrite)
    return evaluation.folder / NAME


def _errors(evaluation: Evaluation) -> list[Block]:
    """Return what every evaluation shows of errors."""
    overview = evaluation.overview
    rows = [_sample(shown, evaluation) for shown in evaluation.shown]
    rows += [] if overview is None else [_maps(evaluation, overview)]
    blocks = [
        Block("errors", "Errors", "section", errors(evaluation)),
        Block("samples", "Best, median and worst", "samples", rows),
    ]
    names = [field.name for field in evaluation.problem.target.fields]
    spectra = () if overview is None else spectra_pictures(overview, names)
    if overview is not None and spectra:
        sentence = (
            f"Energy in each wavenumber, in waves over a length of {overview.length:g}, mean over {overview.pairs}"
            " pairs. Where the error meets the truth, nothing of that scale is predicted."
        )
        if not all(evaluation.problem.boundary.periodic):
            sentence += " Along an axis that is not periodic the field is continued by its mirror image."
        blocks.append(Block("spectra", "Spectra", "section", Section("Spectra", sentence, pictures=spectra)))
    if evaluation.rollout is not None:
        blocks.append(Block("rollout", "Roll-out", "rollout", _rollout(evaluation.rollout, evaluation.problem)))
    blocks.append(Block("distribution", "Distribution of the errors", "pictured", _distribution(evaluation)))
    return blocks


def _suites(sections: Sequence[Section]) -> list[Block]:
    return [Block(f"suite-{k}", section.title, "section", section) for k, section in enumerate(sections)]


def _provenance(evaluation: Evaluation) -> list[Block]:
    record, what = evaluation.predictor.record, {"what": evaluation.predictor.kind}
    what |= {"SHA-256": evaluation.predictor.digest}
    here = environment(torch.device(evaluation.device)).model_dump(mode="json")
    trained = []
    if record is not None:
        where = as_text(record.environment.model_dump(mode="json"))
        trained = [
            Block("settings", "Settings of the run", "pairs", as_text(record.settings.model_dump(mode="json"))),
            Block("environment", "Environment of the training", "pairs", where),
        ]
    return [
        *data_blocks(evaluation.data, evaluation.problem),
        Block("predictor", "Whose predictions these are", "pairs", what),
        *trained,
        Block("environment-here", "Environment of this evaluation", "pairs", as_text(here)),
    ]


def _distribution(evaluation: Evaluation) -> Section:
    """Return how the errors are distributed, and the pairs of the largest."""
    relative = evaluation.per_sample["relative_l2"]
    steps, unit = evaluation.pairs // evaluation.samples, wording.common_unit(evaluation.problem.target.fields)
    metrics = [name for name in evaluation.per_sample if metric_named(name).main]
    hardest = np.argsort(-np.nan_to_num(relative, nan=np.inf), kind="stable")[:HARDEST]
    rows = tuple(
        (
            str(pair // steps),
            *((str(pair % steps),) if steps > 1 else ()),
            *(wording.quantity(name, evaluation.per_sample[name][pair], unit) for name in metrics),
        )
        for pair in hardest
    )
    columns = ("sample", *(("step",) if steps > 1 else ()), *(metric_named(name).label for name in metrics))
    picture = histogram(relative, evaluation.metrics["relative_l2"].mean, "relative L2 error [%]")
    caption = "relative L2 errors of all pairs" if steps > 1 else "relative L2 errors of all samples"
    return Section(
        "Distribution of the errors", "", (Table("The largest errors", columns, rows),), (Picture(caption, picture),)
    )


def _sample(shown: Shown, evaluation: Evaluation) -> PanelRow:
    times = evaluation.data.spec.times
    about = f"sample {shown.sample}, relative L2 error {wording.quantity('relative_l2', shown.relative_l2, '')}"
    if evaluation.problem.task == "step":
        start, end = list(pairwise(times))[shown.step + evaluation.problem.history - 1]
        about += f", from t = {start:.4g} to {end:.4g}"
    panels = sample_panels(shown.inputs, shown.truth, shown.prediction, evaluation.problem)
    return PanelRow(f"{shown.title} sample".capitalize(), about, panels)


def _maps(evaluation: Evaluation, overview: Overview) -> PanelRow:
    about = f"mean over the {evaluation.pairs} pairs of the absolute error, and of the error with its sign"
    return PanelRow("All samples", about, map_panels(overview.absolute, overview.bias, evaluation.problem))


def spectra_pictures(overview: Overview, names: Sequence[str]) -> tuple[Picture, ...]:
    """Return a picture for every field whose spectra are finite and not empty."""
    pictures = []
    for channel, name in enumerate(names):
        truth = overview.spectra["truth"][channel]
        curves = {kind: values[channel] for kind, values in overview.spectra.items()}
        picture = _spectrum(overview.wavenumbers, curves, truth, NOTHING)
        if picture:
            pictures.append(Picture(f"{name}: energy of truth, prediction and error", picture))
    return tuple(pictures)


def _rollout(rollout: Rollout, problem: Problem) -> dict[str, Any]:
    steps = np.arange(1, len(rollout.relative_l2) + 1)
    curves = {"surrogate": (steps, rollout.relative_l2), "persistence": (steps, rollout.persistence)}
    error = curve_plot(curves, "step", "mean relative L2 error", percent=True)
    pictures = [Picture("mean over samples; from the first frame on, the surrogate is fed its own output", error)]
    run = rollout.long_run
    both = {"truth": run.true_spectrum, "surrogate": run.spectrum}
    spectrum = _spectrum(run.wavenumbers, both, run.true_spectrum, FAINT)
    if spectrum:
        pictures.append(Picture("energy in each wavenumber, mean over samples and steps", spectrum))
    return {
        "sample": rollout.sample,
        "about": _long_run(run),
        "pictures": pictures,
        "player": None if problem.placing else player(rollout.truth, rollout.prediction, rollout.times, problem),
    }


def _long_run(run: LongRun) -> str:
    """Return how long the roll-out is valid, whether it blew up, and how far its spectrum is off at the end."""
    blown = int(np.isfinite(run.blown_up).sum())
    text = (
        f"The error stays below {VALID:g} times the deviation of the truth for a time of {run.valid_time.mean():.4g}"
        " on average."
        if np.isfinite(run.valid_time).all()
        else "The truth never changes, so that no deviation is there to compare the error with."
    )
    text += f" {blown or 'None'} of {len(run.blown_up)} trajectories blew up."
    if len(run.spectrum_error):
        text += f" In the last fifth the energy of a wavenumber is {100 * run.spectrum_error[-1]:.3g} % off on average."
    return text


def _spectrum(wavenumbers: Values, curves: Mapping[str, Values], truth: Values, least: float) -> str | None:
    """Return the picture of energy spectra where the truth has ``least`` of its strongest, None where nothing has."""
    if not len(wavenumbers) or not all(np.isfinite(values).all() for values in curves.values()):
        return None
    seen = (truth > least * truth.max()) & (wavenumbers > 0)
    shown = {name: (wavenumbers[seen], values[seen]) for name, values in curves.items() if values[seen].any()}
    return curve_plot(shown, "wavenumber", "energy", log=True) if shown else None


def _training(evaluation: Evaluation) -> list[Block]:
    """Return the training curves, nothing where the run kept no history."""
    record, path = evaluation.predictor.record, evaluation.predictor.path / "history.jsonl"
    if record is None or not path.is_file():
        return []
    check(path, Digest.of(read_bytes(path)), record.files or {}, RECORD)
    lines = read_lines(path)
    names = [name for name in (lines[0] if lines else {}) if name == "train_loss" or name.startswith("valid_")]
    curves = {}
    for name in names[:3]:
        points = [(line["epoch"], line[name]) for line in lines if line.get(name)]
        if points:
            epochs, values = zip(*points, strict=True)
            error = name.removeprefix("valid_")
            label = "training loss" if error == name else f"validation {metric_label(error)}"
            curves[label] = (np.array(epochs), np.array(values))
    if not curves:
        return []
    picture = Picture("loss and validation error by epoch", curve_plot(curves, "epoch", "mean over samples"))
    return [Block("training", "Training", "section", Section("Training", "", pictures=(picture,)))]
