"""The files of suites: the result of each is kept beside metrics.json as SUITE.json.

A file names the weights, the data and the split that it is of; what is of others is passed over.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from surrogate.errors import InputError
from surrogate.evaluation.documents import SuiteResult
from surrogate.evaluation.results import Evaluation
from surrogate.integrity import read_sealed, sealed
from surrogate.registry import SUITES, Settings
from surrogate.written import publish_document


def ask(evaluation: Evaluation, suite: Settings) -> SuiteResult:
    """Return what a suite finds of an evaluation, and keep it in the folder of that.

    Raises:
        SurrogateError: the suite does not apply to this surrogate and these data; the message says why.
        StorageError: the disk refused.
    """
    result: SuiteResult = SUITES.module(suite.name).measure(evaluation, suite)
    value = sealed({**_stamp(evaluation), **result.to_dict()})
    publish_document(_path(evaluation, suite.name), value, evaluation.overwrite)
    return result


def kept(evaluation: Evaluation) -> list[SuiteResult]:
    """Return what the suites found that were asked of this surrogate, data and split, in the order of their names.

    Raises:
        InputError: a file is damaged.
    """
    results = []
    for name in SUITES.names():
        path = _path(evaluation, name)
        if path.is_file():
            text = read_sealed(path)
            if json.loads(text).items() >= _stamp(evaluation).items():
                results.append(_read(path, name, text))
    return results


def _read(path: Path, name: str, text: bytes) -> SuiteResult:
    """Return what a file holds; one of an older version has no checksum that shows damage."""
    result: type[SuiteResult] = SUITES.module(name).Result
    try:
        return result.model_validate_json(text)
    except ValidationError:
        raise InputError(f"{path}: damaged, or of another version; remove it, or ask for suite={name} again") from None


def _path(evaluation: Evaluation, name: str) -> Path:
    return evaluation.folder / f"{name}.json"


def _stamp(evaluation: Evaluation) -> dict[str, str]:
    return {"weights": evaluation.predictor.digest, "data": evaluation.data.hash, "split": evaluation.split}
