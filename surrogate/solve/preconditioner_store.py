"""The folder of a learned preconditioner: preconditioner.json and weights.safetensors. No pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from surrogate import reading
from surrogate.environment import Environment
from surrogate.errors import InputError
from surrogate.files import make_folder, publish_bytes
from surrogate.integrity import Digest, Files, check, publish_record, read_sealed
from surrogate.kinds import PRECONDITIONER, expect
from surrogate.predictors.runs import WEIGHTS
from surrogate.predictors.tensor_files import load_weights, parse_tensors, tensor_bytes
from surrogate.solve.preconditioner import Preconditioner
from surrogate.solve.solve_settings import PreconditionConfig
from surrogate.spaces import Frozen
from surrogate.typed_record import typed_record

RECORD = "preconditioner.json"
_LARGEST_RECORD = 2**20
_WIDEST = 4096


class PreconditionerRecord(Frozen):
    """What is known of a learned preconditioner; ``metrics`` are iterations on validation coefficients.

    ``files`` are the hashes of the files beside the record; None where they were not yet hashed.
    """

    version: Literal[1]
    settings: PreconditionConfig
    equation: str
    data_hash: str
    points: tuple[int, ...]
    parameters: int
    metrics: dict[str, float]
    seconds: float
    environment: Environment
    files: Files | None = None

    def figures(self) -> dict[str, str]:
        """Return what a person asks of it first, in order, as text."""
        counted = {
            f"iterations, {kind.replace('_', ' ')}": f"{self.metrics[f'iterations_{kind}']:.1f}"
            for kind in ("conjugate_gradients", "untrained", "trained")
            if f"iterations_{kind}" in self.metrics
        }
        points = " x ".join(str(n) for n in self.points)
        described = {"equation": self.equation, "trained on": f"{points} points", "parameters": f"{self.parameters:,}"}
        return described | counted | {"seconds": f"{self.seconds:.1f}"}


def save_preconditioner(folder: Path, model: Preconditioner, record: PreconditionerRecord) -> None:
    """Write the folder; the record comes last, so that a folder with one is whole."""
    make_folder(folder)
    data = tensor_bytes(model.state_dict())
    publish_bytes(folder / WEIGHTS, data)
    publish_record(folder / RECORD, record.model_copy(update={"files": {WEIGHTS: Digest.of(data)}}))


def load_preconditioner(folder: Path) -> tuple[Preconditioner, PreconditionerRecord]:
    """Return the preconditioner in ``folder``, in evaluation mode on the CPU, and what is known of it.

    Raises:
        InputError: there is none, or a file of it is damaged or does not fit the other.
    """
    record = read_record(folder)
    if record.settings.width > _WIDEST:
        raise InputError(f"{folder / RECORD}: settings.width: {record.settings.width}, expected at most {_WIDEST}")
    model, path = Preconditioner(record.settings.width), folder / WEIGHTS
    data = reading.read_bytes(path)
    check(path, Digest.of(data), record.files or {}, RECORD)
    load_weights(model, parse_tensors(data, path), path)
    return model.eval(), record


def read_record(folder: Path) -> PreconditionerRecord:
    """Return what is known of the preconditioner in ``folder``.

    Raises:
        InputError: there is none, or not one that this version reads.
    """
    path = folder / RECORD
    expect(folder, PRECONDITIONER)
    return typed_record(PreconditionerRecord, read_sealed(path, _LARGEST_RECORD), path)
