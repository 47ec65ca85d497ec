"""A plain tree -> a frozen, typed settings object."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from surrogate.config.complaints import readable

T = TypeVar("T", bound=BaseModel)


def read(model: type[T], tree: dict[str, Any], within: str = "") -> T:
    """Return ``tree`` as a ``model``, read strictly as JSON is: lists become tuples, ``"1"`` is no integer.

    ``within`` is put before every name in an error, such as ``eval.`` for a stage of `surrogate run`.

    Raises:
        SettingsError: one line that says where, what was expected and what was given.
    """
    try:
        return model.model_validate_json(json.dumps(tree))
    except ValidationError as error:
        raise readable(error, tree, within) from None
