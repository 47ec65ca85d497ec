"""Several predictors on the same samples: every metric of each, paired differences, seconds in turn, other settings.

Shapes: n samples (trajectories), p pairs of input and output, c channels, s... space.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from surrogate import cores
from surrogate.datasets.dataset import Dataset
from surrogate.environment import choose_device
from surrogate.errors import InputError
from surrogate.evaluation.compare.comparison_result import Comparison, Contender, best_of
from surrogate.evaluation.compare.comparison_settings import CompareConfig
from surrogate.evaluation.compare.paired_difference import Difference, difference
from surrogate.evaluation.compare.trainings import trained_with
from surrogate.evaluation.evaluate import absent_on_clouds
from surrogate.evaluation.intervals import of_metric
from surrogate.evaluation.leaves import as_text
from surrogate.evaluation.metric import Values
from surrogate.evaluation.overview import overview_on
from surrogate.evaluation.predictions import accepted, errors_of, per_sample, samples_of, settle
from surrogate.evaluation.report.wording import grid_text
from surrogate.evaluation.rollout.rollout_error import Rollout, measure
from surrogate.evaluation.subject import opened
from surrogate.evaluation.timing.interleaved import Budget, interleaved
from surrogate.predictors.classical_solver import ClassicalSolver
from surrogate.predictors.predictor import ANSWERS_ALONE, FieldMap, Predictor, Samples
from surrogate.spaces import FieldSpec

# Of more runs than this only the first, and the best in a metric, are held against every other.
ALL_PAIRS = 4
_ROUNDS, _SECONDS = 7, 10.0
Notes = tuple[str, ...]


@cores.restored_afterwards()
def compare(config: CompareConfig) -> Comparison:
    """Return how the predictors that ``config`` names fare on the same samples.

    Raises:
        InputError: no run or no data there, runs that do not answer the same question, or a grid that one cannot take.
        SettingsError: no such device.
    """
    device = choose_device(config.device)
    _names(config.runs)
    predictors, data = opened(config, device)
    return measured(config, predictors, samples_of_all(config, predictors, data), data, device)


def samples_of_all(config: CompareConfig, predictors: Sequence[Predictor], data: Dataset) -> tuple[Samples, Notes]:
    """Return the samples that all are asked about, and in what their answers differ without harm.

    Raises:
        InputError: the predictors do not answer the same question, or not on the grid of the data.
    """
    notes = _refuse(predictors, data, config.data is not None)
    return samples_of(predictors[0], data, config.split), notes


def median_of(errors: Values) -> int:
    """Return the number of the pair of median error."""
    return int(np.argsort(errors, kind="stable")[len(errors) // 2])


def measured(
    config: CompareConfig,
    predictors: Sequence[Predictor],
    question: tuple[Samples, Notes],
    data: Dataset,
    device: torch.device,
    shown: Callable[[Values], int] = median_of,
) -> Comparison:
    """Return how predictors fare on the same samples; ``shown`` chooses the pair of the pictures by mean errors."""
    names = _names(config.runs)
    samples, notes = question
    problem = samples.problem

    surrogates = {name: one.surrogate for name, one in zip(names, predictors, strict=True) if one.surrogate is not None}
    if surrogates and (note := settle(next(iter(surrogates.values())), samples.inputs, config.batch_size)):
        notes += (f"{note}.",)
    seconds = _in_turn(surrogates, samples, config.batch_size, device)
    predictions = [one.answers(samples, config.batch_size).prediction for one in predictors]
    errors = [errors_of(samples, prediction, config.batch_size) for prediction in predictions]
    mean = np.mean([per_pair["relative_l2"] for per_pair in errors], axis=0)
    pair, steps = shown(mean), len(mean) // len(samples)
    rolled, without = _rolled_out(dict(zip(names, predictors, strict=True)), samples, config)
    notes += without
    contenders = []
    for name, predictor, prediction, per_pair in zip(names, predictors, predictions, errors, strict=True):
        each = {metric: per_sample(samples, values) for metric, values in per_pair.items()}
        rollout = rolled.get(name)
        if rollout is not None:
            each |= {"rollout_relative_l2": rollout.per_trajectory, "valid_time": rollout.long_run.valid_time}
        metrics = {metric: of_metric(metric, values) for metric, values in each.items()}
        maps = overview_on(problem, prediction, samples.outputs)
        contenders.append(Contender(name, predictor, metrics, each, seconds.get(name), maps, rollout, prediction[pair]))
    return Comparison(
        data=data,
        split=config.split,
        problem=problem,
        samples=len(samples),
        contenders=tuple(contenders),
        differences=_differences(contenders),
        sample=pair // steps,
        step=pair % steps,
        inputs=samples.inputs[pair],
        truth=samples.outputs[pair],
        settings=_settings(predictors),
        batch_size=config.batch_size,
        device=str(device),
        notes=notes + absent_on_clouds(problem) + _other_data(contenders, data),
    )


def _rolled_out(
    predictors: Mapping[str, Predictor], samples: Samples, config: CompareConfig
) -> tuple[dict[str, Rollout], tuple[str, ...]]:
    """Return the roll-out of each predictor, where all have one, and else which have none."""
    if samples.problem.task != "step" or not config.rollout:
        return {}, ()
    measured = {name: measure(one, samples, config.rollout, config.batch_size) for name, one in predictors.items()}
    without = [name for name, rolled in measured.items() if rolled is None]
    if without:
        return {}, (f"No roll-outs are compared: {', '.join(without)} {ANSWERS_ALONE}.",)
    return {name: rolled.rollout for name, rolled in measured.items() if rolled is not None}, ()


def _refuse(predictors: Sequence[Predictor], data: Dataset, given: bool) -> tuple[str, ...]:
    """Refuse what does not answer the same question on the grid of the data; return what is no obstacle."""
    first, notes = predictors[0], [note for note in (*(one.unverified for one in predictors), data.unverified) if note]
    for other in predictors[1:]:
        here, there = first.problem, other.problem
        apart = f"{other.path}: cannot be compared with {first.path}:"
        if here.task != there.task:
            raise InputError(f"{apart} its task is {there.task}, not {here.task}")
        for kind, mine, its in (
            ("outputs", here.target.fields, there.target.fields),
            ("inputs", here.channels, there.channels),
        ):
            if _listed(mine) != _listed(its):
                raise InputError(f"{apart} its {kind} are {_listed(its)}, not {_listed(mine)}")
        points, others = here.domain.points, there.domain.points
        if points != others and not given:
            raise InputError(
                f"{apart} it learned on {grid_text(others)} points, not on {grid_text(points)};"
                " data=FOLDER measures both on the grid of those data"
            )
    for one in predictors:
        accepted(one, data)
        points, trained = data.spec.domain.points, one.problem.domain.points
        if points != trained:
            notes.append(f"{one.path.name} learned on {grid_text(trained)} points, another grid.")
    return tuple(notes)


def _other_data(contenders: list[Contender], data: Dataset) -> tuple[str, ...]:
    """Return which learned from other data than the first did, or than those that are measured, or from unknown."""
    known = {one.name: one.predictor.record.data for one in contenders if one.predictor.record is not None}
    notes = [
        f"What {one.name} learned from is not known: samples of this split may be among it."
        for one in contenders
        if one.name not in known and not isinstance(one.predictor, ClassicalSolver)
    ]
    if not known:
        return tuple(notes)
    first, *others = known
    notes += [
        f"{name} learned from other data than {first} ({known[name].name}): what differs between the"
        " two is model and data at once, and samples of this split may be among those it learned from."
        for name in others
        if known[name].hash != known[first].hash
    ]
    if data.hash != known[first].hash:
        notes.append(f"{first} did not learn from these data.")
    return tuple(notes)


def _listed(fields: tuple[FieldSpec, ...]) -> str:
    return ", ".join(field.name for field in fields)


def _names(folders: tuple[Path, ...]) -> list[str]:
    """Return the last parts of the paths, as many as it takes to tell them apart."""
    for parts in range(1, max(len(folder.parts) for folder in folders) + 1):
        names = ["/".join(folder.parts[-parts:]) for folder in folders]
        if len(set(names)) == len(names):
            return names
    raise InputError(f"{folders[0]}: named twice; expected runs that differ")


def _in_turn(
    surrogates: Mapping[str, FieldMap], samples: Samples, batch_size: int, device: torch.device
) -> dict[str, float]:
    """Return the median seconds of one prediction of each surrogate, batches of one after the other's."""
    if not surrogates:
        return {}
    fields = torch.from_numpy(samples.inputs[:batch_size])

    def once(surrogate: FieldMap) -> Callable[[int], object]:
        batch = fields.to(surrogate.device)
        return lambda number: surrogate(batch)

    with torch.inference_mode():
        seconds = interleaved({name: once(one) for name, one in surrogates.items()}, Budget(_ROUNDS, _SECONDS), device)
    return {name: taken / len(fields) for name, taken in seconds.items()}


def _differences(contenders: Sequence[Contender]) -> tuple[Difference, ...]:
    differences = []
    for metric in contenders[0].per_sample:
        wanted = {contenders[0].name, best_of(contenders, metric).name}
        for one, two in itertools.combinations(contenders, 2):
            if len(contenders) <= ALL_PAIRS or wanted & {one.name, two.name}:
                values = one.per_sample[metric], two.per_sample[metric]
                differences.append(difference(metric, (one.name, two.name), values))
    return tuple(differences)


def _settings(predictors: Sequence[Predictor]) -> dict[str, tuple[str, ...]]:
    """Return the settings of training, and of the machine it ran on, that are not the same in all runs.

    What was made elsewhere has none.
    """
    trees = [
        {}
        if one.record is None
        else as_text({key: value for key, value in trained_with(one.record).items() if key != "out"})
        | as_text(one.record.environment.model_dump(mode="json", exclude={"commit"}), "environment.")
        | {"environment.commit": (one.record.environment.commit or "")[:10]}
        for one in predictors
    ]
    keys = dict.fromkeys(key for tree in trees for key in tree)
    texts = {key: tuple(tree.get(key, "") for tree in trees) for key in keys}
    return {
        key: values
        for key, values in texts.items()
        if len({value for value, tree in zip(values, trees, strict=True) if tree}) > 1
    }
