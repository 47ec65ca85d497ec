"""What a file of inputs says by itself, if a user does not: on which grid they are, and how many."""

from __future__ import annotations

from collections.abc import Sequence

_SPLITS = ("train", "valid", "test")


def left_open(command: str, words: Sequence[str]) -> list[str]:
    """Return the words of a generation of given inputs with what the recipe must not say in place of the file.

    Without ``grid=`` the grid is null, and without ``count.SPLIT=`` the counts are: both are read from the file. Where
    one split is counted, those that are not have no samples.
    """
    values = {key.lstrip("+"): value for key, _, value in (word.partition("=") for word in words)}
    if command != "generate" or values.get("inputs", "null") in ("null", "None"):
        return list(words)
    counts = [f"count.{split}" for split in _SPLITS]
    more = [f"{key}=0" for key in counts if key not in values]
    if "count" in values or len(more) == len(counts):
        more = [] if "count" in values else ["count=null"]
    return [*words, *more, *([] if "grid" in values else ["grid=null"])]
