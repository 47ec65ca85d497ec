"""An export to a disk without room: one line, exit code 74, and nothing of the file."""

from __future__ import annotations

import resource
import subprocess

import pytest

from surrogate.errors import StorageError
from surrogate.registry import EXPORTERS

TINY = ("model=fno", "model.hidden_channels=4", "model.n_layers=1", "model.n_modes=4")
QUICK = tuple(name for name in EXPORTERS.names() if name != "aoti")


@pytest.fixture
def small_disk(tmp_path):
    """Give a folder on a disk of 16 kB, or skip where nobody may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"no right to mount a small disk: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def small_files():
    """Let no file grow beyond 8 kB, as a quota does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("form", QUICK)
def test_a_full_disk_is_an_error_that_leaves_what_was_there(form, make_run, small_disk):
    exporter = EXPORTERS.module(form)
    path = small_disk / f"model{exporter.SUFFIX}"
    path.write_text("an earlier one")
    with pytest.raises(StorageError, match="No space left on device"):
        exporter.export(make_run((16, 16), *TINY), path, 1e-5, overwrite=True)
    assert [file.name for file in small_disk.iterdir()] == [path.name]
    assert path.read_text() == "an earlier one"


@pytest.mark.parametrize("form", QUICK)
def test_a_file_that_may_not_grow_is_an_error_that_leaves_no_stump(form, make_run, tmp_path, small_files):
    exporter = EXPORTERS.module(form)
    with pytest.raises(StorageError, match="File too large"):
        exporter.export(make_run((16, 16), *TINY), tmp_path / f"model{exporter.SUFFIX}", 1e-5)
    assert list(tmp_path.iterdir()) == []
