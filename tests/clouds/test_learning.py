"""A surrogate on clouds: trained, normalised, guarded."""

import numpy as np
import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.errors import SettingsError
from surrogate.predictors.normalisers import Normaliser
from surrogate.predictors.runs import load_run
from surrogate.training.train import train
from surrogate.training.training_settings import TrainConfig

WORDS = ("model=pointwise_mlp", "loss=relative_l2", "trainer.epochs=40", "trainer.batch_size=8", "trainer.device=cpu")


def settings(data, out, *words):
    tree = compose_tree("train", ["data=somewhere", *WORDS, "optimizer.lr=1e-2", *words])
    return read(TrainConfig, tree | {"data": str(data.path), "out": str(out)})


@pytest.fixture(scope="module")
def run(cloud, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "cloud"
    epochs = list(train(settings(cloud, out), lambda: False))
    return load_run(out), epochs


def joined(cloud, split="valid"):
    constants, states = map(torch.from_numpy, cloud.read(split))
    return constants, states[:, 0]


def test_a_pointwise_answer_is_learned_from_points_and_values(run):
    _, epochs = run
    assert epochs[-1].valid["relative_l2"] < 0.25 * epochs[0].valid["relative_l2"]
    assert set(epochs[-1].valid) == {"relative_l2"}


def test_its_answers_do_not_know_the_order_of_the_points_nor_what_lies_beyond_the_last(run, cloud):
    surrogate = run[0].surrogate
    inputs, _ = joined(cloud)
    with torch.no_grad():
        plain = surrogate(inputs)
        order = torch.randperm(inputs.shape[2], generator=torch.Generator().manual_seed(0))
        torch.testing.assert_close(surrogate(inputs[..., order]), plain[..., order])
        beyond = inputs[:, 2:3] == 0
        other = torch.where(beyond & (torch.arange(4) != 2)[:, None], 1e3, inputs)
        torch.testing.assert_close(torch.where(beyond, 0.0, surrogate(other)), torch.where(beyond, 0.0, plain))
    assert surrogate.unlike(other) == surrogate.unlike(inputs)


def test_an_input_unlike_those_of_training_is_noticed(run, cloud):
    surrogate = run[0].surrogate
    inputs, _ = joined(cloud, "train")
    assert surrogate.unlike(inputs) == [""] * len(inputs)
    shifted = inputs.clone()
    shifted[0, 0] += 1
    assert surrogate.unlike(shifted)[0].startswith("x: ")


def test_its_record_is_read_back(run):
    record = run[0].record
    assert record.problem.target.domain.kind == "cloud"
    assert [field.name for field in record.problem.channels] == ["x", "y", "weight", "source"]


@pytest.mark.parametrize("kind", ["channel", "scalar"])
def test_normalised_values_have_mean_0_and_deviation_1_by_the_weights(cloud, kind):
    inputs, _ = joined(cloud)
    normaliser = Normaliser(kind, 4, (24,), placing=3)
    weights = inputs[:, 2]
    moments = normaliser.moments()
    moments.add(inputs, weights)
    normaliser.take(moments)
    encoded = normaliser.encode(inputs)
    shares = (weights / weights.sum())[:, None]
    mean = (shares * encoded).sum((0, 2))
    std = (shares * (encoded - mean[:, None]).square()).sum((0, 2)).sqrt()
    np.testing.assert_allclose(mean[[0, 1, 3]], 0, atol=1e-6)
    np.testing.assert_allclose(std[[0, 1, 3]], 1, rtol=1e-5)
    assert torch.equal(encoded[:, 2], weights)
    torch.testing.assert_close(normaliser.decode(encoded), inputs)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("loss=h1_fd", "loss=h1_fd: needs a grid"),
        ("model=fno", "needs a grid"),
        ("normaliser.inputs=pointwise", "take channel"),
    ],
)
def test_what_a_cloud_does_not_have_is_refused_in_a_line(cloud, tmp_path, word, message):
    with pytest.raises(SettingsError, match=message):
        list(train(settings(cloud, tmp_path / "run", word), lambda: False))
