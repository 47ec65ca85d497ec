"""The folder of a learned preconditioner: preconditioner.json and weights.safetensors. No pickle."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from surrogate import reading
from surrogate.config.solve import PreconditionConfig
from surrogate.environment import Environment
from surrogate.errors import InputError
from surrogate.fields import Frozen
from surrogate.files import absent, make_folder, publish_text
from surrogate.runs import WEIGHTS, load_weights, read_tensors, write_tensors
from surrogate.solve.preconditioner import Preconditioner

RECORD = "preconditioner.json"
_LARGEST_RECORD = 2**20
_WIDEST = 4096


class PreconditionerRecord(Frozen):
    """What is known of a learned preconditioner; ``metrics`` are iterations on validation coefficients."""

    version: Literal[1]
    settings: PreconditionConfig
    equation: str
    data_hash: str
    points: tuple[int, ...]
    parameters: int
    metrics: dict[str, float]
    seconds: float
    environment: Environment

    def figures(self) -> dict[str, str]:
        """Return what a person asks of it first, in order, as text."""
        counted = {
            f"iterations, {kind.replace('_', ' ')}": f"{self.metrics[f'iterations_{kind}']:.1f}"
            for kind in ("conjugate_gradients", "untrained", "trained")
            if f"iterations_{kind}" in self.metrics
        }
        points = " x ".join(str(n) for n in self.points)
        said = {"equation": self.equation, "trained on": f"{points} points", "parameters": f"{self.parameters:,}"}
        return said | counted | {"seconds": f"{self.seconds:.1f}"}


def save_preconditioner(folder: Path, model: Preconditioner, record: PreconditionerRecord) -> None:
    """Write the folder; the record comes last, so that a folder with one is whole."""
    make_folder(folder)
    write_tensors(folder / WEIGHTS, model.state_dict())
    publish_text(folder / RECORD, record.model_dump_json(indent=2) + "\n")


def load_preconditioner(folder: Path) -> tuple[Preconditioner, PreconditionerRecord]:
    """Return the preconditioner in ``folder``, in evaluation mode on the CPU, and what is known of it.

    Raises:
        InputError: there is none, or a file of it is damaged or does not fit the other.
    """
    record = read_record(folder)
    if record.settings.width > _WIDEST:
        raise InputError(f"{folder / RECORD}: settings.width: {record.settings.width}, expected at most {_WIDEST}")
    model = Preconditioner(record.settings.width)
    load_weights(model, read_tensors(folder / WEIGHTS), folder / WEIGHTS)
    return model.eval(), record


def read_record(folder: Path) -> PreconditionerRecord:
    """Return what is known of the preconditioner in ``folder``.

    Raises:
        InputError: there is none, or not one that this version reads.
    """
    path = folder / RECORD
    if not folder.exists():
        raise absent(folder, "preconditioner")
    if not path.is_file():
        raise InputError(f"{folder}: not a preconditioner; it holds no {RECORD} ('surrogate precondition' writes one)")
    try:
        return PreconditionerRecord.model_validate_json(reading.read_json_bytes(path, _LARGEST_RECORD))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InputError(f"{path}: {where}: {first['msg']}") from None
