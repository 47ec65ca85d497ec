"""The trials of a search as files: trials.csv and search.json."""

from __future__ import annotations

from surrogate.evaluation.documents import finite
from surrogate.evaluation.report.cells import cell, table_text
from surrogate.tuning.trial import StudyResult
from surrogate.written import publish, publish_document


def write_trials(known: StudyResult) -> None:
    """Write the trials of a study into its folder.

    Raises:
        StorageError: the disk refused.
    """
    searched = list(known.record.settings.search)
    head = ["trial", "state", known.record.settings.metric, *map(cell, searched), "parameters", "epochs", "seconds"]
    rows = [
        [
            trial.name,
            trial.state,
            "" if trial.error is None else f"{trial.error:.9g}",
            *(cell(trial.values.get(key, "")) for key in searched),
            trial.parameters,
            max(trial.curve, default=0),
            f"{trial.seconds:.3f}",
        ]
        for trial in known.trials
    ]
    publish(known.folder / "trials.csv", table_text(head, rows), overwrite=True)
    publish_document(known.folder / "search.json", finite(known.to_dict()), overwrite=True)
