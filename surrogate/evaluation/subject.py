"""What an evaluation is of: the predictor that was named, the data it is asked about, and in what the two differ."""

from __future__ import annotations

from pathlib import Path

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.environment import choose_device
from surrogate.errors import InputError, SettingsError
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.report.wording import off_grid_note
from surrogate.predictors.ensemble import open_ensemble
from surrogate.predictors.exported.artefact import open_artefact
from surrogate.predictors.predictor import Predictor
from surrogate.predictors.runs import load_run
from surrogate.spaces import Grid, Problem


def subject(config: EvalConfig) -> tuple[Predictor, tuple[str, ...]]:
    """Return the predictor that the settings name, and in what it is unlike a run.

    Raises:
        InputError: there is none.
        SettingsError: no such device, or none for an exported file.
    """
    if config.artefact is not None:
        if config.device.startswith("cuda"):
            raise SettingsError(f"device={config.device}: an exported file is run on the CPU; take device=cpu")
        artefact = open_artefact(config.artefact)
        steps = artefact.card.steps
        said = f"The file makes {steps} steps at once: errors of a step are those of its first, seconds those of all."
        return artefact.predictor(config.trust), (said,) if steps > 1 else ()
    device = choose_device(config.device)
    if config.ensemble is not None:
        return open_ensemble(config.ensemble, device), ()
    assert config.run is not None  # several runs come one by one
    return load_run(config.run, device), ()


def place(predictor: Predictor) -> Path:
    """Return the folder of all evaluations of a predictor: in that of a run, beside a file."""
    path = predictor.path
    return path.parent / "eval" / path.name if path.is_file() else path / "eval"


def data_of(config: EvalConfig, predictor: Predictor) -> Dataset:
    """Return the data that the settings name, or those that the predictor learned from.

    Raises:
        InputError: they are not there.
    """
    if config.data is not None:
        return open_dataset(config.data)
    record = predictor.record
    assert record is not None
    assert predictor.data is not None
    try:
        return open_dataset(predictor.data)
    except InputError as error:
        where = f"the data of the run {predictor.path}; give data=FOLDER if they moved"
        if predictor.path.is_file():
            where = f"{predictor.path.name} was made from {record.data.name}; give data=FOLDER"
        raise InputError(f"{error} ({where})") from error


def differences(predictor: Predictor, data: Dataset, problem: Problem, given: bool) -> tuple[str, ...]:
    """Return what differs from the training data and is no obstacle; ``given`` says that the data were named."""
    notes = [said for said in (predictor.unverified, data.unverified) if said]
    trained, record, surrogate = predictor.problem, predictor.record, predictor.surrogate
    if record is None or surrogate is None:
        return tuple(notes)
    here, there = problem.domain, trained.domain
    if here.points != there.points and not surrogate.capabilities.same_on_any_grid:
        notes.append(off_grid_note(record.settings, there.points, here.points))
    if problem.channels + problem.target.fields != trained.channels + trained.target.fields:
        notes.append("The fields have other names or units than those of the training data.")
    if problem.target.boundary != trained.target.boundary:
        notes.append("The boundary conditions differ from those of the training data.")
    if here.resized(there.points) != there and isinstance(here, Grid):
        notes.append("The box, or the place of the points in its cells, differs from that of the training data.")
    if not given and data.hash != record.data.hash:
        notes.append("The data set has changed since the run was trained on it.")
    return tuple(notes)
