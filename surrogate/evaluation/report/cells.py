"""Names of others as cells of a CSV file, which a spreadsheet takes for text and not for a formula."""

from __future__ import annotations

from surrogate.errors import visible

_BEGINS_FORMULA = ("=", "+", "-", "@")


def cell(name: str) -> str:
    """Return a name for a CSV file: control characters made visible, and a quote before what begins as a formula."""
    text = visible(name)
    return f"'{text}" if text.startswith(_BEGINS_FORMULA) else text
