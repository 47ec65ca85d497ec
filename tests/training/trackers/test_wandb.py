"""What Weights & Biases leaves of a run; slow, as the package starts a process of its own."""

import pytest

from surrogate.training.train import train

pytestmark = pytest.mark.slow


def test_a_run_is_logged_offline_under_one_number_when_it_goes_on(steady, settings, tmp_path, monkeypatch):
    pytest.importorskip("wandb")
    monkeypatch.delenv("WANDB_MODE", raising=False)
    config = settings(steady, tmp_path / "run", "trainer.epochs=2", "trainer.trackers=[wandb]")
    for _ in train(config, lambda: False):
        break
    list(train(config, lambda: False))
    logs = sorted((tmp_path / "run" / "wandb").glob("offline-run-*/*.wandb"))
    assert len(logs) == 2
    assert len({log.name for log in logs}) == 1
    assert b"hidden_channels" in logs[0].read_bytes()
    assert b"valid_h1_fd" in logs[1].read_bytes()
