"""Laws of generation: whatever is killed, however many work, the same bytes; nothing of another command is touched."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from surrogate.datasets.crew import Crew
from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.generation import generate
from surrogate.datasets.plan import begin
from surrogate.datasets.samples import Bench, plan_of, plan_summary
from surrogate.errors import InputError, SettingsError, SolverError, Stopped, SurrogateError
from surrogate.integrity import publish_record

GENERATE = """
import sys
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.generation import generate
for _ in generate(GenerateConfig.model_validate_json(sys.argv[1]), lambda: False):
    pass
"""


def finish(config):
    return [progress for progress in generate(config, lambda: False)]


def parts(folder):
    return sorted(folder.glob("data/*/part-*.hdf5"))


def children(process="self"):
    return [int(word) for task in Path(f"/proc/{process}/task").glob("*/children") for word in task.read_text().split()]


def waited(condition, seconds=120.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return bool(condition())


def killed_after(config, count, kill):
    """Start the generation in a process group of its own, ``kill`` it when ``count`` parts are there."""
    process = subprocess.Popen([sys.executable, "-c", GENERATE, config.model_dump_json()], start_new_session=True)
    assert waited(lambda: len(parts(config.out)) >= count)
    workers = children(process.pid)
    kill(process.pid)
    assert process.wait() == -signal.SIGKILL
    return workers


@pytest.fixture(scope="module")
def slow(recipe):
    """A recipe whose parts take long enough to be interrupted between the first and the last."""
    return lambda out, **changed: recipe(
        out, **{"grid": 48, "count": {"train": 20, "valid": 4, "test": 4}, "part_size": 1, "workers": 2} | changed
    )


@pytest.fixture(scope="module")
def slow_unbroken(slow, tmp_path_factory):
    config = slow(tmp_path_factory.mktemp("slow") / "darcy")
    finish(config)
    return config.out


@pytest.mark.parametrize("workers", [2, 3])
def test_any_number_of_workers_gives_the_bytes_of_one(recipe, unbroken, tmp_path, hashes, workers):
    config = recipe(tmp_path / "darcy", workers=workers)
    finish(config)
    assert hashes(config.out) == hashes(unbroken)


def test_killed_after_the_first_part_and_before_the_last_the_same_command_ends_with_the_same_bytes(
    slow, slow_unbroken, tmp_path, hashes
):
    config = slow(tmp_path / "darcy")
    total = len(parts(slow_unbroken))
    kept: dict[Path, int] = {}
    for count in (1, 9):
        killed_after(config, count, lambda pid: os.killpg(pid, signal.SIGKILL))
        there = parts(config.out)
        assert count <= len(there) < total
        assert not (config.out / "manifest.json").exists()
        assert all(path.stat().st_ino == node for path, node in kept.items())
        kept = {path: path.stat().st_ino for path in there}
    progress = finish(config)
    assert progress[0].done == len(kept)
    assert progress[-1].done == progress[-1].total == total
    assert all(path.stat().st_ino == node for path, node in kept.items())
    assert hashes(config.out) == hashes(slow_unbroken)


def test_workers_end_when_who_started_them_is_killed(slow, tmp_path):
    config = slow(tmp_path / "darcy")
    workers = killed_after(config, 1, lambda pid: os.kill(pid, signal.SIGKILL))
    assert len(workers) == 2
    assert waited(lambda: not any(alive(pid) for pid in workers), seconds=20)
    assert not (config.out / "manifest.json").exists()


def alive(pid):
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_worker_that_is_killed_is_replaced(slow, slow_unbroken, tmp_path, hashes):
    config = slow(tmp_path / "darcy")
    shot = []
    for progress in generate(config, lambda: False):
        if progress.done and not shot:
            shot = children()
            for pid in shot:
                os.kill(pid, signal.SIGKILL)
    assert shot
    assert hashes(config.out) == hashes(slow_unbroken)


def test_two_commands_on_one_folder_at_once_do_no_harm(slow, slow_unbroken, tmp_path, hashes):
    config = slow(tmp_path / "darcy", workers=1)
    command = [sys.executable, "-c", GENERATE, config.model_dump_json()]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(process.communicate()[1], process.returncode) for process in both] == [("", 0), ("", 0)]
    assert hashes(config.out) == hashes(slow_unbroken)


def shoot(crew):
    crew.workers[0].process.kill()
    crew.workers[0].process.wait()


def test_workers_that_die_three_times_in_a_row_are_given_up(recipe, tmp_path):
    config = recipe(tmp_path / "darcy")
    begin(config.out, plan_of(config))
    crew = Crew(config.out, 1, Bench())
    for _ in range(2):
        shoot(crew)
        crew.tend(done=0)
    shoot(crew)
    with pytest.raises(SurrogateError, match=r"workers died 3 times in a row \(SIGKILL\)"):
        crew.tend(done=0)
    crew.close()


def test_a_part_that_came_between_clears_the_strikes(recipe, tmp_path):
    config = recipe(tmp_path / "darcy")
    begin(config.out, plan_of(config))
    crew = Crew(config.out, 1, Bench())
    for done in (0, 0, 1, 1):
        shoot(crew)
        crew.tend(done)
    crew.close()
    assert crew.strikes == 2


def test_stopping_ends_the_workers_and_keeps_the_parts(slow, tmp_path):
    config = slow(tmp_path / "darcy")
    running = generate(config, lambda: bool(parts(config.out)))
    assert next(running).done == 0
    with pytest.raises(Stopped, match=r"stopped at \d+ of 28 samples; the same command goes on"):
        list(running)
    assert children() == []
    assert 1 <= len(parts(config.out)) < 28


def test_leaving_the_loop_ends_the_workers(slow, tmp_path):
    running = generate(slow(tmp_path / "darcy"), lambda: False)
    for progress in running:
        if progress.done:
            break
    assert children()
    running.close()
    assert children() == []


def test_a_finished_data_set_yields_nothing_and_is_not_touched(recipe, unbroken):
    before = {path: path.stat().st_mtime_ns for path in unbroken.rglob("*")}
    assert finish(recipe(unbroken, workers=3)) == []
    assert {path: path.stat().st_mtime_ns for path in unbroken.rglob("*")} == before


def test_other_settings_on_the_same_folder_are_refused_by_name(recipe, unbroken):
    count = {"train": 10, "valid": 4, "test": 5}
    with pytest.raises(SettingsError, match=r"count\.valid is 3 there, 4 here; seed is 7 there, 8 here"):
        finish(recipe(unbroken, seed=8, count=count))


def test_other_words_about_the_same_data_are_no_other_settings(recipe, unbroken):
    assert finish(recipe(unbroken, title="anew", notes="anew")) == []


def test_unfinished_parts_are_not_mixed_with_those_of_other_software(recipe, unbroken, tmp_path):
    folder = shutil.copytree(unbroken, tmp_path / "darcy")
    plan = folder / "plan.json"
    publish_record(plan, json.loads(plan.read_text().replace('"h5py": "', '"h5py": "0.')))
    assert finish(recipe(folder)) == []
    (folder / "manifest.json").unlink()
    with pytest.raises(SettingsError, match=r"software\.h5py is 0\."):
        finish(recipe(folder))


def test_a_folder_of_something_else_is_refused_and_kept(recipe, tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(SettingsError, match="exists and is not a data set of ours"):
        finish(recipe(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_equation_that_refuses_the_settings_leaves_no_folder(recipe, tmp_path):
    with pytest.raises(SettingsError):
        finish(recipe(tmp_path / "darcy", grid=[8, 8, 8]))
    assert not (tmp_path / "darcy").exists()


@pytest.mark.parametrize("damage", ["other", "cut"])
def test_a_part_that_is_damaged_or_not_ours_stops_the_sealing(recipe, unbroken, tmp_path, damage):
    folder = shutil.copytree(unbroken, tmp_path / "darcy")
    (folder / "manifest.json").unlink()
    part = folder / "data" / "train" / "part-00001.hdf5"
    part.write_bytes(part.with_name("part-00000.hdf5").read_bytes() if damage == "other" else part.read_bytes()[:999])
    with pytest.raises(InputError, match=r"part-00001\.hdf5.*remove it and give the same command again") as caught:
        finish(recipe(folder))
    assert "\n" not in str(caught.value)
    part.unlink()
    finish(recipe(folder))
    assert open_dataset(folder).hash == open_dataset(unbroken).hash


def test_a_solver_that_misses_its_tolerance_says_so_and_no_data_set_is_made(recipe, tmp_path):
    settings = recipe(tmp_path / "darcy")
    impossible = settings.equation.model_copy(update={"tolerance": 1e-30})
    with pytest.raises(SolverError):
        finish(settings.model_copy(update={"equation": impossible}))
    assert children() == []
    assert not (tmp_path / "darcy" / "manifest.json").exists()


def test_a_sample_is_the_same_whatever_the_counts_around_it(recipe, unbroken, tmp_path):
    config = recipe(tmp_path / "few", count={"train": 4, "valid": 0, "test": 4})
    finish(config)
    few, many = open_dataset(config.out), open_dataset(unbroken)
    for split in ("train", "test"):
        for left, right in zip(few.read(split), many.read(split, 4), strict=True):
            np.testing.assert_array_equal(left, right)


def test_nothing_is_left_beside_the_data_set(slow_unbroken):
    files = {path.name for path in slow_unbroken.iterdir()}
    assert files == {
        "README.md",
        "certificate.json",
        "data",
        "manifest.json",
        "plan.json",
        "stats.yaml",
        "timing.jsonl",
    }
    assert {path.suffix for path in slow_unbroken.glob("data/*/*")} == {".hdf5"}
    assert len((slow_unbroken / "timing.jsonl").read_text().splitlines()) == 28


def test_the_summary_counts_what_will_be_stored(recipe, unbroken):
    config = recipe(unbroken)
    summary = plan_summary(config)
    dataset = open_dataset(unbroken)
    fields = [dataset.read(split) for split in dataset.counts]
    assert summary.samples == 18
    assert summary.bytes == sum(array.nbytes for pair in fields for array in pair)
    assert summary.seconds > 0


def test_parts_for_which_there_is_no_memory_are_refused_before_a_folder_is_made(recipe, tmp_path):
    config = recipe(tmp_path / "out", count={"train": 10**8, "valid": 1, "test": 1}, part_size=10**8, workers=4)
    with pytest.raises(SettingsError, match=r"workers with parts of .*: needs about .* of memory"):
        list(generate(config, lambda: False))
    assert not (tmp_path / "out").exists()
