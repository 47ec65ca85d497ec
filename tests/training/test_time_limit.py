"""trainer.max_seconds: the step under way is the last, what was learned by then is judged, and more time goes on."""

import json

import pytest
import torch

from surrogate.errors import Stopped
from surrogate.predictors.runs import load_run, read_record, save_record
from surrogate.training import checkpoint
from surrogate.training.train import train

# Passed by the first step of any machine.
NO_TIME = "trainer.max_seconds=1e-9"


def never():
    return False


def cursor(folder):
    return checkpoint.read_state(folder).current.cursor


def tensors(folder):
    return checkpoint.read_saved(folder, checkpoint.read_state(folder).current)


def history(folder):
    return [json.loads(line)["epoch"] for line in (folder / "history.jsonl").read_text().splitlines()]


def run(config, should_stop=never):
    lines = []
    return list(train(config, should_stop, lines.append)), lines


@pytest.fixture(scope="module")
def cut(steady, settings, tmp_path_factory):
    """A run whose time was up within its first epoch, and the lines that it printed."""
    config = settings(steady, tmp_path_factory.mktemp("runs") / "cut", NO_TIME)
    return config.out, *run(config)


def test_it_ends_with_the_step_that_passes_the_time_not_with_the_epoch(cut):
    folder, epochs, lines = cut
    assert (cursor(folder).epoch, cursor(folder).step) == (0, 1)
    assert [epoch.number for epoch in epochs] == [1]
    assert lines == ["trainer.max_seconds=1e-09: time was up in epoch 1, step 1 of 4; with more it goes on"]


def test_what_was_learned_by_then_is_judged_kept_and_finished(cut):
    record = read_record(cut[0])
    assert record.status == "finished"
    assert record.metrics["epochs"] == 0.25
    assert record.metrics["valid_h1_fd"] == cut[1][0].valid["h1_fd"]
    assert load_run(cut[0]).surrogate is not None


def test_the_same_command_yields_nothing_more(steady, settings, cut):
    before = cursor(cut[0])
    assert run(settings(steady, cut[0], NO_TIME)) == ([], [])
    assert cursor(cut[0]) == before


def test_more_time_goes_on_from_there_to_the_run_that_had_all_of_it(steady, settings, tmp_path):
    run(settings(steady, tmp_path / "straight"))
    run(settings(steady, tmp_path / "cut", NO_TIME))
    for step in (2, 3):
        longer = cursor(tmp_path / "cut").seconds + 1e-9
        run(settings(steady, tmp_path / "cut", f"trainer.max_seconds={longer!r}"))
        assert cursor(tmp_path / "cut").step == step
    run(settings(steady, tmp_path / "cut"))
    one, other = (tensors(tmp_path / name) for name in ("cut", "straight"))
    assert [name for name in other if not torch.equal(one[name], other[name])] == []
    assert load_run(tmp_path / "cut").digest == load_run(tmp_path / "straight").digest
    assert history(tmp_path / "cut") == [1, 2, 3]
    assert read_record(tmp_path / "cut").metrics == read_record(tmp_path / "straight").metrics


def test_an_epoch_that_is_cut_is_kept_only_where_it_is_the_best(noise, settings, tmp_path):
    """Of samples without a law the first epoch is the best; a step of the second is not better."""
    words = ("optimizer.lr=0.05", "schedule=constant")
    stops = iter([False] * 6 + [True])
    with pytest.raises(Stopped):
        run(settings(noise, tmp_path / "run", *words), lambda: next(stops))
    assert cursor(tmp_path / "run").epoch == 1
    longer = cursor(tmp_path / "run").seconds + 1e-9
    run(settings(noise, tmp_path / "run", *words, f"trainer.max_seconds={longer!r}"))
    assert (cursor(tmp_path / "run").epoch, cursor(tmp_path / "run").step) == (1, 1)
    assert history(tmp_path / "run") == [1, 2]
    assert read_record(tmp_path / "run").metrics["best_epoch"] == 1


def test_a_kill_between_the_state_and_the_weights_of_a_cut_epoch_is_mended(steady, settings, cut, tmp_path):
    config = settings(steady, tmp_path / "run", NO_TIME)
    run(config)
    kept = (config.out / "weights.safetensors").read_bytes()
    (config.out / "weights.safetensors").unlink()
    save_record(config.out, read_record(config.out).model_copy(update={"status": "running"}))
    run(config)
    assert (config.out / "weights.safetensors").read_bytes() == kept
