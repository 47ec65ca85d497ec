"""How many threads a training works with: chosen once, by what is plainly faster, and kept for as long as it lives."""

import time

import pytest
import torch

from surrogate import cores
from surrogate.errors import Stopped
from surrogate.predictors.runs import read_record
from surrogate.training import checkpoint
from surrogate.training.train import train


@pytest.fixture
def two(monkeypatch):
    """Two threads, and nobody has said how many there are to be."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


def worked(config, should_stop=lambda: False):
    """Return the numbers of threads with which the epochs of a training were done."""
    return [torch.get_num_threads() for _ in train(config, should_stop)]


@pytest.mark.parametrize(
    ("seconds", "taken"),
    [
        ({1: 1.0, 2: 0.6}, 2),
        ({1: 1.0, 2: 1.2}, 2),
        ({1: 1.0, 2: 1.3}, 1),
        ({1: 4.0, 8: 2.0, 16: 3.0}, 8),
        ({1: 1.0}, 1),
    ],
)
def test_all_threads_are_taken_unless_fewer_are_plainly_faster(seconds, taken):
    assert cores.fastest(seconds) == taken


def test_a_trial_takes_every_number_of_threads_in_turn(two):
    seen = []
    assert cores.trial(lambda: seen.append(torch.get_num_threads()), 2, long=2.0).keys() == {1, 2}
    assert (seen.count(1), seen.count(2)) == (6, 6)


def test_long_work_is_tried_once_with_fewer_threads_where_others_have_the_cores(two):
    seen = []

    def waits():
        seen.append(torch.get_num_threads())
        time.sleep(0.01)

    assert cores.trial(waits, 2, long=0.0).keys() == {1, 2}
    assert seen == [2, 2, 1, 1]


def test_the_trial_changes_nothing_that_is_learned(steady, settings, two, tmp_path):
    worked(settings(steady, tmp_path / "tried"))
    count = read_record(tmp_path / "tried").environment.threads
    worked(settings(steady, tmp_path / "told", f"trainer.threads={count}"))
    states = [checkpoint.read_state(tmp_path / name).current.sha256 for name in ("tried", "told")]
    assert states[0] == states[1]


def test_a_run_that_goes_on_has_the_threads_with_which_it_began(steady, settings, two, tmp_path):
    stops = iter([False] * 7 + [True])
    with pytest.raises(Stopped):
        worked(settings(steady, tmp_path / "run", "trainer.threads=1"), lambda: next(stops))
    assert worked(settings(steady, tmp_path / "run")) == [1, 1]
    assert read_record(tmp_path / "run").environment.threads == 1
    assert torch.get_num_threads() == 2, "the process has its own again"


def test_the_word_of_the_user_is_taken(steady, settings, two, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert worked(settings(steady, tmp_path / "run", "trainer.epochs=1")) == [2]
