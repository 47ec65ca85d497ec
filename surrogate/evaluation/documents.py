"""What is kept of results as JSON: a figure that is not finite is null there, and not a number when read again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, ConfigDict

from surrogate.spaces import Frozen

if TYPE_CHECKING:
    from surrogate.evaluation.report.sections import Section

Number = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]


class Figures(Frozen):
    """Figures that are written as JSON and read from it.

    Keys that another version wrote and this one does not know are passed over.
    """

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, without what was left at its default."""
        found: dict[str, Any] = finite(self.model_dump(mode="json", by_alias=True, exclude_unset=True))
        return found


class SuiteResult(Figures):
    """What a suite found of an evaluation."""

    def section(self) -> Section:
        """Return it told, in a sentence, tables and pictures."""
        raise NotImplementedError


def finite(value: Any) -> Any:
    """Return a tree of JSON with null in place of what is not finite."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
