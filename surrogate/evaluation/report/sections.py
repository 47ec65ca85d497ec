"""Sections of a report: what was measured, in words, tables and pictures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Cells as text, the first column names the row; ``about`` says what the numbers are.

    The cells (row, column) in ``strong`` stand out.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    about: str = ""
    strong: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Picture:
    """A picture as a data URI, see :mod:`surrogate.evaluation.report.figures`."""

    caption: str
    uri: str


@dataclass(frozen=True)
class Section:
    """What was found: ``sentence`` is what a reader should take from it."""

    title: str
    sentence: str
    tables: tuple[Table, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
