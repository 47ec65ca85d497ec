"""Measure a predictor on data: every metric of every sample, intervals, baselines, and for steps a roll-out."""

from __future__ import annotations

import numpy as np

from surrogate import cores
from surrogate.errors import InputError
from surrogate.evaluation.baselines.baseline_errors import baselines
from surrogate.evaluation.baselines.floors import floor_notes
from surrogate.evaluation.evaluation_files import claimed, write_results
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.metric import Values
from surrogate.evaluation.metric import metrics as metrics_there_are
from surrogate.evaluation.overview import overview_on
from surrogate.evaluation.predictions import accepted, errors_of, intervals_of, one_at_a_time, read_samples, settle
from surrogate.evaluation.results import Evaluation, Shown
from surrogate.evaluation.rollout.rollout_error import measure, semi_group_defect
from surrogate.evaluation.subject import data_of, differences, place, subject
from surrogate.predictors.predictor import ANSWERS_ALONE, Field, FieldMap, Predictor, Samples
from surrogate.spaces import Problem


@cores.restored_afterwards()
def evaluate(config: EvalConfig) -> Evaluation:
    """Return how good a predictor is on ``config.split``, and write metrics.json and per_sample.csv of it.

    They go to ``config.out``, or to ``RUN/eval/SPLIT``; those of a file to ``eval/FILE/SPLIT`` beside it. A surrogate
    runs on the grid of the data with its own normaliser; norms use the spacing and the boundary of the data.

    Raises:
        InputError: no predictor or no data there, an empty split, or data that this predictor does not take.
        SettingsError: no such device, or the folder is not ours or holds what other inputs gave.
        StorageError: the disk refused.
    """
    predictor, notes = subject(config)
    data = data_of(config, predictor)
    problem = accepted(predictor, data)
    notes += differences(predictor, data, problem, given=config.data is not None)
    folder = claimed(config, config.out or place(predictor) / config.split, predictor, data)

    samples = read_samples(problem, data, config.split)
    surrogate, absent = predictor.surrogate, dict[str, str]()
    if surrogate is None:
        absent["timing"] = f"{predictor.path.name} {ANSWERS_ALONE}"
    elif threads := _settled(predictor, surrogate, samples, config.batch_size):
        notes += (f"{threads}.",)
    answered = predictor.answers(samples, config.batch_size)
    if answered.unlike:
        notes += (f"{answered.unlike} of {len(samples.inputs)} inputs are unlike the training inputs.",)
    per_pair = errors_of(samples, answered.prediction, config.batch_size)
    metrics = intervals_of(samples, per_pair)
    notes += _learned(predictor, metrics["relative_l2"].mean)
    cache = folder / "cache"
    compared, omitted = baselines(predictor, data, samples, config.batch_size, config.solver_seconds, cache)

    rollout = None
    if problem.takes_lead and surrogate is not None:
        metrics |= intervals_of(samples, {"semi_group": semi_group_defect(surrogate, samples, config.batch_size)})
    if problem.task == "step" and config.rollout:
        rolled = measure(predictor, samples, config.rollout, config.batch_size)
        if rolled is None:
            absent["roll-out"] = f"{predictor.path.name} {ANSWERS_ALONE}"
        else:
            rollout, metrics = rolled.rollout, metrics | rolled.metrics
            compared["persistence"] |= rolled.persistence
    notes += absent_on_clouds(problem) + floor_notes(data.certificate, data.spec, problem, metrics)

    evaluation = Evaluation(
        predictor=predictor,
        data=data,
        split=config.split,
        problem=problem,
        folder=folder,
        samples=len(samples),
        metrics=metrics,
        baselines=compared,
        omitted=omitted,
        per_sample=per_pair,
        shown=_shown(per_pair["relative_l2"], samples, answered.prediction),
        overview=overview_on(problem, answered.prediction, samples.outputs),
        rollout=rollout,
        seconds_per_sample=answered.seconds,
        seconds_one_at_a_time=None if surrogate is None else one_at_a_time(surrogate, samples.inputs),
        batch_size=config.batch_size,
        device="cpu" if surrogate is None else str(surrogate.device),
        notes=notes,
        absent=absent,
        overwrite=config.overwrite,
    )
    write_results(evaluation)
    return evaluation


def _learned(predictor: Predictor, error: float) -> tuple[str, ...]:
    """Return that predicting zero would have been better, here or on the validation data, where it would."""
    notes = ("The relative L2 error is above 1: predicting zero would have been better.",) if error > 1 else ()
    shortfall = predictor.record.shortfall() if predictor.record is not None else ""
    return (*notes, f"In training it was {shortfall}.") if shortfall else notes


def absent_on_clouds(problem: Problem) -> tuple[str, ...]:
    """Return what a cloud has not, by name and with the reason; nothing on a grid, where the tables say it."""
    if not problem.placing:
        return ()
    reasons: dict[str, list[str]] = {}
    for each in metrics_there_are():
        if each.of_each is not None and (why := each.absence(problem.target.domain, None)):
            reasons.setdefault(why, []).append(each.label)
    sentences = [f"No {', '.join(labels)}: {why}." for why, labels in reasons.items()]
    sentences.append("No error maps and no spectra: the points differ from sample to sample.")
    return (*sentences, *(("No energy spectra of the roll-out: they need a grid.",) if problem.task == "step" else ()))


def _settled(predictor: Predictor, surrogate: FieldMap, samples: Samples, batch_size: int) -> str:
    """Return what :func:`settle` does.

    Raises:
        InputError: the predictor cannot take these samples.
    """
    try:
        return settle(surrogate, samples.inputs, batch_size)
    except ValueError as error:
        raise InputError(f"{predictor.path}: its surrogate cannot take these data: {error}") from error


def _shown(relative: Values, samples: Samples, prediction: Field) -> tuple[Shown, ...]:
    """Return the pairs of the smallest, the median and the largest error, each pair once."""
    order, steps = _ranked(relative), len(relative) // len(samples)
    chosen = {"best": order[0], "median": order[len(order) // 2], "worst": order[-1]}
    titles = {pair: title for title, pair in chosen.items()}
    return tuple(
        Shown(
            title,
            pair // steps,
            pair % steps,
            float(relative[pair]),
            samples.inputs[pair],
            samples.outputs[pair],
            prediction[pair],
        )
        for pair, title in titles.items()
    )


def _ranked(values: Values) -> list[int]:
    """Return the indices from the smallest value to the largest; equals keep their order, NaN comes last."""
    return [int(index) for index in np.argsort(values, kind="stable")]
