"""What a surrogate is compared with: the baselines that can be had, and why not the others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.errors import DamageError, SurrogateError
from surrogate.evaluation.baselines.pod_ridge import pod_ridge
from surrogate.evaluation.baselines.solver_baseline import half_grid
from surrogate.evaluation.baselines.untrained import nearest_training_sample, persistence, training_mean
from surrogate.evaluation.intervals import Interval
from surrogate.evaluation.predictions import errors_of, intervals_of, learned_from, read_samples
from surrogate.evaluation.report.wording import grid_text
from surrogate.predictors.predictor import Field, Predictor, Samples
from surrogate.spaces import Problem

BaselineErrors = dict[str, dict[str, Interval]]


def baselines(
    predictor: Predictor, data: Dataset, samples: Samples, batch_size: int, seconds: float, cache: Path
) -> tuple[BaselineErrors, Mapping[str, str]]:
    """Return the errors of the baselines that can be had, and for the others the reason why not.

    Args:
        predictor: what they are compared with; three of them learn from its training data.
        data: of the samples.
        samples: which are predicted.
        batch_size: pairs that are measured at once.
        seconds: given to the solver on half the grid; 0: it is left out without a word.
        cache: a folder for its solutions.
    """
    errors: BaselineErrors = {}
    omitted: dict[str, str] = {}

    def add(name: str, prediction: Field) -> None:
        errors[name] = intervals_of(samples, errors_of(samples, prediction, batch_size))

    known = _training_pairs(predictor, data, samples.problem)
    if not isinstance(known, str) and not _on_the_same_points(known, samples):
        known = "the points differ from sample to sample"
    if isinstance(known, str):
        omitted = dict.fromkeys(("training_mean", "nearest_training_sample", "pod_ridge"), known)
    else:
        pairs = known.inputs, known.outputs
        add("training_mean", training_mean(known.outputs, len(samples.outputs)))
        add("nearest_training_sample", nearest_training_sample(samples.inputs, *pairs))
        add("pod_ridge", pod_ridge(samples.inputs, *pairs))
    if samples.problem.takes_state:
        add("persistence", persistence(samples.inputs, len(samples.problem.target.fields)))
    if seconds > 0:
        try:
            add("half_grid", half_grid(data, samples.split, samples.problem, samples.inputs, seconds, cache))
        except DamageError:
            raise
        except SurrogateError as error:
            omitted["half_grid"] = str(error)
    return errors, omitted


def _on_the_same_points(known: Samples, samples: Samples) -> bool:
    """Return whether all samples lie on the same points, as on a grid they do."""
    placing = len(samples.problem.placing)
    points = samples.inputs[:1, :placing]
    return all(bool((each.inputs[:, :placing] == points).all()) for each in (known, samples))


def _training_pairs(predictor: Predictor, data: Dataset, problem: Problem) -> Samples | str:
    """Return what the predictor learned from, or why that is not to be had.

    Of one made elsewhere it is not known; what learns nothing then learns from the training samples of ``data``.
    """
    record, trained = predictor.record, predictor.problem
    if problem.domain.points != trained.domain.points:
        there, here = grid_text(trained.domain.points), grid_text(problem.domain.points)
        return f"the training data lie on a {trained.domain.kind} of {there} points, these on {here}"
    try:
        if record is None:
            return read_samples(problem, data, "train")
        path = learned_from(predictor, data)
        assert path is not None  # what has a record knows where its data lay
        used = open_dataset(path, record.settings.trainer.samples)
        if used.hash != record.data.hash:
            return f"{path} has changed since the run was trained on it"
        return read_samples(trained, used, "train")
    except DamageError:
        raise
    except SurrogateError as error:
        return f"the training data are not there: {error}"
