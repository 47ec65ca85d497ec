"""The report of an evaluation: one HTML file that needs no network, no script and no other file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined

from surrogate.evaluation import wording
from surrogate.evaluation.figures import curve_plot, histogram
from surrogate.evaluation.long_run import FAINT, VALID, LongRun
from surrogate.evaluation.panels import Panel, input_panels, output_panels
from surrogate.evaluation.results import Evaluation, Shown
from surrogate.evaluation.sections import Section
from surrogate.fields import Boundary
from surrogate.files import make_folder, publish_text

NAME = "report.html"
_TEMPLATE = "report.html.jinja"
_PLACES = {"cells": "cell centres", "nodes": "nodes with both ends", "left": "left ends of cells"}


@dataclass(frozen=True)
class Row:
    """Pictures that belong together."""

    title: str
    about: str
    panels: list[Panel]


def write_report(evaluation: Evaluation, sections: Sequence[Section], folder: Path) -> Path:
    """Write ``report.html`` into ``folder``, made where missing, and return its path; ``sections`` are of suites.

    Names that came with the data are escaped; pictures are part of the file.

    Raises:
        StorageError: the disk refused.
    """
    template = resources.files("surrogate.evaluation").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    text = page.from_string(template).render(_content(evaluation) | {"sections": sections})
    make_folder(folder)
    publish_text(folder / NAME, text)
    return folder / NAME


def _content(evaluation: Evaluation) -> dict[str, Any]:
    record, problem = evaluation.run.record, evaluation.problem
    relative = evaluation.metrics["relative_l2"]
    per_sample = evaluation.per_sample["relative_l2"]
    return {
        "title": evaluation.title(),
        "model": record.settings.model.name,
        "headline": _headline(evaluation),
        "facts": {
            "grid": f"{wording.grid_text(problem.grid.points)} points",
            "parameters": f"{record.parameters:,}".replace(",", " "),
            "a prediction takes": f"{wording.duration(evaluation.seconds_per_sample)} on {evaluation.device}",
            "training took": wording.duration(record.seconds),
        },
        "columns": evaluation.columns(),
        "rows": evaluation.rows(),
        "omitted": {wording.BASELINE_NAMES[name]: reason for name, reason in evaluation.omitted.items()},
        "notes": evaluation.notes,
        "bootstrap": evaluation.bootstrap,
        "bounded": "boundary" in evaluation.metrics,
        "persists": "persistence" in evaluation.baselines,
        "samples": [_sample(shown, evaluation) for shown in evaluation.shown],
        "rollout": _rollout(evaluation),
        "errors": histogram(per_sample, relative.mean, "relative L2 error [%]"),
        "training": _training(evaluation.run.folder / "history.jsonl"),
        "tables": {
            "Data": _data(evaluation),
            "Recipe of the data": _flat(evaluation.data.recipe or {}),
            "Settings of the run": _flat(record.settings.model_dump(mode="json")),
            "Environment of the training": _flat(record.environment.model_dump(mode="json")),
        },
    }


def _headline(evaluation: Evaluation) -> str:
    found = evaluation.metrics["relative_l2"]
    value = wording.quantity("relative_l2", found.mean, "")
    text = (
        f"On {evaluation.samples} {evaluation.split} samples of {evaluation.data.name} the relative L2 error is "
        f"{value} (95 % interval {wording.span('relative_l2', found, '')})"
    )
    others = {name: other["relative_l2"].mean for name, other in evaluation.baselines.items()}
    if others and np.isfinite(found.mean):
        name, least = min(others.items(), key=lambda item: item[1])
        how = f"{wording.BASELINE_NAMES[name]}: {wording.quantity('relative_l2', least, '')}"
        if found.mean < least:
            ratio = f"{least / found.mean:.2g} times " if found.mean > 0 else ""
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


def _sample(shown: Shown, evaluation: Evaluation) -> Row:
    times = evaluation.data.spec.times
    about = f"sample {shown.sample}, relative L2 error {wording.quantity('relative_l2', shown.relative_l2, '')}"
    if evaluation.problem.task == "step":
        start, end = list(pairwise(times))[shown.step + evaluation.problem.history - 1]
        about += f", from t = {start:.4g} to {end:.4g}"
    panels = input_panels(shown.inputs, evaluation.problem)
    panels += output_panels(shown.truth, shown.prediction, evaluation.problem)
    return Row(f"{shown.title} sample".capitalize(), about, panels)


def _rollout(evaluation: Evaluation) -> dict[str, Any] | None:
    rollout = evaluation.rollout
    if rollout is None:
        return None
    steps = np.arange(1, len(rollout.relative_l2) + 1)
    curves = {"surrogate": (steps, rollout.relative_l2), "persistence": (steps, rollout.persistence)}
    rows = [
        Row(
            f"After step {step}",
            f"t = {rollout.times[step - 1]:.4g}",
            output_panels(rollout.truth[step - 1], rollout.prediction[step - 1], evaluation.problem),
        )
        for step in sorted({1, (len(steps) + 1) // 2, len(steps)})
    ]
    return {
        "sample": rollout.sample,
        "curve": curve_plot(curves, "step", "mean relative L2 error", percent=True),
        "about": _long_run(rollout.long_run),
        "spectrum": _spectrum(rollout.long_run),
        "rows": rows,
    }


def _long_run(found: LongRun) -> str:
    """Return how long the roll-out is valid, whether it blew up, and how far its spectrum is off at the end."""
    blown = int(np.isfinite(found.blown_up).sum())
    text = (
        f"The error stays below {VALID:g} times the deviation of the truth for a time of {found.valid_time.mean():.4g}"
        f" on average. {blown or 'None'} of {len(found.blown_up)} trajectories blew up."
    )
    if len(found.spectrum_error):
        text += (
            f" In the last fifth the energy of a wavenumber is {100 * found.spectrum_error[-1]:.3g} % off on average."
        )
    return text


def _spectrum(found: LongRun) -> str | None:
    """Return the picture of the energy spectra, None where there are none, or nothing finite, to show."""
    if not len(found.wavenumbers) or not np.isfinite(found.spectrum).all():
        return None
    seen = (found.true_spectrum > FAINT * found.true_spectrum.max()) & (found.wavenumbers > 0)
    curves = {
        "surrogate": (found.wavenumbers[seen], found.spectrum[seen]),
        "truth": (found.wavenumbers[seen], found.true_spectrum[seen]),
    }
    return curve_plot(curves, "wavenumber", "energy") if seen.any() else None


def _training(path: Path) -> str | None:
    """Return the picture of the training curves, None where the run kept no history."""
    if not path.is_file():
        return None
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    names = [name for name in (lines[0] if lines else {}) if name == "train_loss" or name.startswith("valid_")]
    curves = {}
    for name in names[:3]:
        points = [(line["epoch"], line[name]) for line in lines if line.get(name)]
        if points:
            epochs, values = zip(*points, strict=True)
            label = name.replace("train_loss", "training loss").replace("valid_", "validation ")
            curves[label] = (np.array(epochs), np.array(values))
    return curve_plot(curves, "epoch", "mean over samples") if curves else None


def _data(evaluation: Evaluation) -> dict[str, str]:
    data, spec = evaluation.data, evaluation.data.spec
    facts = {
        "name": data.name,
        "title": data.manifest.about.title,
        "source": data.manifest.about.source,
        "equation": spec.equation,
        "task": evaluation.problem.task,
        "inputs": ", ".join(wording.labelled(field) for field in evaluation.problem.inputs),
        "outputs": ", ".join(wording.labelled(field) for field in evaluation.problem.outputs),
        "grid": wording.grid_text(spec.grid.points),
        "points at": ", ".join(dict.fromkeys(_PLACES[place] for place in spec.grid.placement)),
        "box": " x ".join(f"{length:g}" for length in spec.grid.lengths),
        "boundary": _boundary(spec.boundary),
        "times": f"{len(spec.times)}, from {spec.times[0]:g} to {spec.times[-1]:g}"
        if len(spec.times) > 1
        else "steady",
        "samples": ", ".join(f"{split} {count}" for split, count in data.counts.items()),
        "certificate": data.certificate.line(),
        "hash": f"{data.hash[:16]}…",
    }
    return {key: value for key, value in facts.items() if value}


def _boundary(boundary: Boundary) -> str:
    """Return the condition at the ends of every axis, said once where they are the same."""
    said = [" and ".join(dict.fromkeys(sides)) for sides in boundary.sides]
    named = [f"{axis}: {condition}" for axis, condition in zip("xyz", said, strict=False)]
    return said[0] if len(set(said)) == 1 else ", ".join(named)


def _flat(node: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return nested settings as ``trainer.epochs`` -> text."""
    found: dict[str, str] = {}
    for key, value in node.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = json.dumps(value, ensure_ascii=False).strip('"')
    return found
