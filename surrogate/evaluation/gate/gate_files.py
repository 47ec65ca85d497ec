"""What the gate found as a table, as Markdown for a page of CI, as JUnit XML and as JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from surrogate.datasets.layout import MANIFEST
from surrogate.errors import InputError
from surrogate.evaluation.gate.gate_settings import GateConfig
from surrogate.evaluation.gate.measure import run_folders
from surrogate.evaluation.gate.verdict import EXACT, QUALITY, Checked, Row
from surrogate.predictors.runs import WEIGHTS
from surrogate.reading import read_json
from surrogate.registry import metric_label
from surrogate.written import Record, claim, fingerprint, publish, publish_document

COLUMNS = ("", "baseline", "now", "change", "bounds", "allowed", "verdict")


def cells(row: Row) -> tuple[str, ...]:
    """Return the row as text under :data:`COLUMNS`."""
    exact = row.layer == EXACT
    change, allowed = (_tiny(it) if exact else _share(it) for it in (row.change, row.limit))
    without = "none" if row.layer == QUALITY and not math.isnan(row.change) else ""
    bounds = without if math.isnan(row.low) else f"{_share(row.low).removesuffix(' %')} to {_share(row.high)}"
    return named(row.name), _figure(row.then), _figure(row.now), change, bounds, allowed, row.verdict


def named(row: str) -> str:
    """Return what a row is called in words: its metric, or itself."""
    return metric_label(row)


def headline(checked: Checked) -> str:
    """Return the outcome in a line."""
    counts = {verdict: sum(row.verdict == verdict for row in checked.rows) for verdict in ("fail", "inconclusive")}
    parts = [
        f"{count} {word}" for (_, count), word in zip(counts.items(), ("failed", "inconclusive"), strict=True) if count
    ]
    told = f" ({', '.join(parts)} of {len(checked.rows)})" if parts else ""
    return f"gate {'passed' if checked.passed else 'FAILED'}{told}"


def markdown(checked: Checked) -> str:
    """Return the outcome as Markdown: a headline, a table, and the notes."""
    lines = [f"## {headline(checked)}", "", f"{checked.title}.", ""]
    lines += [_line((*COLUMNS, "")), _line(("---", *("---:" for _ in COLUMNS[1:-1]), "---", "---"))]
    for row in checked.rows:
        name, *figures, verdict = cells(row)
        told = verdict if verdict == "pass" else f"**{verdict}**"
        lines.append(_line((f"{row.layer}: {name}", *figures, told, row.remark)))
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
        told = [f"{head} {cell}" for head, cell in zip(COLUMNS, cells(row), strict=True) if head and cell]
        message = ", ".join([*told, row.remark] if row.remark else told)
        if row in failing or (strict and row in undecided):
            ElementTree.SubElement(case, "failure", {"message": message, "type": row.verdict})
        elif row in undecided:
            ElementTree.SubElement(case, "skipped", {"message": message})
        else:
            ElementTree.SubElement(case, "system-out").text = message
    return ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)


def document(checked: Checked) -> dict[str, Any]:
    """Return the outcome as JSON values; a figure that there is not is null."""
    rows = [
        {key: None if isinstance(it, float) and not math.isfinite(it) else it for key, it in asdict(row).items()}
        for row in checked.rows
    ]
    return {"passed": checked.passed, "title": checked.title, "rows": rows, "notes": list(checked.notes)}


def claimed(config: GateConfig, out: Path) -> Path:
    """Return the folder of a report, made ours before the runs are measured.

    Raises:
        SettingsError: the folder is not ours, is an input, or holds what other inputs gave.
        StorageError: the disk refused.
    """

    def former(there: Path) -> list[str]:
        # Reports of version 0.1 kept no record.
        try:
            found = read_json(there / "gate.json")
        except InputError:
            return []
        ours = isinstance(found, dict) and found.keys() == {"passed", "title", "rows", "notes"}
        return [name for name in ("gate.md", "gate.xml", "gate.json") if ours and (there / name).is_file()]

    runs = run_folders(config)
    made_from = {
        "runs": ",".join(fingerprint(run / WEIGHTS) for run in runs),
        "baseline": fingerprint(config.baseline),
        "data": "of the runs" if config.data is None else fingerprint(config.data / MANIFEST),
        "split": config.split,
    }
    inputs = {"run": config.run, "runs": runs, "baseline": config.baseline, "data": config.data}
    record = Record(command="gate check", made_from=made_from)
    return claim(out, record, inputs=inputs, overwrite=config.overwrite, former=former)


def write(checked: Checked, folder: Path, overwrite: bool = False) -> None:
    """Write gate.md, gate.xml and gate.json into ``folder``, which is made where missing.

    Raises:
        SettingsError: files of these names are there that are not ours.
        StorageError: the disk refused.
    """
    publish(folder / "gate.md", markdown(checked), overwrite)
    publish(folder / "gate.xml", junit(checked), overwrite)
    publish_document(folder / "gate.json", document(checked), overwrite)


def _figure(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4g}"


def _tiny(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.0e}" if value else "0"


def _share(value: float) -> str:
    if math.isnan(value):
        return ""
    return f"{100 * value:+.2g} %" if abs(value) < 0.1 else f"{100 * value:+.3g} %"


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
