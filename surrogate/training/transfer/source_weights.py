"""The surrogate whose weights another begins with, read from its run or from an exported file: data, never code."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from surrogate import reading
from surrogate.errors import InputError
from surrogate.kinds import EXPORTED, RUN, expect, kind_of
from surrogate.predictors import runs
from surrogate.predictors.exported.artefact import artefact_of, open_artefact
from surrogate.predictors.exported.program import program_weights
from surrogate.predictors.surrogate import Surrogate, build
from surrogate.predictors.tensor_files import load_weights


@dataclass(frozen=True)
class SourceRun:
    """A surrogate read back, the record of its training, and the SHA-256 of the file that its weights lie in."""

    path: Path
    surrogate: Surrogate
    record: runs.RunRecord
    digest: str


def read_source(path: Path) -> SourceRun:
    """Return the surrogate in the run or the exported file at ``path``. Nothing of it is run.

    Raises:
        InputError: there is none, it is damaged, or a file that holds its weights in no form that can be read.
    """
    if kind_of(path) != EXPORTED:
        expect(path, RUN)
        run = runs.load_run(path)
        return SourceRun(path, run.surrogate, run.record, run.digest)
    refuse_graph(path)
    artefact = open_artefact(path)
    record = artefact.card.record
    surrogate = build(record.settings, record.problem)
    load_weights(surrogate, program_weights(path, artefact.content), path)
    return SourceRun(path, surrogate, record, artefact.digest)


def read_source_record(path: Path) -> runs.RunRecord:
    """Return the record of the training alone.

    Raises:
        InputError: as :func:`read_source`.
    """
    if kind_of(path) != EXPORTED:
        expect(path, RUN)
        return runs.read_record(path)
    refuse_graph(path)
    return artefact_of(path, reading.read_bytes(path, 2**31 - 1)).card.record


def refuse_graph(path: Path) -> None:
    """Refuse an ONNX file.

    Raises:
        InputError: it is one.
    """
    if path.suffix == ".onnx":
        raise InputError(f"init={path}: ONNX holds weights folded into its graph; give the run, or its .pt2 file")


def digest_at(path: Path) -> str | None:
    """Return the SHA-256 of the weights that lie at ``path`` now, None where there are none."""
    file = path / runs.WEIGHTS if path.is_dir() else path
    return hashlib.sha256(reading.read_bytes(file, 2**31 - 1)).hexdigest() if file.is_file() else None
