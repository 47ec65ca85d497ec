"""A page in one HTML file: what it holds is escaped, its style and script are part of it, and it can ask for nothing.

A page is a list of blocks, each a section of its own with an entry in the table of contents. The policy in its head
forbids every request, and every script but ours, which is known by its hash: what came with the data cannot run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from surrogate.errors import visible
from surrogate.evaluation.report.sections import Section

# In a text such as "4 min 10 s" numbers count as so many seconds; any other unit is the same in a whole column.
_SECONDS = {"µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
_NUMBER = re.compile(r"([+-]?(?:\d{1,3}(?: \d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?)(?:\s?([a-zµ]+))?")


@dataclass(frozen=True)
class Block:
    """A section of a page: its anchor, its heading, the template ``pages/KIND.html.jinja`` and what that is given."""

    anchor: str
    title: str
    kind: str
    content: Any


def page(kind: str, title: str, header: dict[str, Any], blocks: Sequence[Block]) -> str:
    """Return the HTML of a page.

    Args:
        kind: what the page is, above its title.
        title: its heading.
        header: ``headline``, a sentence, and ``facts``, name -> text.
        blocks: the sections, in order.
    """
    script = _part("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _template("page").render(
        kind=kind,
        title=title,
        **header,
        blocks=blocks,
        style=Markup(_part("page.css")),
        script=Markup(script),
        digest=digest,
    )


def fragment(section: Section) -> str:
    """Return a section as a piece of HTML for a notebook: its tables stand as written, without a script."""
    body = _template("section").render(content=section)
    return f"<div><strong>{escape(visible(section.title))}</strong>{body}</div>"


def order(text: str) -> str | None:
    """Return the number, as JavaScript writes it, by which a cell of a table is sorted; None where it holds a word.

    It is the first number of the text; a duration counts in seconds, without what stands in brackets behind it, and
    what is not finite is larger than anything.
    """
    if text.startswith("not finite"):
        return "Infinity"
    first = _NUMBER.match(text.strip())
    if first is None:
        return None
    if first[2] not in _SECONDS:
        return first[1].replace(" ", "")
    parts = re.findall(r"([\d.]+(?:e[+-]?\d+)?) (µs|ms|s|min|h)\b", text.partition(" (")[0])
    return repr(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("surrogate.evaluation.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_readable,
    )
    environment.filters |= {"order": order, "breakable": _breakable}
    return environment.get_template(f"{name}.html.jinja")


def _readable(value: Any) -> Any:
    """Return what a template is about to write, made visible where it is a text that is not ours."""
    return visible(value, keep="\n\t") if isinstance(value, str) and not isinstance(value, Markup) else value


def _breakable(name: str) -> Markup:
    """Return a dotted name, escaped, that may go on in the next line behind its dots and underscores."""
    return Markup(str(escape(visible(name))).replace(".", ".<wbr>").replace("_", "_<wbr>"))


def _part(name: str) -> str:
    """Return a file of ours that becomes part of the page as it is."""
    return resources.files("surrogate.evaluation.report").joinpath("pages", name).read_text(encoding="utf-8")
