"""A step surrogate applied to its own output, again and again, and how far that strays from the truth.

Shapes: n trajectories, t steps, h frames that go in, c channels, s... space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.evaluation.intervals import Interval, of_metric
from surrogate.evaluation.metric import Values
from surrogate.evaluation.rollout.long_run import LongRun, long_run
from surrogate.norms import relative_l2
from surrogate.predictors.asking import in_batches
from surrogate.predictors.predictor import FieldMap, Predictor, Samples
from surrogate.predictors.rollout import roll_out
from surrogate.spaces import Problem

Field = NDArray[np.float32]


@dataclass(frozen=True)
class Rollout:
    """A roll-out beside persistence, and one trajectory of it to look at.

    Attributes:
        relative_l2: mean over trajectories of the relative L2 error after each step, ``(t,)``.
        per_trajectory: mean over steps of the relative L2 error of each trajectory, ``(n,)``.
        persistence: as ``relative_l2``, of the last frame given, kept for ever.
        times: after each step, ``(t,)``.
        sample: index of the trajectory of median error.
        truth: its states after each step, ``(t, c, s...)``.
        prediction: what the roll-out gives for them.
        long_run: how long it is valid, and what it is afterwards.
    """

    relative_l2: Values
    per_trajectory: Values
    persistence: Values
    times: Values
    sample: int
    truth: Field
    prediction: Field
    long_run: LongRun


@dataclass(frozen=True)
class RolledOut:
    """Roll-outs of trajectories, and their figures: of the surrogate and of persistence."""

    rollout: Rollout
    metrics: dict[str, Interval]
    persistence: dict[str, Interval]


def measure(predictor: Predictor, samples: Samples, steps: int, batch_size: int) -> RolledOut | None:
    """Return how far roll-outs from the first frames stray within ``steps`` steps, or as far as the data reach.

    None where the predictor has none.

    Args:
        predictor: of one step.
        samples: trajectories, on the grid of the data; the first frames are those given in the first of their pairs.
        steps: at most so many.
        batch_size: trajectories at once.
    """
    states, problem, times = samples.states, samples.problem, samples.times
    history = problem.history
    truth = states[:, history : history + steps]
    prediction = predictor.rolled_out(samples, truth.shape[1], batch_size)
    if prediction is None:
        return None
    weights = problem.weights(torch.from_numpy(samples.inputs[:: len(samples.inputs) // len(samples)]))
    after = errors_after_steps(prediction, truth, problem, weights)
    still = np.broadcast_to(states[:, history - 1 : history], truth.shape)
    persistence = errors_after_steps(still, truth, problem, weights)
    apart, domain, boundary = times[history] - times[history - 1], problem.domain, problem.target.boundary
    periodic = () if boundary is None else boundary.periodic
    shares = None if weights is None else weights.double().numpy()
    ours, theirs = (long_run(fields, truth, domain, periodic, apart, shares) for fields in (prediction, still))
    middle = int(np.argsort(after.mean(axis=1), kind="stable")[len(states) // 2])
    rollout = Rollout(
        relative_l2=after.mean(axis=0),
        per_trajectory=after.mean(axis=1),
        persistence=persistence.mean(axis=0),
        times=np.array(times[history : history + truth.shape[1]]),
        sample=middle,
        truth=truth[middle],
        prediction=prediction[middle],
        long_run=ours,
    )

    def figures(errors: Values, run: LongRun) -> dict[str, Interval]:
        values = {"rollout_relative_l2": errors.mean(axis=1), "valid_time": run.valid_time}
        return {name: of_metric(name, each) for name, each in values.items()}

    return RolledOut(rollout, figures(after, ours), figures(persistence, theirs))


def semi_group_defect(surrogate: FieldMap, samples: Samples, batch_size: int) -> Values:
    """Return how far one step of twice the lead time is from two steps, relative L2, one number for each pair.

    The solutions of an equation that does not depend on time are a semi-group, ``S(2 t) = S(t) S(t)``: a surrogate that
    takes the lead time should be one too, and here needs no truth to be judged.
    """
    problem = samples.problem
    lead = len(problem.channels) - 1 - len(problem.target.fields) * problem.history

    def defects(once: Tensor) -> Tensor:
        twice = once.clone()
        twice[:, lead] *= 2
        steps = roll_out(surrogate, problem, once, 2)[:, -1].double()
        return relative_l2(surrogate(twice).double(), steps, problem.target, problem.weights(once))

    return in_batches(defects, samples.inputs, batch_size, surrogate)


def errors_after_steps(prediction: Field, truth: Field, problem: Problem, weights: Tensor | None = None) -> Values:
    """Return the relative L2 error of every trajectory after every step, ``(n, t)``, of states ``(n, t, c, s...)``.

    On a cloud their points have quadrature ``weights`` ``(n, s...)``.
    """
    errors = []
    for t in range(truth.shape[1]):
        after, true = (torch.from_numpy(states[:, t].astype(np.float64)) for states in (prediction, truth))
        errors.append(relative_l2(after, true, problem.target, weights).numpy())
    return np.stack(errors, axis=1)
