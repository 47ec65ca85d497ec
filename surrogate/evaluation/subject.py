"""What an evaluation is of: the predictor that was named, the data it is asked about, and in what the two differ."""

from __future__ import annotations

from pathlib import Path

import torch

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.named_arrays import SUFFIXES, read_named_arrays
from surrogate.environment import choose_device
from surrogate.errors import InputError, SettingsError
from surrogate.evaluation.compare.comparison_settings import CompareConfig
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.named_solver import is_solver, named_solver
from surrogate.evaluation.report.wording import off_grid_note
from surrogate.predictors.ensemble import open_ensemble
from surrogate.predictors.exported.artefact import SUFFIXES as EXPORTED
from surrogate.predictors.exported.artefact import open_artefact
from surrogate.predictors.predictor import Predictor
from surrogate.predictors.recorded import Recorded, recorded
from surrogate.predictors.runs import load_run
from surrogate.reading import sha256
from surrogate.spaces import Grid, Problem, Split, Task


def subject(config: EvalConfig) -> tuple[Predictor, tuple[str, ...]]:
    """Return the predictor that the settings name, and in what it is unlike a run.

    Raises:
        InputError: there is none.
        SettingsError: no such device, none for an exported file, or predictions without the data that they are of.
    """
    if config.ensemble is not None:
        return open_ensemble(config.ensemble, choose_device(config.device)), ()
    path = config.run or config.artefact or config.predictions or config.predictor
    assert path is not None  # several runs come one by one
    if is_solver(path):
        if config.data is None:
            raise SettingsError("predictor=solver: the solver that made a data set; give data=FOLDER")
        data = open_dataset(config.data)
        return named_solver(data, data.spec.task, config.solver), ()
    if config.predictions is not None or is_recorded(path):
        data = data_of_predictions(config.data, path)
        return with_notes(open_recorded(path, data, config.split, data.spec.task))
    if config.artefact is None and path.suffix not in EXPORTED:
        return load_run(path, choose_device(config.device)), ()
    if config.device.startswith("cuda"):
        raise SettingsError(f"device={config.device}: an exported file is run on the CPU; take device=cpu")
    artefact = open_artefact(path)
    steps = artefact.card.steps
    note = f"The file makes {steps} steps at once: errors of a step are those of its first, seconds those of all."
    return artefact.predictor(config.trust), (note,) if steps > 1 else ()


def opened(config: CompareConfig, device: torch.device) -> tuple[list[Predictor], Dataset]:
    """Return the predictors to be compared, in order, and the data: those named, or what the first run learned from.

    Raises:
        InputError: one of them, or the data, is not there.
        SettingsError: all are predictions, which say nothing of what they are of.
    """
    maps: dict[Path, Predictor] = {}
    for path in config.runs:
        if not is_recorded(path) and not is_solver(path):
            exported = path.suffix in EXPORTED
            maps[path] = open_artefact(path).predictor(config.trust) if exported else load_run(path, device)
    data = data_of_predictions(config.data or next((one.data for one in maps.values()), None), config.runs[0])
    task = next((one.problem.task for one in maps.values()), data.spec.task)

    def other(path: Path) -> Predictor:
        if is_solver(path):
            return named_solver(data, task, config.solver)
        return open_recorded(path, data, config.split, task)

    return [maps.get(path) or other(path) for path in config.runs], data


def data_of_predictions(folder: Path | None, path: Path) -> Dataset:
    """Return the data that the predictions in ``path`` are of.

    Raises:
        InputError: they are not there.
        SettingsError: they were not named.
    """
    if folder is None:
        raise SettingsError(f"{path}: predictions say nothing of what they are of; give data=FOLDER")
    return open_dataset(folder)


def is_recorded(path: Path) -> bool:
    """Return whether a path is one of predictions made elsewhere, if only in a form that their reader refuses."""
    return not path.is_dir() and (path.suffix.lower() in SUFFIXES or (path.is_file() and path.suffix not in EXPORTED))


def open_recorded(path: Path, data: Dataset, split: Split, task: Task) -> Recorded:
    """Return the predictions in a file for a split of ``data``, a map or single steps as ``task`` says.

    Raises:
        InputError: there is no such file, it is of another kind, or has not the shape of such predictions.
    """
    arrays = read_named_arrays(path)
    if data.counts[split] == 0:
        raise InputError(f"{data.path}: the split '{split}' has no samples")
    spec = data.spec.model_copy(update={"task": task})
    return recorded(arrays, path, sha256(path), spec, data.hash, split, data.counts)


def with_notes(predictions: Recorded) -> tuple[Recorded, tuple[str, ...]]:
    """Return predictions with what a reader must know of them."""
    how = f", read as {predictions.read_as}" if predictions.read_as else ""
    known = "by their inputs" if predictions.inputs is not None else "in the order of the split"
    return predictions, (f"The predictions were made elsewhere{how}; their samples are told apart {known}.",)


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
    notes = [note for note in (predictor.unverified, data.unverified) if note]
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
