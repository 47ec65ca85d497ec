"""The figures of a comparison as files: compare.json, differences.csv and per_sample.csv."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surrogate.datasets.layout import MANIFEST
from surrogate.evaluation.compare.comparison_result import Comparison
from surrogate.evaluation.compare.comparison_settings import CompareConfig
from surrogate.evaluation.report.cells import cell, table_text
from surrogate.kinds import SOLVER
from surrogate.predictors.runs import WEIGHTS
from surrogate.written import Record, claim, fingerprint, publish, publish_document


def claimed(config: CompareConfig, folder: Path, take: bool) -> Path:
    """Return the folder of a comparison: made ours where ``take``, else looked at before the work begins.

    Raises:
        SettingsError: the folder is not ours, is an input, or holds what other inputs gave.
        StorageError: the disk refused.
    """
    paths = [path for path in config.runs if path != Path(SOLVER)]
    weights = ",".join(fingerprint(path if path.is_file() else path / WEIGHTS) for path in paths)
    if len(paths) < len(config.runs):
        weights += f",{SOLVER} {config.solver.model_dump_json()}"
    data = "of the first run" if config.data is None else fingerprint(config.data / MANIFEST)
    made_from = {"runs": weights, "data": data, "split": config.split}
    made_from |= {} if config.input is None else {"input": fingerprint(config.input)}
    record = Record(command="compare", made_from=made_from)
    read = {"runs": paths, "data": config.data, "input": config.input}
    return claim(folder, record, inputs=read, overwrite=config.overwrite, take=take)


def write_figures(
    comparison: Comparison, folder: Path, overwrite: bool = False, document: dict[str, Any] | None = None
) -> None:
    """Write the figures of a comparison into ``folder``, made where missing; ``document`` holds more than its own.

    Raises:
        SettingsError: files of these names are there that are not ours.
        StorageError: the disk refused.
    """
    publish(folder / "differences.csv", differences_csv(comparison), overwrite)
    publish(folder / "per_sample.csv", per_sample_csv(comparison), overwrite)
    publish_document(folder / "compare.json", document or comparison.to_dict(), overwrite)


def differences_csv(comparison: Comparison) -> str:
    """Return one row for each paired difference."""
    rows = [
        [one.metric, cell(one.first), cell(one.second)]
        + [f"{value:.9g}" for value in (one.mean.mean, one.mean.low, one.mean.high, one.better)]
        + [one.sign]
        for one in comparison.differences
    ]
    return table_text(["metric", "first", "second", "mean", "low", "high", "first_better", "sign"], rows)


def per_sample_csv(comparison: Comparison) -> str:
    """Return one row for each sample and metric, with a column for each run."""
    rows = [
        [sample, metric, *(f"{one.per_sample[metric][sample]:.9g}" for one in comparison.contenders)]
        for metric in comparison.contenders[0].per_sample
        for sample in range(comparison.samples)
    ]
    return table_text(["sample", "metric", *(cell(one.name) for one in comparison.contenders)], rows)
