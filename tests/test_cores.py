"""How many threads the cores are worth: all, unless somebody else has one of them and fewer are plainly faster."""

import time

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


def waiting_with_all():
    """Work whose threads wait for a core that another process has."""
    time.sleep(0.02 if torch.get_num_threads() > 1 else 0.001)


def test_where_a_core_is_taken_fewer_threads_are_taken_and_told(two):
    note = cores.settle(waiting_with_all)
    assert torch.get_num_threads() == 1
    assert note.startswith("1 of 2 threads: a batch takes 0.00")


def test_a_number_that_the_user_says_stays(two, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert cores.settle(waiting_with_all) == ""
    assert torch.get_num_threads() == 2


def test_work_that_is_as_fast_with_all_keeps_all(two):
    assert cores.settle(lambda: time.sleep(0.005)) == ""
    assert torch.get_num_threads() == 2


def test_the_number_is_put_back_in_the_end(two):
    with cores.restored_afterwards():
        cores.settle(waiting_with_all)
    assert torch.get_num_threads() == 2
