"""What the gate found, told: as a table, as Markdown for a page of CI, as JUnit XML."""

from __future__ import annotations

import math
from xml.etree import ElementTree

from surrogate.evaluation.gate.verdict import EXACT, QUALITY, Checked, GateRow
from surrogate.evaluation.report.sections import Section, Table
from surrogate.registry import metric_label

COLUMNS = ("", "baseline", "now", "change", "bounds", "allowed", "verdict")


def cells(row: GateRow) -> tuple[str, ...]:
    """Return the row as text under :data:`COLUMNS`."""
    exact = row.layer == EXACT
    change, allowed = (_tiny(it) if exact else _share(it) for it in (row.change, row.limit))
    without = "none" if row.layer == QUALITY and not math.isnan(row.change) else ""
    bounds = without if math.isnan(row.low) else f"{_share(row.low).removesuffix(' %')} to {_share(row.high)}"
    return metric_label(row.name), _figure(row.then), _figure(row.now), change, bounds, allowed, row.verdict


def headline(checked: Checked) -> str:
    """Return the outcome in a line."""
    verdicts = [row.verdict for row in checked.rows]
    counts = {"failed": verdicts.count("fail"), "inconclusive": verdicts.count("inconclusive")}
    parts = [f"{count} {word}" for word, count in counts.items() if count]
    counted = f" ({', '.join(parts)} of {len(checked.rows)})" if parts else ""
    return f"gate {'passed' if checked.passed else 'FAILED'}{counted}"


def markdown(checked: Checked) -> str:
    """Return the outcome as Markdown: a headline, a table, and the notes."""
    lines = [f"## {headline(checked)}", "", f"{checked.title}.", ""]
    lines += [_line((*COLUMNS, "")), _line(("---", *("---:" for _ in COLUMNS[1:-1]), "---", "---"))]
    for row in checked.rows:
        name, *figures, verdict = cells(row)
        outcome = verdict if verdict == "pass" else f"**{verdict}**"
        lines.append(_line((f"{row.layer}: {name}", *figures, outcome, row.remark)))
    lines += ["", *(f"- {_escaped(note)}" for note in checked.notes)]
    return "\n".join(lines).rstrip() + "\n"


def junit(checked: Checked) -> bytes:
    """Return the outcome as JUnit XML: a test case for each row; what does not decide is skipped where that passes."""
    failing = [row for row in checked.rows if row.verdict == "fail"]
    undecided = [row for row in checked.rows if row.verdict == "inconclusive"]
    strict = not checked.passed and not failing
    count = {"failures": str(len(failing) + len(undecided) * strict), "skipped": str(len(undecided) * (not strict))}
    suite = ElementTree.Element("testsuite", {"name": "gate", "tests": str(len(checked.rows)), "errors": "0", **count})
    for row in checked.rows:
        case = ElementTree.SubElement(suite, "testcase", {"classname": f"gate.{row.layer}", "name": row.name})
        figures = [f"{head} {cell}" for head, cell in zip(COLUMNS, cells(row), strict=True) if head and cell]
        message = ", ".join([*figures, row.remark] if row.remark else figures)
        if row in failing or (strict and row in undecided):
            ElementTree.SubElement(case, "failure", {"message": message, "type": row.verdict})
        elif row in undecided:
            ElementTree.SubElement(case, "skipped", {"message": message})
        else:
            ElementTree.SubElement(case, "system-out").text = message
    return ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)


def section(checked: Checked) -> Section:
    """Return the outcome as a sentence and a table for each layer."""
    layers = dict.fromkeys(row.layer for row in checked.rows)
    tables = tuple(
        Table(layer, COLUMNS, tuple(cells(row) for row in checked.rows if row.layer == layer)) for layer in layers
    )
    return Section(checked.title, headline(checked), tables, notes=checked.notes)


def _figure(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4g}"


def _tiny(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.0e}" if value else "0"


def _share(value: float) -> str:
    if math.isnan(value):
        return ""
    digits = ".2g" if abs(value) < 0.1 else ".3g" if abs(value) < 10 else ".0f"
    return f"{100 * value:+{digits}} %"


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
