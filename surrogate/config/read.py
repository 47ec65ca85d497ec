"""A plain tree -> a frozen, typed settings object."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from surrogate.config.explain import readable

T = TypeVar("T", bound=BaseModel)


def read(model: type[T], tree: dict[str, Any]) -> T:
    """Return ``tree`` as a ``model``, read strictly as JSON is: lists become tuples, ``"1"`` is no integer.

    Raises:
        SettingsError: one line that says where, what was expected and what was given.
    """
    try:
        return model.model_validate_json(json.dumps(tree))
    except ValidationError as error:
        raise readable(error, model, tree) from None
