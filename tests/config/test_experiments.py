"""Every experiment composes, for `train` and for each stage of `run`."""

from __future__ import annotations

import pytest

from surrogate.cli.run import stages
from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.config.resources import groups
from surrogate.config.schema import EvalConfig, ExportConfig, GenerateConfig, TrainConfig

EXPERIMENTS = groups()["experiment"]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_stage_of_an_experiment_is_valid(name):
    trees = stages([f"experiment={name}"], None)
    for stage, settings in {
        "generate": GenerateConfig,
        "train": TrainConfig,
        "eval": EvalConfig,
        "export": ExportConfig,
    }.items():
        read(settings, trees[stage])


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_what_is_generated_is_what_is_trained_on(name):
    trees = stages([f"experiment={name}"], None)
    assert trees["generate"]["out"] == trees["train"]["data"]
    assert trees["train"]["out"] == trees["eval"]["run"] == trees["export"]["run"]


def test_a_word_behind_a_stage_reaches_that_stage_alone():
    trees = stages(["experiment=demo", "generate.count.train=9", "trainer.epochs=2", "eval.bootstrap=7"], None)
    assert trees["generate"]["count"]["train"] == 9
    assert trees["train"]["trainer"]["epochs"] == 2
    assert trees["eval"]["bootstrap"] == 7


def test_an_experiment_is_also_one_of_train():
    tree = compose_tree("train", ["experiment=navier_stokes_fno"])
    assert tree["residual"] is True
