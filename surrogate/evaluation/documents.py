"""What results are turned into: JSON (what is not finite is null there), a data frame, or what a notebook shows."""

from __future__ import annotations

import importlib
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict

from surrogate.errors import SettingsError
from surrogate.evaluation.report.sections import Section
from surrogate.spaces import Frozen

Number = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]


class Presentable(ABC):
    """A result that can be presented; a notebook shows what :meth:`section` returns."""

    @abstractmethod
    def section(self) -> Section:
        """Return it in a sentence, tables and pictures."""

    def _repr_html_(self) -> str:
        from surrogate.evaluation.report.page import fragment

        return fragment(self.section())


class Figures(Frozen):
    """Figures that are written as JSON and read from it.

    Keys that another version wrote and this one does not know are passed over.
    """

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, without what was left at its default."""
        document: dict[str, Any] = finite(self.model_dump(mode="json", by_alias=True, exclude_unset=True))
        return document


class SuiteResult(Figures, Presentable):
    """What a suite found of an evaluation."""


def finite(value: Any) -> Any:
    """Return a tree of JSON with null in place of what is not finite."""
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def frame(rows: Sequence[Mapping[str, object]]) -> Any:
    """Return rows as a ``pandas.DataFrame``.

    Raises:
        SettingsError: pandas is not installed.
    """
    try:
        pandas = importlib.import_module("pandas")
    except ImportError:
        raise SettingsError("a data frame needs pandas: pip install pandas") from None
    return pandas.DataFrame(list(rows))
