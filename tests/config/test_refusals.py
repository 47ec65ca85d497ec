"""A value that does not fit is one line of ours: the key as typed, what was expected, what was given."""

from __future__ import annotations

import re

import pytest

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.config.words import prepared
from surrogate.errors import SurrogateError, UsageError
from surrogate.evaluation.compare.comparison_settings import CompareConfig
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.gate.gate_settings import GateConfig
from surrogate.interface.typed_settings import generate_settings, train_settings

READERS = {
    "train": train_settings,
    "generate": generate_settings,
    "eval": lambda tree: read(EvalConfig, tree),
    "compare": lambda tree: read(CompareConfig, tree),
    "gate": lambda tree: read(GateConfig, tree),
}

VALUES = [
    ("eval predictor=solver data=d solver.coarser=3", "solver.coarser: expected 1, 2, 4, 8, 16 or 32, got 3"),
    ("eval run=r trust=x", "trust: expected sha256: and 64 digits of 0-9 and a-f, got 'x'"),
    ("train trainer.batch_size=9999999999", "trainer.batch_size: expected a number of at most 1,000,000,000, got 99"),
    ("generate recipe=burgers cluster.kind=null", "cluster.kind: expected none, local, slurm, got null"),
    ("train schedule.name=null", "there is no schedule None; known: constant"),
    ("generate recipe=burgers grid=16.0", "grid: expected integers, as in grid=64 or 'grid=[64,64]', got 16.0"),
    ("generate recipe=burgers grid=[16.0]", "grid: expected an integer, got 16.0 in [16.0]"),
    ("generate recipe=burgers grid=[2]", "grid: expected a number of at least 4, got 2 in [2]"),
    ("generate recipe=burgers count=5", "count: expected settings of its own, as in KEY.NAME=VALUE, got 5"),
    ("generate recipe=burgers cluster.kind=slurmm", "cluster.kind: expected none, local, slurm, got 'slurmm'; did you"),
    ("generate recipe=burgers equation.viscosity=high", "equation.viscosity: expected a number, got 'high'"),
    ("generate recipe=burgers equation.initial.tau=x", "equation.initial.tau: expected a number, got 'x'"),
    ("generate recipe=burgers equation=burgers", "it comes with its recipe, recipe=burgers"),
    ("train model.n_modes=[6,0]", "model.n_modes: expected a number greater than 0, got 0 in [6, 0]"),
    ("train model.hidden_channels=0", "model.hidden_channels: expected a number greater than 0, got 0"),
    ("train model=deeponet model.branch=mpl", "model.branch: expected mlp or cnn, got 'mpl'; did you mean 'mlp'?"),
    ("train trainer.epochs=1.5", "trainer.epochs: expected an integer, got 1.5"),
    ("train trainer.epochs=null", "trainer.epochs: expected an integer, got null"),
    ("train trainer.epochs=", "trainer.epochs: expected an integer, got ''"),
    ("train trainer.augment=yes", "trainer.augment: expected true or false, got 'yes'"),
    ("train trainer.device=gpu", "trainer.device: expected auto, cpu, cuda or cuda:NUMBER, got 'gpu'"),
    ("train trainer.ema=1.0", "trainer.ema: expected a number less than 1, got 1.0"),
    ("train optimizer.betas=[0.9]", "optimizer.betas: expected more entries than 1, got [0.9]"),
    ("train optimizer.betas=[0.9,2]", "optimizer.betas: expected a number less than 1, got 2 in [0.9, 2]"),
    ("train optimizer.lr=fast", "optimizer.lr: expected a number, got 'fast'"),
    ("train +lr=1", "lr: there is no such setting; did you mean 'optimizer.lr'?"),
    ("train +trainer.epochs=1", "+trainer.epochs: a + adds what is not there"),
    ("train ~trainer.epochs", "~trainer.epochs: no setting can be taken away"),
    ("train model.name=mgno", "model.name=mgno: would leave another model's settings; choose it by model=mgno"),
    ("train model=null", "there is no model 'null'"),
    ("train seed=1,2", "several values are a sweep, 'surrogate train -m'"),
    ("train seed=1 seed=2", "seed: given twice, as '1' and as '2'; give it once"),
    ("train recipe=burgers", "it belongs to 'surrogate generate'"),
    ("train equation.viscosity=1", "it belongs to 'surrogate generate'"),
    ("eval run=r model=fno", "it belongs to 'surrogate train'"),
    ("eval run=r device=gpu", "device: expected auto, cpu, cuda or cuda:NUMBER, got 'gpu'"),
    ("eval runs=[a]", "runs: expected at least 2 entries, got 1: ["),
    ("train logger=wandb", "surrogate train takes data, out"),
    (
        "gate run=r baseline=g metrics=max_error",
        "metrics: expected a list, as in 'metrics=[max_error]', got 'max_error'",
    ),
]


def refusal(line: str) -> str:
    command, *words = line.split()
    words += ["data=d"] if command == "train" else []
    with pytest.raises(SurrogateError) as caught:
        READERS[command](compose_tree(command, prepared(words, command)))
    return str(caught.value)


@pytest.mark.parametrize(("line", "message"), VALUES)
def test_what_does_not_fit_is_said_in_one_line_of_ours(line, message):
    answer = refusal(line)
    assert message in answer
    assert not re.search("\n|validation error|pydantic|Input should|String should|type=|Hydra", answer)
    assert len(answer) <= 6 * 80


def test_the_settings_of_a_stage_are_named_as_they_were_typed():
    tree = compose_tree("eval", prepared(["run=r", "batch_size=0"]))
    with pytest.raises(SurrogateError, match=r"^eval\.batch_size: expected a number greater than 0, got 0$"):
        read(EvalConfig, tree, "eval.")


def test_what_a_stage_does_not_take_is_suggested_with_its_prefix():
    with pytest.raises(UsageError, match=r"eval\.bs: .* did you mean 'eval\.batch_size'"):
        compose_tree("eval", prepared(["run=r", "bs=3"]), None, "eval.")
