"""The equation's own residual as a loss, and labels that are left out."""

import json
from pathlib import Path

import pytest
import torch
import yaml

from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.generation import generate
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.errors import SettingsError
from surrogate.predictors.runs import load_run
from surrogate.training.items import Held
from surrogate.training.physics import judged, with_labels
from surrogate.training.train import train
from surrogate.training.window_items import WindowItems, training_windows

RECIPES = Path(__file__).parents[2] / "data_recipes"


@pytest.fixture(scope="module")
def darcy(tmp_path_factory):
    """24 train and 8 valid flows on 8 x 8 cells, solved there."""
    settings = yaml.safe_load((RECIPES / "darcy_rough.yaml").read_text(encoding="utf-8"))
    settings["equation"] |= {"refine": 1, "resolution": 1, "match": None}
    settings["certificate"] |= {"samples": 2, "floor": 1.0, "second": 1.0}
    settings |= {"grid": 8, "count": {"train": 24, "valid": 8, "test": 0}, "part_size": 32, "seed": 0, "workers": 1}
    settings |= {"device": "cpu", "block": None, "cluster": {"kind": "none"}, "match": None}
    out = tmp_path_factory.mktemp("flows") / "darcy"
    for _ in generate(GenerateConfig.model_validate_json(json.dumps(settings | {"out": str(out)})), lambda: False):
        pass
    return open_dataset(out)


def test_the_residual_of_the_labels_is_told_before_training(settings, darcy, tmp_path):
    lines = []
    config = settings(darcy, tmp_path / "run", "physics=residual", "trainer.epochs=1")
    next(train(config, lambda: False, lines.append))
    assert [line for line in lines if line.startswith("the labels' own residual is")] != []


def trained(settings, dataset, out, *words):
    config = settings(dataset, out, "loss=relative_l2", "model.n_modes=4", "optimizer.lr=1e-2", *words)
    return list(train(config, lambda: False))


def test_training_by_the_equation_alone_brings_predictions_to_labels_it_never_saw(settings, darcy, tmp_path):
    words = ("physics=only", "trainer.epochs=40", "model.hidden_channels=12")
    epochs = trained(settings, darcy, tmp_path / "run", *words)
    assert epochs[-1].valid["relative_l2"] < 0.5 * epochs[0].valid["relative_l2"]
    assert epochs[-1].train_loss < 0.5 * epochs[0].train_loss


def test_every_prediction_of_a_run_with_hard_boundaries_vanishes_on_the_walls(settings, darcy, tmp_path):
    trained(settings, darcy, tmp_path / "run", "physics.hard_boundary=true", "trainer.epochs=1")
    run = load_run(tmp_path / "run")
    held = run.surrogate.held
    assert held is not None
    answer = run.surrogate.change(run.examples[0])
    torch.testing.assert_close(run.surrogate(run.examples[0]), answer * held.factor(answer))


def test_labels_beyond_those_counted_are_never_seen(settings, darcy, tmp_path):
    config = settings(darcy, tmp_path / "run", "physics=residual", "physics.labels=4")
    constants, states = map(torch.from_numpy, darcy.read("train"))
    items = WindowItems(training_windows(darcy.spec, "map", config.time), Held(constants, states))
    known, shown = with_labels(config, items, 24)
    assert (len(known), len(shown)) == (4, 24)
    _, outputs = shown.batch(torch.arange(24))
    assert torch.equal(outputs.isnan().flatten(1).all(1), torch.arange(24) >= 4)
    assert torch.equal(outputs[:4], states[:4, 0])
    trained(settings, darcy, tmp_path / "run", "physics=residual", "physics.labels=4", "trainer.epochs=1")
    mean = load_run(tmp_path / "run").surrogate.output_normaliser.mean
    torch.testing.assert_close(mean.flatten(), states[:4].mean().reshape(1))


def test_the_objective_is_the_residual_of_all_and_the_loss_of_the_labelled():
    inputs, outputs, prediction = torch.rand(3, 4, 1, 5)
    outputs[2:] = torch.nan
    prediction.requires_grad_()
    residual = lambda given, answer: (given - answer).square().flatten(1).sum(1).double()  # noqa: E731
    loss = lambda answer, label: (answer - label).abs().flatten(1).sum(1)  # noqa: E731
    objective = judged(loss, residual, weight=0.3, data=2.0, labelled=0.5)
    losses = objective(lambda _: prediction, inputs, outputs)
    expected = 0.3 * residual(inputs, prediction).float()
    expected[:2] += 2.0 / 0.5 * loss(prediction, outputs)[:2]
    torch.testing.assert_close(losses, expected)
    (slope,) = torch.autograd.grad(losses.sum(), prediction)
    torch.testing.assert_close(slope[2:], 0.6 * (prediction - inputs)[2:].detach())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("physics.data=0",), "nothing to learn from"),
        (("physics.labels=3",), "without physics.weight"),
        (("physics=residual", "physics.labels=25"), "has 24 training samples"),
        (("physics=residual", "time=unrolled"), "one_step|task=step"),
    ],
)
def test_settings_that_make_no_sense_are_one_line(settings, darcy, tmp_path, words, message):
    with pytest.raises(SettingsError, match=message):
        trained(settings, darcy, tmp_path / "run", *words)
    assert not (tmp_path / "run").exists()


def test_data_from_outside_have_no_residual(settings, steady, tmp_path):
    with pytest.raises(SettingsError, match="not made by a recipe"):
        trained(settings, steady, tmp_path / "run", "physics=residual")


def test_boundary_values_that_the_labels_do_not_have_are_not_held(settings, noise, tmp_path):
    with pytest.raises(SettingsError, match=r"physics\.hard_boundary: the labels are"):
        trained(settings, noise, tmp_path / "run", "physics.hard_boundary=true")
