"""The files of an evaluation: metrics.json and per_sample.csv."""

from __future__ import annotations

from pathlib import Path

from surrogate.datasets.dataset import Dataset
from surrogate.errors import InputError
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.report.cells import cell, table_text
from surrogate.evaluation.results import Evaluation
from surrogate.integrity import sealed
from surrogate.kinds import SOLVER
from surrogate.predictors.predictor import Predictor
from surrogate.reading import read_json
from surrogate.registry import SUITES
from surrogate.written import Record, claim, publish, publish_document

METRICS_FILE = "metrics.json"


def claimed(config: EvalConfig, folder: Path, predictor: Predictor, data: Dataset) -> Path:
    """Return the folder of an evaluation, made ours; where the user names none, it follows the state of the run.

    Raises:
        SettingsError: the folder is not ours, is an input, or holds what other inputs gave.
        StorageError: the disk refused.
    """

    def former(there: Path) -> list[str]:
        # Evaluations of version 0.1 kept no record but their figures.
        try:
            document = read_json(there / METRICS_FILE)
        except InputError:
            return []
        known = (
            isinstance(document, dict)
            and document.get("split") == config.split
            and isinstance(document.get("data"), dict)
        )
        if not known or document["data"].get("hash") != data.hash:
            return []
        names = ("per_sample.csv", METRICS_FILE, "report.html", "seeds.json", "cost.csv")
        written = [*names, *(f"{suite}.json" for suite in SUITES.names())]
        return [name for name in written if (there / name).is_file()]

    inputs = {"run": config.run, "ensemble": config.ensemble, "artefact": config.artefact, "data": data.path}
    inputs |= {
        "predictions": config.predictions,
        "predictor": None if config.predictor == Path(SOLVER) else config.predictor,
    }
    made_from = {"surrogate": predictor.digest, "data": data.hash, "split": config.split}
    return claim(
        folder,
        Record(command="eval", made_from=made_from),
        inputs=inputs,
        overwrite=config.overwrite,
        renewed=("surrogate",) if config.out is None else (),
        former=former,
    )


def write_results(evaluation: Evaluation) -> None:
    """Write ``metrics.json`` and ``per_sample.csv`` into the folder of the evaluation, which is made where missing.

    Raises:
        SettingsError: files of these names are there that are not ours.
        StorageError: the disk refused.
    """
    publish(evaluation.folder / "per_sample.csv", table(evaluation), evaluation.overwrite)
    publish_document(evaluation.folder / METRICS_FILE, sealed(evaluation.to_dict()), evaluation.overwrite)


def table(evaluation: Evaluation) -> str:
    """Return per_sample.csv: one row per pair with its sample, its step (0 for a map) and every metric."""
    steps = evaluation.pairs // evaluation.samples
    rows = [
        [pair // steps, pair % steps, *(f"{value:.9g}" for value in values)]
        for pair, values in enumerate(zip(*evaluation.per_sample.values(), strict=True))
    ]
    return table_text(["sample", "step", *map(cell, evaluation.per_sample)], rows)
