"""``surrogate precondition``: a preconditioner learned from the coefficients of a data set, and what it is worth."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.environment import choose_device, environment
from surrogate.errors import InputError, SettingsError
from surrogate.outputs import place
from surrogate.solve.equation import LinearEquation
from surrogate.solve.learning import LearningProgress, count_iterations, learn, untrained
from surrogate.solve.preconditioner_store import RECORD, PreconditionerRecord, read_record, save_preconditioner
from surrogate.solve.solve_settings import PreconditionConfig

# Coefficients on which iterations are counted, before and after.
TRIED = 16


def precondition(config: PreconditionConfig, report: Callable[[LearningProgress], None]) -> PreconditionerRecord:
    """Train the preconditioner that the settings ask for, save it in ``config.out`` and return what is known of it.

    A folder that holds it already is left as it is.

    Raises:
        InputError: no data set there.
        SettingsError: ``out`` holds one of other settings or something else, or the equation has no linear system.
        SolverError: training diverged.
    """
    config = config.model_copy(update={"out": _placed(config)})
    done = _finished(config)
    if done is not None:
        return done
    dataset = open_dataset(config.data)
    equation = LinearEquation.of(dataset)
    device = choose_device(config.device)
    constants = torch.from_numpy(dataset.read("train")[0]).to(device)
    started = time.perf_counter()
    model = learn(config, equation, constants, report)
    seconds = time.perf_counter() - started
    tried = _validation(dataset, constants)
    metrics = {"tried": float(len(tried))}
    for name, some in (("conjugate_gradients", None), ("untrained", untrained(config).to(device)), ("trained", model)):
        metrics[f"iterations_{name}"], metrics[f"arrived_{name}"] = count_iterations(equation, tried, some)
    record = PreconditionerRecord(
        version=1,
        settings=config,
        equation=dataset.spec.equation,
        data_hash=dataset.hash,
        points=dataset.spec.grid.points,
        parameters=sum(weight.numel() for weight in model.parameters()),
        metrics=metrics,
        seconds=seconds,
        environment=environment(device),
    )
    save_preconditioner(config.out, model, record)
    return record


def _finished(config: PreconditionConfig) -> PreconditionerRecord | None:
    """Return what ``config.out`` holds already, if it was made by the same settings.

    Raises:
        SettingsError: by others.
    """
    if not (config.out / RECORD).is_file():
        return None
    try:
        record = read_record(config.out)
    except InputError:
        if config.overwrite:
            return None
        raise
    requested, given = config.model_dump(mode="json"), record.settings.model_dump(mode="json")
    differing = sorted(key for key in requested if key not in ("out", "device") and requested[key] != given[key])
    if differing and config.overwrite:
        return None
    if differing:
        sentence = f"{', '.join(differing)} differ; choose another folder, or replace it with overwrite=true"
        raise SettingsError(f"{config.out}: holds a preconditioner of other settings: {sentence}")
    return record


def _placed(config: PreconditionConfig) -> Path:
    """Return where the preconditioner goes, links followed; a folder that holds something else is refused."""

    def judge(folder: Path) -> str:
        return "" if (folder / RECORD).is_file() else "the folder holds something else than a preconditioner"

    return place(config.out, "folder", inputs={"data": config.data}, overwrite=config.overwrite, ours=judge)


def _validation(dataset: Dataset, constants: Tensor) -> Tensor:
    if dataset.counts["valid"] == 0:
        return constants[:TRIED]
    return torch.from_numpy(dataset.read("valid", limit=TRIED)[0]).to(constants.device)
