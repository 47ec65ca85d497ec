from surrogate.predictors.runs import read_record
from surrogate.training.estimate import estimate
from surrogate.training.train import train


def test_the_estimate_counts_what_training_then_has(steady, settings, tmp_path):
    config = settings(steady, tmp_path / "run")
    lines = estimate(config)
    assert not (tmp_path / "run").exists()
    list(train(config, lambda: False))
    assert lines["parameters"] == f"{read_record(tmp_path / 'run').parameters:,}"
    assert lines["steps"] == "12 (3 epochs of 4)"


def test_pairs_of_frames_are_counted(frames, settings, tmp_path):
    assert estimate(settings(frames, tmp_path / "run"))["training pairs"] == "16"
