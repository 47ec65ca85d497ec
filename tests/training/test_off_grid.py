"""What a surrogate learns last, for grids finer than its own."""

import pytest
import torch

from surrogate.errors import SettingsError, Stopped
from surrogate.predictors.runs import load_run, read_record
from surrogate.training.train import train

SMALL = ("model=mgno", "model.hidden_channels=4", "model.n_layers=1", "model.levels=2", "optimizer=adam")
WORDS = (*SMALL, "off_grid=refine", "off_grid.width=4", "off_grid.steps=2", "off_grid.epochs=30")


def never():
    return False


def late():
    """Return a ``should_stop`` that says yes from the moment that nothing but the refinement is left to learn.

    3 epochs of 4 steps and 2 batches of validation ask 18 times, and every step of the refinement once.
    """
    polls = iter(range(10**9))
    return lambda: next(polls) >= 21


@pytest.fixture(scope="module")
def refined(steady, settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "refined"
    list(train(settings(steady, folder, *WORDS), never))
    return folder


def test_what_is_learned_beats_interpolation_on_samples_not_seen(refined):
    metrics = read_record(refined).metrics
    assert metrics["half_grid_refined"] < 0.9 * metrics["half_grid_interpolated"]


def test_the_answer_on_the_grid_of_the_data_is_that_of_the_model(refined, steady, settings, tmp_path):
    list(train(settings(steady, tmp_path / "plain", *SMALL), never))
    plain, fields = load_run(tmp_path / "plain").surrogate, load_run(refined).examples[0]
    assert torch.equal(load_run(refined).surrogate(fields), plain(fields))
    fine = torch.randn(1, 1, 16, 16)
    assert not torch.equal(load_run(refined).surrogate(fine), plain(fine))


def test_stopped_while_it_learns_it_begins_again_to_the_same_bits(refined, steady, settings, tmp_path):
    config = settings(steady, tmp_path / "run", *WORDS)
    with pytest.raises(Stopped, match="while learning to refine"):
        list(train(config, late()))
    assert read_record(config.out).status == "running"
    assert list(train(config, never)) == []
    assert read_record(config.out).status == "finished"
    assert (config.out / "weights.safetensors").read_bytes() == (refined / "weights.safetensors").read_bytes()


def test_several_frames_are_refused_before_there_is_a_folder(frames, settings, tmp_path):
    config = settings(frames, tmp_path / "run", *WORDS[:2], "off_grid=refine", "time.history=2")
    with pytest.raises(SettingsError, match=r"off_grid=refine: expected time\.history=1"):
        list(train(config, never))
    assert not config.out.exists()
