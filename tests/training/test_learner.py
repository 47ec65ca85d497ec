"""The laws of one step, on the smallest surrogate there is: one number times the field."""

from pathlib import Path

import pytest
import torch
from torch import nn

from surrogate.capabilities import Capabilities
from surrogate.errors import SettingsError
from surrogate.models._neural_operator import NeuralOperator
from surrogate.predictors.normalisers import Normaliser
from surrogate.predictors.surrogate import Surrogate
from surrogate.predictors.tensor_files import parse_tensors, tensor_bytes
from surrogate.registry import OPTIMIZERS
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem
from surrogate.training.learner import Learner
from surrogate.training.training_settings import TrainerConfig

INPUTS = torch.linspace(1, 2, 32).reshape(4, 1, 8)
OUTPUTS = 3 * INPUTS


class Times(NeuralOperator):
    capabilities = Capabilities()

    def __init__(self):
        super().__init__()
        self.number = nn.Parameter(torch.tensor(1.0))

    def forward(self, field):
        return self.number * field


def supervised(loss):
    return lambda predict, inputs, outputs: loss(predict(inputs), outputs)


def square(prediction, target):
    return (prediction - target).square().flatten(1).mean(1)


class LastChannelFirst(NeuralOperator):
    """A convolution whose weights lie channels last in memory, (b, 1, n) to (b, 1, n)."""

    capabilities = Capabilities()

    def __init__(self):
        super().__init__()
        self.inner = nn.Conv2d(1, 3, 3, padding=1)
        self.outer = nn.Conv2d(3, 1, 3, padding=1)
        self.to(memory_format=torch.channels_last)

    def forward(self, field):
        return self.outer(self.inner(field[..., None]))[..., 0]


def learner(loss=square, optimizer="adam", weight_decay=0.0, operator=None, **changes):
    problem = Problem.on_grid(
        inputs=(FieldSpec(name="a", unit="1", role="constant"),),
        outputs=(FieldSpec(name="u", unit="1", role="state"),),
        grid=Grid.box((8,), "cells"),
        boundary=Boundary.uniform("dirichlet", 1),
        task="map",
    )
    nothing = Normaliser("none", 1, (8,)), Normaliser("none", 1, (8,))
    values = {
        "epochs": 1,
        "batch_size": 1,
        "grad_clip": None,
        "ema": None,
        "augment": False,
        "early_stop": None,
        "precision": "float32",
    }
    values |= {"device": "cpu", "deterministic": False, "max_seconds": None}
    return Learner(
        Surrogate(operator or Times(), nothing, problem, False),
        supervised(loss),
        OPTIMIZERS.read({"name": optimizer, "lr": 1.0, "weight_decay": weight_decay}),
        TrainerConfig(**(values | changes)),
    )


def step(made, outputs, rate):
    return made.step(iter([(INPUTS, outputs)]), [1 / len(INPUTS)], rate)


def number(surrogate):
    return float(surrogate.operator.number.detach())


def test_a_step_goes_downhill_and_tells_the_loss_before_it():
    made = learner()
    assert step(made, OUTPUTS, 0.1) == pytest.approx(float(square(INPUTS, OUTPUTS).mean()))
    assert step(made, OUTPUTS, 0.1) < float(square(INPUTS, OUTPUTS).mean())


def test_the_first_step_of_adam_is_as_long_as_the_rate():
    made = learner()
    step(made, OUTPUTS, 0.25)
    assert number(made.surrogate) == pytest.approx(1.25)


def test_the_decay_of_adamw_acts_on_the_weights_and_that_of_adam_on_the_gradient():
    decoupled, coupled = learner(optimizer="adamw", weight_decay=0.5), learner(weight_decay=0.5)
    step(decoupled, INPUTS, 0.1)
    step(coupled, INPUTS, 0.1)
    assert number(decoupled.surrogate) == pytest.approx(1 - 0.1 * 0.5)
    assert number(coupled.surrogate) == pytest.approx(1 - 0.1)


def test_the_average_is_the_geometric_sum_of_the_weights():
    made, decay = learner(ema=0.8), 0.8
    seen = [number(made.surrogate)]
    for _ in range(10):
        step(made, OUTPUTS, 0.05)
        seen.append(number(made.surrogate))
    expected = decay**10 * seen[0] + (1 - decay) * sum(decay ** (10 - i) * seen[i] for i in range(1, 11))
    assert number(made.evaluated) == pytest.approx(expected, rel=1e-5)


def test_without_an_average_the_weights_themselves_are_evaluated():
    made = learner()
    assert made.evaluated is made.surrogate


def test_clipping_bounds_the_gradient_and_keeps_smaller_ones():
    for bound in (0.5, 1e6):
        made = learner(grad_clip=bound)
        step(made, OUTPUTS, 0.1)
        moment = float(made.tensors()["optimizer.operator.number.exp_avg"])
        free = learner()
        step(free, OUTPUTS, 0.1)
        unclipped = float(free.tensors()["optimizer.operator.number.exp_avg"])
        assert moment == pytest.approx(-0.1 * bound if bound < 1 else unclipped, rel=1e-4)


def poisoned(kind):
    """Return a loss that is not finite, or whose gradient is not although it is itself."""
    if kind == "loss":
        return lambda prediction, target: prediction.flatten(1).mean(1) * float("nan")
    return lambda prediction, target: (prediction - prediction.detach()).abs().pow(0.5).flatten(1).mean(1)


@pytest.mark.parametrize("kind", ["loss", "gradient"])
def test_a_gradient_that_is_not_finite_changes_nothing(kind):
    made = learner(ema=0.5)
    step(made, OUTPUTS, 0.1)
    before = {name: tensor.clone() for name, tensor in made.tensors().items()}
    made.replicas.graded.objective = supervised(poisoned(kind))
    assert step(made, OUTPUTS, 0.1) is None
    assert all(torch.equal(tensor, before[name]) for name, tensor in made.tensors().items())
    made.replicas.graded.objective = supervised(square)
    assert step(made, OUTPUTS, 0.1) is not None


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "soap"])
def test_a_restored_learner_goes_on_bit_for_bit(optimizer, tmp_path):
    straight, broken = (learner(ema=0.9, optimizer=optimizer, weight_decay=0.1) for _ in range(2))
    for _ in range(3):
        step(straight, OUTPUTS, 0.1)
    tensors = {name: tensor.clone() for name, tensor in straight.tensors().items()}
    broken.restore(tensors, tmp_path)
    for made in (straight, broken):
        step(made, OUTPUTS, 0.1)
    assert all(torch.equal(tensor, broken.tensors()[name]) for name, tensor in straight.tensors().items())


def test_weights_that_are_not_finite_are_noticed():
    made = learner()
    assert made.is_finite()
    with torch.no_grad():
        made.parameters[0].fill_(float("inf"))
    assert not made.is_finite()


def test_a_precision_that_the_device_does_not_have_is_refused():
    with pytest.raises(SettingsError, match=r"trainer.precision=float16: cpu has bfloat16, float32, float64"):
        learner(precision="float16")


def test_bfloat16_steps_keep_the_weights_in_float32():
    made = learner(precision="bfloat16")
    assert step(made, OUTPUTS, 0.1) is not None
    assert made.parameters[0].dtype == torch.float32


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "soap"])
def test_what_is_read_back_lies_in_memory_as_it_did(optimizer):
    torch.manual_seed(0)
    one, other = (learner(optimizer=optimizer, operator=LastChannelFirst(), ema=0.9) for _ in range(2))
    for _ in range(3):
        step(one, OUTPUTS, 0.1)
    other.restore(parse_tensors(tensor_bytes(one.tensors()), Path("state")), Path("state"))
    assert not one.tensors()["weights.operator.outer.weight"].is_contiguous()
    assert layout(other) == layout(one)
    assert step(one, OUTPUTS, 0.1) == step(other, OUTPUTS, 0.1)
    assert all(torch.equal(tensor, other.tensors()[name]) for name, tensor in one.tensors().items())


def layout(made):
    return {name: (tensor.dtype, tensor.stride(), tensor.data_ptr() % 64) for name, tensor in made.tensors().items()}
