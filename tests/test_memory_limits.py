"""Laws of what memory a process may have: the least of every limit it lies under; too little is one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from surrogate.errors import SettingsError
from surrogate.memory_limits import Limit, available, is_shortage, require, shortage

GIB = 2**30


def machine(folder: Path, groups: str, free: int = 8 * GIB) -> tuple[Path, Path]:
    """Write a /proc of a machine with so much free and a process in ``groups``; return it and the root of groups."""
    (folder / "proc" / "self").mkdir(parents=True)
    (folder / "proc" / "meminfo").write_text(f"MemTotal: 16777216 kB\nMemAvailable: {free // 1024} kB\n")
    (folder / "proc" / "self" / "cgroup").write_text(groups)
    (folder / "proc" / "self" / "status").write_text("Name: x\nVmSize: 1024 kB\nVmData: 512 kB\n")
    return folder / "proc", folder / "cgroup"


def group(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("memory_", "memory.", 1)).write_text(f"{text}\n")


def test_without_any_limit_it_is_what_the_machine_has_free(tmp_path):
    assert available(*machine(tmp_path, "0::/\n")) == Limit(8 * GIB, "of this machine")


def test_a_group_of_version_2_leaves_its_limit_less_what_it_uses_but_for_its_cache(tmp_path):
    proc, groups = machine(tmp_path, "0::/a\n")
    stat = f"anon {GIB}\ninactive_file {GIB}\nactive_file 0"
    group(groups / "a", memory_max=str(3 * GIB), memory_high="max", memory_current=str(2 * GIB), memory_stat=stat)
    limit = available(proc, groups)
    assert limit.bytes == 2 * GIB
    assert "container" in limit.whose


@pytest.mark.parametrize("tight", ["", "a", "a/b", "a/b/c"])
def test_of_nested_groups_the_tightest_counts(tmp_path, tight):
    proc, groups = machine(tmp_path, "0::/a/b/c\n")
    for name in ("", "a", "a/b", "a/b/c"):
        most = GIB if name == tight else 4 * GIB
        group(groups / name, memory_max=str(most), memory_current="0")
    assert available(proc, groups).bytes == GIB


def test_a_limit_that_slows_down_counts_as_one_that_kills(tmp_path):
    proc, groups = machine(tmp_path, "0::/a\n")
    group(groups / "a", memory_max="max", memory_high=str(GIB), memory_current="0")
    assert available(proc, groups).bytes == GIB


@pytest.mark.parametrize("path", ["/docker/5f0e", "/"])
def test_a_group_of_version_1_counts_inside_a_container_where_its_path_is_that_of_the_host(tmp_path, path):
    proc, groups = machine(tmp_path, f"12:cpu,cpuacct:{path}\n9:memory:{path}\n0::{path}\n")
    stat = f"total_inactive_file {GIB // 2}\ntotal_active_file 0"
    group(
        groups / "memory",
        memory_limit_in_bytes=str(2 * GIB),
        memory_usage_in_bytes=str(GIB),
        memory_stat=stat,
    )
    assert available(proc, groups).bytes == 2 * GIB - GIB // 2


def test_a_group_of_version_1_counts_below_one_of_its_own(tmp_path):
    proc, groups = machine(tmp_path, "9:memory:/user/x\n")
    group(groups / "memory", memory_limit_in_bytes="9223372036854771712", memory_usage_in_bytes="0")
    group(groups / "memory" / "user", memory_limit_in_bytes=str(GIB), memory_usage_in_bytes="0")
    assert available(proc, groups).bytes == GIB


@pytest.mark.parametrize("text", ["", "nonsense\n", "0::/../..\n", "9:memory\n"])
def test_a_kernel_that_tells_nothing_else_leaves_the_machine(tmp_path, text):
    assert available(*machine(tmp_path, text)).bytes == 8 * GIB


def test_a_group_that_uses_more_than_it_may_leaves_nothing(tmp_path):
    proc, groups = machine(tmp_path, "0::/\n")
    group(groups, memory_max="10", memory_current="20")
    assert available(proc, groups).bytes == 0


def test_work_that_does_not_fit_is_refused_with_both_figures_and_what_helps():
    with pytest.raises(SettingsError, match=r"samples: needs about 2.1 GB of memory, and 1.1 GB are free \(x\); less"):
        require(2 * GIB, "samples", "less", Limit(GIB, "x"))
    require(0.8 * GIB, "samples", "less", Limit(GIB, "x"))


def refused(action):
    try:
        action()
    except Exception as error:
        return error
    pytest.fail("it was given")


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        refused(lambda: torch.empty(2**60)),
        refused(lambda: bytearray(2**60)),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
        RuntimeError("can't start new thread"),
        RuntimeError("could not create a primitive"),
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
        OSError(12, "Cannot allocate memory"),
    ],
    ids=lambda error: f"{type(error).__name__} {error}"[:30],
)
def test_a_shortage_is_known_by_whatever_library_tells_of_it_and_said_in_a_line(error):
    assert is_shortage(error)
    assert "\n" not in shortage(error)
    assert any(word in shortage(error) for word in ("smaller", "ulimit"))


@pytest.mark.parametrize("error", [RuntimeError("shapes differ"), ValueError("out of memory"), OSError(28, "No space")])
def test_another_error_is_no_shortage(error):
    assert not is_shortage(error)


def limited(kilobytes: int, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a process with so much address space."""
    command = f"ulimit -v {kilobytes}; exec {sys.executable} -c '{script}'"
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    return subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60, env=environment
    )


MAIN = 'import sys; sys.argv = ["surrogate", "info", "nothing"]; from surrogate.cli.app import main; main()'


@pytest.mark.parametrize("kilobytes", [200_000, 700_000])
def test_a_process_with_too_little_address_space_says_so_before_it_starts(kilobytes):
    done = limited(kilobytes, MAIN)
    assert done.returncode == 78
    assert done.stderr.startswith("error: PyTorch takes about 1.0 GB to start, and ")
    assert done.stderr.count("\n") == 1


def test_an_array_too_large_for_the_limit_of_the_process_is_one_line_and_no_traceback():
    script = (
        "from surrogate.cli import console\n"
        "@console.guarded\n"
        "def work():\n"
        "    import numpy\n"
        "    numpy.ones(10**10)\n"
        "work()\n"
    )
    done = limited(3_000_000, script)
    assert "Traceback" not in done.stderr.split("error:")[0]
    assert "out of memory: Unable to allocate 74.5 GiB" in done.stderr
    assert "ulimit -v" in done.stderr


def test_the_limit_of_a_process_is_what_it_may_have():
    script = "from surrogate.memory_limits import available; print(*available())"
    done = limited(1_000_000, script)
    free, *whose = done.stdout.split()
    assert 500e6 < int(free) < 1.024e9
    assert " ".join(whose) == "under the limit of this process, ulimit -v"
