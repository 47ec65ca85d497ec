"""The files of a gate: gate.md, gate.xml (JUnit) and gate.json."""

from __future__ import annotations

from pathlib import Path

from surrogate.datasets.layout import MANIFEST
from surrogate.errors import InputError
from surrogate.evaluation.gate.gate_settings import GateConfig
from surrogate.evaluation.gate.measure import run_folders
from surrogate.evaluation.gate.verdict import Checked
from surrogate.evaluation.report.gate_table import junit, markdown
from surrogate.predictors.runs import WEIGHTS
from surrogate.reading import read_json
from surrogate.written import Record, claim, fingerprint, publish, publish_document


def claimed(config: GateConfig, out: Path) -> Path:
    """Return the folder of a report, made ours before the runs are measured.

    Raises:
        SettingsError: the folder is not ours, is an input, or holds what other inputs gave.
        StorageError: the disk refused.
    """

    def former(there: Path) -> list[str]:
        # Reports of version 0.1 kept no record.
        try:
            document = read_json(there / "gate.json")
        except InputError:
            return []
        ours = isinstance(document, dict) and document.keys() == {"passed", "title", "rows", "notes"}
        return [name for name in ("gate.md", "gate.xml", "gate.json") if ours and (there / name).is_file()]

    runs = run_folders(config)
    made_from = {
        "runs": ",".join(fingerprint(run if run.is_file() else run / WEIGHTS) for run in runs),
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
    publish_document(folder / "gate.json", checked.to_dict(), overwrite)
