"""CSV files, in which a spreadsheet takes names of others for text and not for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from surrogate.errors import visible

_BEGINS_FORMULA = ("=", "+", "-", "@")


def cell(name: str) -> str:
    """Return a name for a CSV file: control characters made visible, and a quote before what begins as a formula."""
    text = visible(name)
    return f"'{text}" if text.startswith(_BEGINS_FORMULA) else text


def table_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue()
