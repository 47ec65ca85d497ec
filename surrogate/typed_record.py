"""Records from disk as typed values, and one line for one that does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from surrogate.errors import InputError, SettingsError, UnknownName

Record = TypeVar("Record", bound=BaseModel)


def typed_record(
    kind: type[Record], text: str | bytes, path: Path, expected: str = "", whole: str = "the file"
) -> Record:
    """Return the record of a ``kind`` that ``text``, the JSON of the file at ``path``, holds.

    Args:
        kind: the class of the record.
        text: JSON.
        path: the file, for the complaint.
        expected: what the file should have been, such as ``not a manifest of version 1``, said before what is wrong.
        whole: as of :func:`first_complaint`.

    Raises:
        InputError: it holds none, in one line: the file, the place in it and what is wrong there.
    """
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise InputError(": ".join(filter(None, (str(path), expected, first_complaint(error, whole))))) from None
    except UnknownName as error:
        raise InputError(f"{path}: {error.of_record()}") from None
    except SettingsError as error:
        raise InputError(f"{path}: {error}") from None


def first_complaint(error: ValidationError, whole: str = "the file") -> str:
    """Return ``place.in.the.record: what is wrong`` of the first value that does not fit.

    Args:
        error: what pydantic says; a value that has a reader of its own is followed into it.
        whole: the name of the place where the record as a whole does not fit.
    """
    place = list[str]()
    while True:
        cause = error.errors()[0]
        place += map(str, cause["loc"])
        inner = cause.get("ctx", {}).get("error")
        if not isinstance(inner, ValidationError):
            return f"{'.'.join(place) or whole}: {cause['msg']}"
        error = inner
