"""The equation in the record of a data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surrogate.equations import Equation, read_equation
from surrogate.errors import InputError, UnknownName


def recorded_equation(recipe: Mapping[str, Any]) -> Equation:
    """Return the equation of the ``recipe`` in the record of a data set.

    Raises:
        InputError: it is a plug-in that is not here.
        SettingsError: a setting is wrong.
    """
    try:
        return read_equation(recipe["equation"])
    except UnknownName as error:
        raise InputError(f"the data set {error.of_record()}") from None
