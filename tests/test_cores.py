"""How many threads the cores are worth: all, unless somebody else has one of them and fewer are plainly faster."""

import pytest
import torch

from surrogate import cores


@pytest.fixture
def two(monkeypatch):
    """Two threads, and nobody has said how many there are to be."""
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


class Clock:
    """The time of a machine on which only the work passes it, so that no other load has a say."""

    def __init__(self):
        self.now = self.used = 0.0

    def perf_counter(self):
        return self.now

    def process_time(self):
        return self.used

    def pass_(self, seconds, share):
        """Let time pass, of which the process has a ``share`` of every core."""
        self.now += seconds
        self.used += seconds * share * torch.get_num_threads()


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(cores, "time", clock)
    return clock


@pytest.fixture
def waiting_with_all(clock):
    """Work whose threads wait for a core that another process has."""
    return lambda: clock.pass_(0.02 if torch.get_num_threads() > 1 else 0.001, 0.5)


def test_where_a_core_is_taken_fewer_threads_are_taken_and_told(two, waiting_with_all):
    note = cores.settle(waiting_with_all)
    assert torch.get_num_threads() == 1
    assert note.startswith("1 of 2 threads: a batch takes 0.00")


def test_a_number_that_the_user_says_stays(two, waiting_with_all, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert cores.settle(waiting_with_all) == ""
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_work_that_is_as_fast_with_all_keeps_all(two, clock, share):
    assert cores.settle(lambda: clock.pass_(0.005, share)) == ""
    assert torch.get_num_threads() == 2


def test_the_number_is_put_back_in_the_end(two, waiting_with_all):
    with cores.restored_afterwards():
        cores.settle(waiting_with_all)
    assert torch.get_num_threads() == 2
