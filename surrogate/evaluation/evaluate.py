"""Measure a run on data: every metric of every sample, intervals, baselines, and for steps a roll-out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from surrogate import cores
from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.windows import cut, one_step, windows
from surrogate.datasets.windows import problem as problem_of
from surrogate.environment import choose_device
from surrogate.errors import InputError, SettingsError
from surrogate.evaluation.baselines.baseline_errors import baselines
from surrogate.evaluation.baselines.floors import floor_notes
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.metric import Values
from surrogate.evaluation.overview import overview
from surrogate.evaluation.predictions import Field, Measured, one_at_a_time, predict, settle
from surrogate.evaluation.report.wording import grid_text, off_grid_note
from surrogate.evaluation.results import Evaluation, Shown, claimed, write_results
from surrogate.evaluation.rollout.rollout_error import measure, semi_group_defect
from surrogate.predictors.ensemble import open_ensemble
from surrogate.predictors.exported.artefact import open_artefact
from surrogate.predictors.runs import Run, load_run
from surrogate.spaces import Problem


@cores.restored_afterwards()
def evaluate(config: EvalConfig) -> Evaluation:
    """Return how good ``config.run`` is on ``config.split``, and write metrics.json and per_sample.csv of it.

    They go to ``config.out``, or to ``RUN/eval/SPLIT``. An exported file may stand for a run; its figures go to
    ``eval/FILE/SPLIT`` beside it. The surrogate runs on the grid of the data with the
    normaliser of the run; norms use the spacing and the boundary of the data.

    Raises:
        InputError: no run or no data there, an empty split, or data that this surrogate cannot take.
        SettingsError: no such device, or the folder is not ours or holds what other inputs gave.
        StorageError: the disk refused.
    """
    device = choose_device(config.device if config.artefact is None else "cpu")
    run, notes = _subject(config, device)
    data = _open_data(config, run)
    run = _with_data(run, data)
    task, time = run.record.problem.task, one_step(run.record.problem)
    problem = problem_of(data.spec, task, time)
    notes += _compare(config, run, data, problem)
    folder = claimed(config, config.out or _place(run) / config.split, run, data)

    constants, states = data.read(config.split)
    chosen = windows(data.spec.times, task, time)
    inputs, outputs = cut(chosen, constants, states)
    measured = Measured(problem, inputs, outputs, len(states), config.batch_size)
    prediction, seconds, outside, said = _predicted(run, measured)
    notes += (f"{said}.",) if said else ()
    if outside:
        notes += (f"{outside} of {len(inputs)} inputs are unlike the training inputs.",)
    per_pair = measured.errors(prediction)
    metrics = measured.intervals(per_pair)
    notes += _learned(run, metrics["relative_l2"].mean)
    at = (run, data, config.split, measured)
    compared, omitted = baselines(*at, config.solver_seconds, folder / "cache")

    rollout = None
    if problem.takes_lead:
        defect = semi_group_defect(run.surrogate, problem, inputs, config.batch_size)
        metrics |= measured.intervals({"semi_group": defect})
    if task == "step" and config.rollout:
        these = (run.surrogate, problem, data.spec.times, chosen, (constants, states))
        rolled = measure(*these, config.rollout, config.batch_size)
        rollout, metrics = rolled.rollout, metrics | rolled.metrics
        compared["persistence"] |= rolled.persistence
    notes += floor_notes(data.certificate, data.spec, problem, metrics)

    evaluation = Evaluation(
        run=run,
        data=data,
        split=config.split,
        problem=problem,
        folder=folder,
        samples=measured.samples,
        metrics=metrics,
        baselines=compared,
        omitted=omitted,
        per_sample=per_pair,
        shown=_shown(per_pair["relative_l2"], measured, prediction),
        overview=overview(prediction, measured.outputs, problem.grid, problem.boundary),
        rollout=rollout,
        seconds_per_sample=seconds,
        seconds_one_at_a_time=one_at_a_time(run.surrogate, inputs),
        batch_size=config.batch_size,
        device=str(device),
        notes=notes,
        overwrite=config.overwrite,
    )
    write_results(evaluation)
    return evaluation


def _subject(config: EvalConfig, device: torch.device) -> tuple[Run, tuple[str, ...]]:
    """Return the run, or the ensemble or exported file that stands for one, and in what that is unlike a run."""
    if config.artefact is not None:
        if config.device.startswith("cuda"):
            raise SettingsError(f"device={config.device}: an exported file is run on the CPU; take device=cpu")
        artefact = open_artefact(config.artefact)
        steps = artefact.card.steps
        said = f"The file makes {steps} steps at once: errors of a step are those of its first, seconds those of all."
        return artefact.as_run(config.trust), (said,) if steps > 1 else ()
    if config.ensemble is not None:
        return open_ensemble(config.ensemble, device), ()
    assert config.run is not None  # several runs come one by one
    return load_run(config.run, device), ()


def _with_data(run: Run, data: Dataset) -> Run:
    """Return the run with the place of its training data, where ``data`` are those."""
    if data.hash != run.record.data.hash:
        return run
    settings = run.record.settings.model_copy(update={"data": data.path})
    return replace(run, record=run.record.model_copy(update={"settings": settings}))


def _place(run: Run) -> Path:
    """Return the folder of all evaluations of a run, or of an exported file."""
    return run.folder.parent / "eval" / run.folder.name if run.folder.is_file() else run.folder / "eval"


def _open_data(config: EvalConfig, run: Run) -> Dataset:
    if config.data is not None:
        return open_dataset(config.data)
    try:
        return open_dataset(run.record.settings.data)
    except InputError as error:
        where = f"the data of the run {run.folder}; give data=FOLDER if they moved"
        if run.folder.is_file():
            where = f"{run.folder.name} was made from {run.record.data.name}; give data=FOLDER"
        raise InputError(f"{error} ({where})") from error


def _compare(config: EvalConfig, run: Run, data: Dataset, problem: Problem) -> tuple[str, ...]:
    """Refuse data that the surrogate cannot take; return what differs from the training data and is no obstacle."""
    trained = run.record.problem
    for kind, given, wanted in (
        ("input", problem.channels, trained.channels),
        ("output", problem.target.fields, trained.target.fields),
    ):
        if len(given) != len(wanted):
            names = ", ".join(field.name for field in wanted)
            raise InputError(
                f"{data.path}: {len(given)} {kind} fields, the run {run.folder} has {len(wanted)}: {names}"
            )
    if problem.dimensions != trained.dimensions:
        raise InputError(f"{data.path}: {problem.dimensions} space axes, the run {run.folder} has {trained.dimensions}")
    if problem.grid.points != trained.grid.points and not run.surrogate.any_grid:
        here, there = grid_text(problem.grid.points), grid_text(trained.grid.points)
        model = run.record.settings.model.name
        raise InputError(f"{data.path}: a grid of {here} points; the {model} of {run.folder} is tied to {there} points")
    notes = [said for said in (run.unverified, data.unverified) if said]
    if problem.grid.points != trained.grid.points and not run.surrogate.same_on_any_grid:
        notes.append(off_grid_note(run.record.settings, trained.grid.points, problem.grid.points))
    if problem.channels + problem.target.fields != trained.channels + trained.target.fields:
        notes.append("The fields have other names or units than those of the training data.")
    if problem.boundary != trained.boundary:
        notes.append("The boundary conditions differ from those of the training data.")
    if (problem.grid.lengths, problem.grid.placement) != (trained.grid.lengths, trained.grid.placement):
        notes.append("The box, or the place of the points in its cells, differs from that of the training data.")
    if config.data is None and data.hash != run.record.data.hash:
        notes.append("The data set has changed since the run was trained on it.")
    return tuple(notes)


def _learned(run: Run, error: float) -> tuple[str, ...]:
    """Return that predicting zero would have been better, here or on the validation data, where it would."""
    notes = ("The relative L2 error is above 1: predicting zero would have been better.",) if error > 1 else ()
    said = run.record.shortfall()
    return (*notes, f"In training it was {said}.") if said else notes


def _predicted(run: Run, measured: Measured) -> tuple[Field, float, int, str]:
    """Return what :func:`predict` does, and a line on the threads that do it."""
    at = (run.surrogate, measured.inputs, measured.batch_size)
    try:
        said = settle(*at)
        return *predict(*at), said
    except ValueError as error:
        raise InputError(f"{run.folder}: its surrogate cannot take these data: {error}") from error


def _shown(relative: Values, measured: Measured, prediction: Field) -> tuple[Shown, ...]:
    """Return the pairs of the smallest, the median and the largest error, each pair once."""
    order, steps = _ranked(relative), len(relative) // measured.samples
    chosen = {"best": order[0], "median": order[len(order) // 2], "worst": order[-1]}
    titles = {pair: title for title, pair in chosen.items()}
    return tuple(
        Shown(
            title,
            pair // steps,
            pair % steps,
            float(relative[pair]),
            measured.inputs[pair],
            measured.outputs[pair],
            prediction[pair],
        )
        for pair, title in titles.items()
    )


def _ranked(values: Values) -> list[int]:
    """Return the indices from the smallest value to the largest; equals keep their order, NaN comes last."""
    return [int(index) for index in np.argsort(values, kind="stable")]
