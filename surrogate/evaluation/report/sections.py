"""Sections of a report: what a suite found, in words, tables and pictures, and the document it is kept as.

The document of a suite lies beside metrics.json as SUITE.json, and names the weights and the data that it is of. A
report shows every document that is of the same weights, data and split.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from surrogate.errors import InputError
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.results import Evaluation
from surrogate.integrity import read_sealed, sealed
from surrogate.registry import SUITES
from surrogate.written import publish_document

Document = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """Cells as text, the first column names the row; ``about`` says what the numbers are.

    The cells (row, column) in ``strong`` stand out.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    about: str = ""
    strong: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Picture:
    """A picture as a data URI, see :mod:`surrogate.evaluation.report.figures`."""

    caption: str
    uri: str


@dataclass(frozen=True)
class Section:
    """What a suite found: ``sentence`` is what a reader should take from it."""

    title: str
    sentence: str
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()


def add(config: EvalConfig, evaluation: Evaluation) -> Section | None:
    """Ask the suite of ``config``, keep its document in the folder of the evaluation, and return its section.

    Raises:
        SurrogateError: the suite does not apply to this run and these data; the message says why.
        StorageError: the disk refused.
    """
    if config.suite is None:
        return None
    suite = SUITES.module(config.suite.name)
    document: Document = suite.measure(config, evaluation)
    value = sealed({**_stamp(evaluation), **document})
    publish_document(_path(evaluation, config.suite.name), value, config.overwrite)
    return _section(config.suite.name, document)


def found(evaluation: Evaluation) -> list[Section]:
    """Return the sections of all suites whose documents are of this run, data and split."""
    sections = []
    for name in SUITES.names():
        path = _path(evaluation, name)
        if path.is_file():
            document = json.loads(read_sealed(path))
            if document.items() >= _stamp(evaluation).items():
                sections.append(_told(path, name, document))
    return sections


def _told(path: Path, name: str, document: Document) -> Section:
    """Return the section of a document as it was found; one of an older version has no checksum that shows damage."""
    try:
        return _section(name, document)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: damaged, or of another version; remove it, or ask for suite={name} again") from error


def _section(name: str, document: Document) -> Section:
    section: Section = SUITES.module(name).section(document)
    return section


def _path(evaluation: Evaluation, name: str) -> Path:
    return evaluation.folder / f"{name}.json"


def _stamp(evaluation: Evaluation) -> dict[str, str]:
    return {
        "weights": evaluation.predictor.digest,
        "data": evaluation.data.hash,
        "split": evaluation.split,
    }
