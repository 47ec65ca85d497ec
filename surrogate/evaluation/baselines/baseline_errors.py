"""What a surrogate is compared with: the baselines that can be had, and why not the others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.datasets.windows import cut, one_step, windows
from surrogate.errors import DamageError, SurrogateError
from surrogate.evaluation.baselines.pod_ridge import pod_ridge
from surrogate.evaluation.baselines.solver_baseline import half_grid
from surrogate.evaluation.baselines.untrained import nearest_training_sample, persistence, training_mean
from surrogate.evaluation.intervals import Interval
from surrogate.evaluation.predictions import Field, Measured
from surrogate.evaluation.report.wording import grid_text
from surrogate.predictors.runs import Run
from surrogate.spaces import Problem, Split

Found = dict[str, dict[str, Interval]]


def baselines(
    run: Run, data: Dataset, split: Split, measured: Measured, seconds: float, cache: Path
) -> tuple[Found, Mapping[str, str]]:
    """Return the errors of the baselines that can be had, and for the others the reason why not.

    Args:
        run: what they are compared with; three of them learn from its training data.
        data: which are predicted.
        split: of them.
        measured: the pairs of that split.
        seconds: given to the solver on half the grid; 0: it is left out without a word.
        cache: a folder for its solutions.
    """
    found: Found = {}
    omitted: dict[str, str] = {}

    def add(name: str, prediction: Field) -> None:
        found[name] = measured.intervals(measured.errors(prediction))

    known = _training_pairs(run, measured.problem)
    if isinstance(known, str):
        omitted = dict.fromkeys(("training_mean", "nearest_training_sample", "pod_ridge"), known)
    else:
        add("training_mean", training_mean(known[1], len(measured.outputs)))
        add("nearest_training_sample", nearest_training_sample(measured.inputs, *known))
        add("pod_ridge", pod_ridge(measured.inputs, *known))
    if measured.problem.takes_state:
        add("persistence", persistence(measured.inputs, len(measured.problem.target.fields)))
    if seconds > 0:
        try:
            add("half_grid", half_grid(data, split, measured.problem, measured.inputs, seconds, cache))
        except DamageError:
            raise
        except SurrogateError as error:
            omitted["half_grid"] = str(error)
    return found, omitted


def _training_pairs(run: Run, problem: Problem) -> tuple[Field, Field] | str:
    """Return the inputs and outputs the run learned from, or why they are not to be had."""
    path, trained = run.record.settings.data, run.record.problem
    if problem.grid.points != trained.grid.points:
        there, here = grid_text(trained.grid.points), grid_text(problem.grid.points)
        return f"the training data lie on a grid of {there} points, these on {here}"
    try:
        data = open_dataset(path, run.record.settings.trainer.samples)
        if data.hash != run.record.data.hash:
            return f"{path} has changed since the run was trained on it"
        return cut(windows(data.spec.times, trained.task, one_step(trained)), *data.read("train"))
    except DamageError:
        raise
    except SurrogateError as error:
        return f"the training data are not there: {error}"
