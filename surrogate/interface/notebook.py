"""Small tables and pictures for a notebook: HTML, with everything that comes from files escaped."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape


def facts(title: str, lines: Mapping[str, object]) -> str:
    """Return names and values under a title."""
    rows = "".join(
        f"<tr><th style='text-align:left'>{escape(name)}</th><td style='text-align:left'>{escape(str(value))}</td></tr>"
        for name, value in lines.items()
    )
    return f"<table><caption style='text-align:left'>{escape(title)}</caption>{rows}</table>"


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with a line of heads under its title."""
    heads = "".join(f"<th>{escape(head)}</th>" for head in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption style='text-align:left'>{escape(title)}</caption><tr>{heads}</tr>{body}</table>"


def image(png: bytes) -> str:
    """Return a picture that lies in the page itself."""
    return f"<img alt='' src='data:image/png;base64,{base64.b64encode(png).decode()}'>"
