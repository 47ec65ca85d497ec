"""The report of a search: the best and what it is worth, how the search went, what mattered, all trials in a table."""

from __future__ import annotations

from pathlib import Path

from surrogate.datasets.dataset import Dataset
from surrogate.evaluation.leaves import as_text
from surrogate.evaluation.report import wording
from surrogate.evaluation.report.page import Block, page
from surrogate.evaluation.report.provenance import data_blocks
from surrogate.evaluation.report.sections import Picture, Section, Table
from surrogate.predictors.runs import RECORD, read_record
from surrogate.tuning.search_plots import curves_plot, importance_plot, parallel_plot, progress_plot
from surrogate.tuning.study_record import trial_folder
from surrogate.tuning.trial import StudyResult
from surrogate.tuning.tuning_settings import HyperbandPruner, MedianPruner
from surrogate.written import publish

NAME = "report.html"


def write_report(known: StudyResult, data: Dataset) -> Path:
    """Write ``report.html`` into the folder of the study and return its path.

    Raises:
        StorageError: the disk refused.
    """
    title = f"{wording.counted(len(known.trials), 'trial')} on {known.record.data.name}"
    header = {"headline": headline(known), "facts": _facts(known)}
    text = page("Search of settings", title, header, [*_blocks(known), *_data(known, data)])
    publish(known.folder / NAME, text, overwrite=True)
    return known.folder / NAME


def headline(known: StudyResult) -> str:
    """Return the best and what its error is worth."""
    best, metric = known.best, known.record.settings.metric
    if best is None:
        return f"No trial is finished: {known.counted()}."
    error = wording.quantity(metric, best.error or 0.0)
    return f"{best.name} has the smallest validation error, {error}: {best.words()}. {known.caution()}"


def _facts(known: StudyResult) -> dict[str, str]:
    config = known.record.settings
    match config.pruner:
        case MedianPruner(startup=startup, warmup=warmup):
            first = f"the first {startup} trials and {round(warmup * config.epochs)} epochs are left alone"
            pruner = f"median; {first}"
        case HyperbandPruner(least=least, factor=factor):
            pruner = f"hyperband; from {max(1, round(least * config.epochs))} epochs, one of {factor} goes on"
        case _:
            pruner = "none"
    drawn = f"tpe, the first {config.startup} at random" if config.method == "tpe" else config.method
    return {"status": known.status, "trials": known.counted(), "drawn by": drawn, "pruned by": pruner} | {
        "seed": str(config.seed),
        "training took": wording.duration(sum(trial.seconds for trial in known.trials)),
    }


def _blocks(known: StudyResult) -> list[Block]:
    pictures = []
    if any(trial.error for trial in known.trials):
        pictures = [
            Picture("error of each trial, and the best so far", progress_plot(known)),
            Picture("error by epoch; grey ones were pruned", curves_plot(known)),
        ]
    best = known.best
    strong = frozenset[tuple[int, int]]() if best is None else frozenset({(best.number, 0), (best.number, 2)})
    about = (
        "Each trial is a run in the folder of its name: surrogate info, eval and train resume= take it. The error is"
        " that of the epoch it keeps, of a pruned one the best until then. All trials have one seed, so that of two"
        " alike settings the luckier one leads."
    )
    table = Table("", known.columns(), tuple(known.rows()), about, strong)
    blocks = [Block("course", "Course of the search", "section", Section("", "", pictures=tuple(pictures)))]
    if pictures:
        caption = "a line for each trial: the best is thick, dashed ones were pruned"
        lines = (Picture(caption, parallel_plot(known)),)
        blocks.append(Block("where", "Where the good ones lie", "section", Section("", "", pictures=lines)))
    if known.importances:
        blocks.append(Block("importance", "What mattered", "section", _importance(known)))
    blocks.append(Block("trials", "Trials", "section", Section("", "", (table,), notes=tuple(known.failures()))))
    search = {key: dimension.text() for key, dimension in known.record.settings.search.items()}
    blocks.append(Block("search", "What was searched", "pairs", search))
    blocks.append(Block("held", "What was held", "pairs", as_text(known.record.settings.held)))
    return blocks


def _importance(known: StudyResult) -> Section:
    finished = sum(trial.state == "finished" for trial in known.trials)
    sentence = (
        "How much each setting tells the better half of the finished trials from all (PED-ANOVA), as a share. Of"
        f" {wording.counted(finished, 'finished trial')} this is a hint and no measurement, and it speaks of the ranges"
        " that were searched alone."
    )
    pictures = (Picture("share of each setting", importance_plot(known.importances)),)
    return Section("", sentence, pictures=pictures)


def _data(known: StudyResult, data: Dataset) -> list[Block]:
    folders = (trial_folder(known.folder, trial.number) for trial in known.trials)
    for folder in folders:
        if (folder / RECORD).is_file():
            return data_blocks(data, read_record(folder).problem)
    return []
