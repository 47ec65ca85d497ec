"""What surrounds an operator nests in one order, and each layer can say what the one within it has to give."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from surrogate.capabilities import Capabilities
from surrogate.domains import Boundary, Grid
from surrogate.models._neural_operator import NeuralOperator
from surrogate.predictors.added import Added
from surrogate.predictors.held_values import HeldValues
from surrogate.predictors.normalised import Normalised
from surrogate.predictors.normalisers import Normaliser
from surrogate.predictors.other_grids import OffGrid
from surrogate.predictors.predictor import refusal, refusal_on
from surrogate.predictors.range_checked import RangeChecked
from surrogate.predictors.recorded import recorded
from surrogate.predictors.resampled import Resampled
from surrogate.predictors.surrogate import Surrogate
from surrogate.predictors.vanishing import Vanishing
from surrogate.predictors.wrapper import nested
from surrogate.spaces import DataSpec, FieldSpec, Problem

COEFFICIENT, STATE = FieldSpec(name="a", unit="1", role="constant"), FieldSpec(name="u", unit="m", role="state")
GRID = Grid.box((8, 8), "cells")
PROBLEM = Problem.on_grid((COEFFICIENT, STATE), (STATE,), GRID, Boundary.uniform("dirichlet", 2), "step")
ORDER = (RangeChecked, Added, Vanishing, Resampled, Normalised)


class Scripted(NeuralOperator):
    """Gives what it was told to, on grids of at least four points."""

    def __init__(self, resolutions="own"):
        super().__init__()
        self.capabilities = Capabilities(resolutions=resolutions)
        self.answer = None

    def forward(self, fields):
        if min(fields.shape[2:]) < 4:
            raise ValueError(f"so few points {tuple(fields.shape[2:])}")
        return fields[:, -1:] / 2 if self.answer is None else self.answer


def fields(points=(8, 8), seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [10 + torch.randn(5, channels, *points, generator=generator) for channels in (2, 1)]


def made(residual=False, off=False, hold=False, kind="channel", resolutions="own"):
    """Return a fitted surrogate with what is asked for around its operator."""
    normalisers = Normaliser(kind, 2, (8, 8)), Normaliser(kind, 1, (8, 8))
    off_grid = OffGrid(GRID, PROBLEM.boundary, None) if off else None
    held = HeldValues(PROBLEM) if hold else None
    surrogate = Surrogate(Scripted(resolutions), normalisers, PROBLEM, residual, off_grid, held)
    surrogate.fit(*fields())
    return surrogate


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("off", [False, True])
@pytest.mark.parametrize("hold", [False, True])
def test_whatever_is_asked_for_nests_in_one_order(residual, off, hold):
    places = [
        next(n for n, kind in enumerate(ORDER) if isinstance(one, kind)) for one in nested(made(residual, off, hold))
    ]
    assert places == sorted(set(places))
    assert (1 in places, 2 in places, 3 in places) == (residual or hold, hold, off)


@pytest.mark.parametrize(("residual", "off"), [(False, False), (True, False), (True, True)])
def test_an_operator_that_gives_its_target_makes_the_outputs(residual, off):
    surrogate, (inputs, outputs) = made(residual, off), fields(seed=1)
    wanted = outputs
    for one in nested(surrogate):
        wanted = one.inner_target(inputs, wanted)
    surrogate.operator.answer = wanted
    torch.testing.assert_close(surrogate(inputs), outputs)


def test_a_wall_takes_the_values_of_what_is_added_whatever_the_operator_gives():
    surrogate, (inputs, _) = made(residual=True, hold=True), fields()
    surrogate.operator.answer = torch.zeros(5, 1, 8, 8)
    one = surrogate(inputs) - inputs[:, -1:]
    assert float(one[..., 0, :].abs().max()) < float(one[..., 4, :].abs().max())


@pytest.mark.parametrize("points", [(8, 8), (16, 16), (12, 20), (2, 2)])
@pytest.mark.parametrize(
    "words",
    [
        {},
        {"resolutions": "any"},
        {"resolutions": "same"},
        {"off": True},
        {"kind": "pointwise", "resolutions": "any"},
        {"residual": True, "hold": True, "resolutions": "any"},
    ],
)
def test_what_it_accepts_is_what_it_answers(points, words):
    surrogate = made(**words)
    reason = refusal_on(surrogate, points)
    try:
        answer = surrogate(fields(points)[0])
    except ValueError:
        assert reason is not None
    else:
        # An operator tied to its grid may well compute on another; that it means nothing there is what it declares.
        assert reason is None or "is tied to 8 x 8 points" in reason
        assert answer.shape[2:] == points


def test_other_numbers_of_fields_are_refused_by_name():
    other = Problem.on_grid((STATE,), (STATE,), GRID, PROBLEM.boundary, "step")
    assert refusal(made(), other) == "1 input fields, this surrogate has 2: a, u"


def spec(task="map", times=(0.0,), states=1, points=(6, 5)):
    named = tuple(STATE.model_copy(update={"name": f"u{k}"}) for k in range(states))
    return DataSpec(
        equation="test",
        grid=Grid.box(points, "cells"),
        boundary=Boundary.uniform("dirichlet", 2),
        fields=(COEFFICIENT, *named),
        times=times,
        task=task,
    )


STEPS = {"task": "step", "times": (0.0, 0.1, 0.2)}
LYING = {
    "channels first": ({}, (4, 1, 6, 5), (4, 1, 1, 6, 5)),
    "no channel": ({}, (4, 6, 5), (4, 1, 1, 6, 5)),
    "channels last": ({"states": 2}, (4, 6, 5, 2), (4, 1, 2, 6, 5)),
    "final frame of several": ({"times": (0.0, 1.0)}, (4, 2, 6, 5), (4, 1, 1, 6, 5)),
    "steps": (STEPS, (4, 2, 1, 6, 5), (4, 2, 1, 6, 5)),
    "steps, channels last": (STEPS | {"states": 2}, (4, 2, 6, 5, 2), (4, 2, 2, 6, 5)),
    "a step from two": (STEPS, (4, 1, 1, 6, 5), (4, 1, 1, 6, 5)),
    "trajectories": (STEPS, (4, 3, 6, 5), (4, 2, 1, 6, 5)),
}


@pytest.mark.parametrize("name", LYING)
def test_predictions_are_read_as_they_lie(name, tmp_path):
    changed, shape, laid = LYING[name]
    values = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    predictions = recorded({"": values}, tmp_path / "u.npy", "0", spec(**changed), "hash", "test", {"test": 4})
    assert predictions.values.shape == laid
    assert predictions.rolled == (name == "trajectories")
    if "last" in name:
        assert (predictions.values[..., 0, 2, 3] == values[..., 2, 3, 0].reshape(predictions.values.shape[:2])).all()
