"""Laws of jobs on a cluster, with submitit's executor for this machine: the folder alone says what is done."""

import gc
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from surrogate.datasets import layout
from surrogate.datasets.generation import generate, submit
from surrogate.errors import SettingsError, SolverError, Stopped

pytest.importorskip("submitit")
# submitit leaves its processes to the system, which Python remarks on when their handles are dropped.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(autouse=True)
def handles():
    yield
    gc.collect()


def local(jobs):
    return {"kind": "local", "jobs": jobs, "minutes": 5}


def finish(config, stop=lambda: False):
    return list(generate(config, stop))


def parts(folder):
    return list(folder.glob("data/*/part-*.hdf5"))


def waited(condition, seconds=120.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(condition())


def tree(process):
    """Return a process and all its descendants."""
    started, fresh = [], [process]
    while fresh:
        started += fresh
        fresh = [
            int(word)
            for pid in fresh
            for task in Path(f"/proc/{pid}/task").glob("*/children")
            for word in task.read_text().split()
        ]
    return started


def kill(name):
    """End a job as a cluster does: every process of it at once."""
    for process in tree(int(name)):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def running(name):
    return Path(f"/proc/{name}/cmdline").is_file() and b"submitit" in Path(f"/proc/{name}/cmdline").read_bytes()


@pytest.fixture(scope="module")
def slow(recipe):
    """A recipe with parts enough for four jobs to share."""
    return lambda out, **changed: recipe(
        out, **{"grid": 32, "count": {"train": 20, "valid": 4, "test": 4}, "part_size": 1} | changed
    )


@pytest.fixture(scope="module")
def slow_unbroken(slow, tmp_path_factory):
    config = slow(tmp_path_factory.mktemp("slow") / "darcy")
    finish(config)
    return config.out


def test_four_jobs_of_which_one_is_killed_give_the_bytes_of_one_worker(slow, slow_unbroken, tmp_path, hashes):
    config = slow(tmp_path / "darcy", cluster=local(4))
    names = submit(config)
    assert len(set(names)) == 4
    assert waited(lambda: parts(config.out))
    kill(names[0])
    finish(config)
    assert hashes(config.out) == hashes(slow_unbroken)


def test_a_later_command_waits_for_the_jobs_of_an_earlier_one(slow, tmp_path):
    config = slow(tmp_path / "darcy", cluster=local(1))
    names = submit(config)
    assert submit(config) == names
    kill(names[0])
    assert waited(lambda: not running(names[0]))
    fresh = submit(config)
    assert set(fresh).isdisjoint(names)
    kill(fresh[0])


def test_stopping_the_command_leaves_the_jobs_going(slow, tmp_path):
    config = slow(tmp_path / "darcy", cluster=local(1))
    with pytest.raises(Stopped, match=r"its jobs go on by themselves; the same command waits for them"):
        finish(config, stop=lambda: True)
    (name,) = submit(config)
    assert running(name)
    kill(name)


def test_jobs_that_all_ended_before_the_work_was_done_are_told_of(slow, tmp_path):
    config = slow(tmp_path / "darcy", cluster=local(2))
    with pytest.raises(Stopped, match=r"have ended and parts are missing.*the same command submits new ones"):
        finish(config, stop=lambda: any(kill(name) for name in submit(config)))


def test_what_a_job_refuses_is_told_in_the_words_of_its_worker(recipe, tmp_path):
    config = recipe(tmp_path / "darcy", cluster=local(1))
    impossible = config.equation.model_copy(update={"tolerance": 1e-30})
    with pytest.raises(SolverError, match="could not be solved"):
        finish(config.model_copy(update={"equation": impossible}))


def test_nothing_of_the_jobs_is_left_in_the_data_set(slow_unbroken, slow, tmp_path):
    config = slow(tmp_path / "darcy", cluster=local(1), count={"train": 2, "valid": 0, "test": 0})
    finish(config)
    assert not (config.out / layout.JOBS).exists()


def test_a_machine_without_slurm_is_told_so(recipe, tmp_path):
    slurm = {"kind": "slurm", "jobs": 2, "minutes": 5, "memory_gb": 1, "partition": None, "account": None}
    config = recipe(tmp_path / "darcy", cluster=slurm | {"options": {}, "setup": []})
    with pytest.raises(SettingsError, match="cluster=slurm: this machine has no sbatch"):
        submit(config)


def test_without_submitit_the_extra_is_named(recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(SettingsError, match=r"pip install 'surrogate\[cluster\]'"):
        submit(recipe(tmp_path / "darcy", cluster=local(1)))
