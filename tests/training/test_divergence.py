"""Numbers going wrong: skipped once, begun again once, then refused; never written."""

import json

import numpy as np
import pytest

from surrogate.errors import SettingsError, Stopped
from surrogate.predictors.runs import read_record
from surrogate.predictors.tensor_files import read_tensors
from surrogate.training import checkpoint
from surrogate.training.train import train


def run(config):
    return list(train(config, lambda: False))


def stored(folder):
    """Return every tensor that lies in a run folder."""
    return [t for file in folder.glob("*.safetensors") for t in read_tensors(file).values()]


def rollbacks(folder):
    return checkpoint.read_state(folder).current.cursor.rollbacks


def test_a_run_that_diverges_twice_is_refused_and_leaves_only_finite_numbers(steady, settings, tmp_path):
    config = settings(steady, tmp_path / "run", "optimizer.lr=1e30", "schedule=constant")
    with pytest.raises(SettingsError, match=r"diverged in epoch 1: .*; lower optimizer.lr"):
        run(config)
    assert (
        checkpoint.read_state(tmp_path / "run").current.cursor
        == checkpoint.read_state(tmp_path / "run").epoch_start.cursor
    )
    assert all(tensor.isfinite().all() for tensor in stored(tmp_path / "run"))
    assert not (tmp_path / "run/weights.safetensors").exists()
    assert read_record(tmp_path / "run").status == "running"
    assert read_record(tmp_path / "run").status_text().startswith("failed: diverged in epoch 1")


def test_weights_that_overflow_in_the_last_step_of_an_epoch_are_not_written(unvalidated, settings, tmp_path):
    words = ("optimizer.lr=1e39", "schedule=constant", "trainer.batch_size=16")
    with pytest.raises(SettingsError, match="a weight is not finite"):
        run(settings(unvalidated, tmp_path / "run", *words))
    assert all(tensor.isfinite().all() for tensor in stored(tmp_path / "run"))


def test_weights_that_overflow_right_before_a_stop_are_not_written(unvalidated, settings, tmp_path):
    config = settings(unvalidated, tmp_path / "run", "optimizer.lr=1e39", "schedule=constant")
    polls = iter(range(100))
    with pytest.raises(Stopped, match="epoch 1, step 0 of 4"):
        list(train(config, lambda: next(polls) >= 1))
    assert all(tensor.isfinite().all() for tensor in stored(tmp_path / "run"))


def test_a_run_that_diverges_once_equals_one_with_half_the_rate(steady, settings, tmp_path):
    words = ("schedule=constant", "trainer.epochs=1", "trainer.batch_size=1")
    rate, folder = 1.0, tmp_path / "1"
    run(settings(steady, folder, *words, f"optimizer.lr={rate}"))
    while rollbacks(folder) == 0:
        before, rate = folder, 2 * rate
        folder = tmp_path / f"{rate:.0f}"
        run(settings(steady, folder, *words, f"optimizer.lr={rate}"))
    assert rollbacks(before) == 0
    assert (folder / "weights.safetensors").read_bytes() == (before / "weights.safetensors").read_bytes()
    assert json.loads((folder / "history.jsonl").read_text())["learning_rate"] == rate / 2


def test_a_batch_whose_loss_overflows_is_skipped(steady, settings, tmp_path, outlier):
    epochs = run(settings(outlier, tmp_path / "run", "trainer.batch_size=2"))
    assert len(epochs) == 3
    assert rollbacks(tmp_path / "run") == 0
    assert all(np.isfinite(epoch.train_loss) for epoch in epochs)
    assert all(tensor.isfinite().all() for tensor in stored(tmp_path / "run"))
