"""Every experiment composes, for `train` and for each stage of `run`."""

from __future__ import annotations

import pytest

from surrogate.cli.run import stages
from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.config.resources import groups
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.exporters._export_settings import ExportConfig
from surrogate.predictors.surrogate import build
from surrogate.spaces import DataSpec
from surrogate.training.schedule import Moment, factor
from surrogate.training.training_settings import TrainConfig

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
    trees = stages(["experiment=demo", "generate.count.train=9", "trainer.epochs=2", "eval.rollout=7"], None)
    assert trees["generate"]["count"]["train"] == 9
    assert trees["train"]["trainer"]["epochs"] == 2
    assert trees["eval"]["rollout"] == 7


def test_an_experiment_is_also_one_of_train():
    tree = compose_tree("train", ["experiment=navier_stokes_fno"])
    assert tree["residual"] is True


def specification(generate: GenerateConfig) -> DataSpec:
    return generate.equation.specification(generate.grid, generate.task)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_model_of_an_experiment_takes_its_data(name):
    trees = stages([f"experiment={name}"], None)
    train, generate = read(TrainConfig, trees["train"]), read(GenerateConfig, trees["generate"])
    surrogate = build(train, specification(generate).problem(train.task))
    assert sum(p.numel() for p in surrogate.parameters()) > 0


@pytest.mark.parametrize(
    ("name", "published"),
    [("paper_darcy_rough", 572_661), ("paper_darcy_multiscale", 572_661), ("paper_darcy_smooth", 678_093)],
)
def test_the_published_networks_have_their_published_size(name, published):
    """He, Liu, Xu (2024), arXiv:2310.19809: the paper's 0.57 M, and the released classes."""
    trees = stages([f"experiment={name}"], None)
    train, generate = read(TrainConfig, trees["train"]), read(GenerateConfig, trees["generate"])
    surrogate = build(train, specification(generate).problem(train.task))
    assert sum(p.numel() for p in surrogate.parameters()) == published


def test_the_published_rates_of_mgno_run_from_half_the_largest_to_a_hundredth_of_that():
    train = read(TrainConfig, stages(["experiment=paper_darcy_rough"], None)["train"])
    epochs = train.trainer.epochs
    rates = [train.optimizer.lr * factor(train.schedule, Moment(epoch * 160, 160, epochs)) for epoch in range(epochs)]
    assert rates[0] == pytest.approx(2.5e-4)
    assert max(rates) == pytest.approx(5e-4)
    assert rates.index(max(rates)) == epochs // 5 - 1
    assert rates[-1] == pytest.approx(2.5e-6)
