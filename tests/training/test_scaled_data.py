"""A unit changes nothing in what is learned: weights, losses and what is said of them.

Units that are powers of two change no bit of a float32, so what is equal here is equal to the last bit.
"""

from __future__ import annotations

import pytest
import torch

from surrogate.errors import InputError
from surrogate.predictors.runs import load_run, read_record
from surrogate.training.physics import judged
from surrogate.training.train import train

# About 1e-22 and 7e19.
SMALL, LARGE = 2.0**-73, 2.0**66
UNITS = [(SMALL, LARGE), (LARGE, SMALL)]


def learned(config):
    """Return what a training gave that has no unit: the figures of its epochs, and its weights."""
    epochs = list(train(config, lambda: False))
    figures = [(epoch.train_loss, epoch.valid, epoch.best) for epoch in epochs]
    return figures, {name: value for name, value in load_run(config.out).surrogate.operator.state_dict().items()}


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize(
    ("moving", "words"),
    [
        (False, ("loss=h1_fd",)),
        (False, ("loss=mse", "normaliser.outputs=pointwise")),
        (True, ("loss=relative_l2", "residual=true", "time=unrolled", "time.steps=2", "time.noise=0.1")),
    ],
    ids=["h1_fd", "mse", "steps"],
)
def test_weights_and_losses_do_not_know_the_unit(scaled, settings, tmp_path, units, moving, words):
    both = [
        learned(settings(scaled(*unit, moving), tmp_path / name, "trainer.epochs=2", *words))
        for name, unit in (("plain", (1.0, 1.0)), ("scaled", units))
    ]
    assert both[1][0] == both[0][0]
    assert all(torch.equal(value, both[0][1][name]) for name, value in both[1][1].items())


def test_labels_left_out_leave_the_gradient_finite_in_any_unit():
    labels = torch.full((4, 1, 5), LARGE)
    labels[2:] = torch.nan
    prediction = (2 * LARGE * torch.rand(4, 1, 5)).requires_grad_(True)

    def residual(inputs, outputs):
        return (outputs / LARGE).square().flatten(1).mean(1)

    def loss(prediction, target):
        return ((prediction - target) / target).square().flatten(1).mean(1)

    losses = judged(loss, residual, 1.0, 1.0, 0.5)(lambda inputs: prediction, torch.zeros(4, 1, 5), labels)
    losses.sum().backward()
    assert (LARGE * prediction.grad).isfinite().all()
    assert torch.equal(losses[2:], residual(None, prediction)[2:])


def test_numbers_that_no_network_can_take_are_not_blamed_on_the_learning_rate(scaled, settings, tmp_path):
    config = settings(scaled(2.0**126, 1.0), tmp_path / "run", "normaliser.inputs=none")
    with pytest.raises(InputError, match=r"training cannot begin: .* no step was taken; look for values .*source from"):
        list(train(config, lambda: False))


@pytest.mark.parametrize("loss", ["h1_fd", "mse"])
def test_a_run_worse_than_predicting_zero_says_so(scaled, settings, tmp_path, loss):
    config = settings(scaled(1.0, 1.0), tmp_path / "run", "trainer.epochs=1", f"loss={loss}", "optimizer.lr=1e-6")
    list(train(config, lambda: False))
    record = read_record(tmp_path / "run")
    name = {"h1_fd": "H1 by differences", "mse": "relative MSE"}[loss]
    assert record.metrics[f"valid_{'relative_mse' if loss == 'mse' else loss}"] > 1
    assert record.figures()["verdict"].startswith(f"worse than predicting zero: the best validation {name} is ")
    better = record.model_copy(update={"metrics": dict.fromkeys(record.metrics, 0.9)})
    assert "verdict" not in better.figures()
