"""surrogate list runs|data: every run and data set is a line, whatever has become of it, and no line costs much."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import surrogate as sg
from surrogate.cli import info, listing
from surrogate.errors import InputError, UsageError
from surrogate.files import locked
from surrogate.integrity import publish_record

FROZEN = Path(__file__).resolve().parents[1] / "frozen" / "version-1"


def changed(folder, **changes):
    """Copy the frozen run to ``folder`` with other things in its record, which is sealed anew."""
    shutil.copytree(FROZEN, folder)
    record = json.loads((folder / "run.json").read_text()) | changes
    publish_record(folder / "run.json", record)
    return folder


@pytest.fixture
def runs(tmp_path):
    """Five runs, one of them in a sweep, of different fates and ages."""
    changed(tmp_path / "good", metrics={"valid_relative_l2": 0.25, "epochs": 2.0})
    changed(tmp_path / "sweep" / "better", metrics={"valid_relative_l2": 0.125, "epochs": 2.0})
    changed(tmp_path / "cut", status="running")
    changed(tmp_path / "given-up", status="running", failure="diverged in epoch 3")
    shutil.copytree(FROZEN, tmp_path / "broken")
    (tmp_path / "broken" / "run.json").write_text("{")
    (tmp_path / "latest").symlink_to("good")
    for age, name in enumerate(("good", "sweep/better", "cut", "given-up", "broken")):
        os.utime(tmp_path / name / "run.json", (1e9 - age, 1e9 - age))
    return tmp_path


def test_every_run_has_a_status_and_a_damaged_one_says_what_is_wrong(runs):
    statuses = {entry.name: entry.status for entry in sg.list("runs", runs)}
    assert statuses == {
        "good": "finished",
        "sweep/better": "finished",
        "cut": "interrupted",
        "given-up": "failed",
        "broken": "damaged",
    }
    details = {entry.name: entry.detail for entry in sg.list("runs", runs)}
    assert "not JSON" in details["broken"]
    assert details["given-up"] == "diverged in epoch 3"


def test_the_newest_is_first_and_the_least_error_where_that_is_asked_for(runs):
    assert [entry.name for entry in sg.list("runs", runs)][:3] == ["good", "sweep/better", "cut"]
    assert [entry.name for entry in sg.list("runs", runs, sort="error")][:2] == ["sweep/better", "good"]


def test_a_run_that_a_process_trains_is_running(runs):
    handle = os.open(runs / "cut", os.O_RDONLY)
    try:
        assert locked(handle)
        assert {entry.status for entry in sg.list("runs", runs / "cut")} == {"running"}
    finally:
        os.close(handle)


def test_a_file_that_is_cut_short_is_damage(runs):
    record = json.loads((runs / "good" / "run.json").read_text())
    files = {"weights.safetensors": {"size": 10**6, "sha256": "0" * 64}}
    publish_record(runs / "good" / "run.json", record | {"files": files})
    (entry,) = sg.list("runs", runs / "good")
    assert (entry.status, "expected 1000000" in entry.detail) == ("damaged", True)


def test_what_is_no_record_of_a_run_is_damage_whatever_it_holds(runs):
    for text in ("[]", '{"status": 3}', '{"status": "finished", "metrics": 1}'):
        (runs / "broken" / "run.json").write_text(text)
        assert {entry.status for entry in sg.list("runs", runs / "broken")} == {"damaged"}


def test_a_data_set_is_listed_with_what_its_certificate_says(tmp_path):
    data = sg.from_arrays(a=[[1.0, 2.0, 3.0, 4.0]] * 8, u=[[0.0, 1.0, 4.0, 9.0]] * 8, lengths=1, out=tmp_path / "own")
    shutil.copytree(data.path, tmp_path / "torn")
    next((tmp_path / "torn" / "data").rglob("*.hdf5")).unlink()
    listed = {entry.name: entry for entry in sg.list("data", tmp_path)}
    assert (listed["own"].status, listed["own"].points, sum(listed["own"].counts.values())) == ("finished", "4", 8)
    assert (listed["torn"].status, "is missing" in listed["torn"].detail) == ("damaged", True)


def test_info_on_a_folder_and_json_say_the_same(runs, capsys):
    listing.listing("runs", [str(runs)], as_json=True)
    rows = json.loads(capsys.readouterr().out)
    info.info(runs, as_json=True)
    assert json.loads(capsys.readouterr().out) == rows
    assert {row["name"]: row["valid_relative_l2"] for row in rows}["good"] == 0.25


def test_what_cannot_be_listed_is_one_line(tmp_path):
    with pytest.raises(UsageError, match=r"sort=eror: cannot be sorted by that; did you mean 'error'\?"):
        sg.list("runs", tmp_path, sort="eror")
    with pytest.raises(UsageError, match=r"nothing called 'run' to list; did you mean 'runs'\?"):
        sg.list("run")
    with pytest.raises(InputError, match="there is no such folder"):
        sg.list("runs", tmp_path / "none")


def test_a_thousand_runs_are_listed_in_seconds_and_without_torch(tmp_path):
    shutil.copytree(FROZEN, tmp_path / "0")
    for number in range(1, 1000):
        (tmp_path / str(number)).mkdir()
        for file in FROZEN.iterdir():
            os.link(tmp_path / "0" / file.name, tmp_path / str(number) / file.name)
    code = """
import surrogate, sys, time
start = time.process_time()
number = len(surrogate.list("runs", sys.argv[1]))
print(number, "torch" in sys.modules, time.process_time() - start < 5)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == "1000 False True\n"
