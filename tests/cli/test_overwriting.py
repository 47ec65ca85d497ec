"""No command writes over what is not ours: a table of every command that writes, and of what may be in its way."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from surrogate.cli.app import app

# What each command writes, as words around PLACE; the input that it reads; what it writes there.
FILES = {
    "predict": ("predict run=run input=a.npy out=PLACE", "a.npy"),
    "solve": ("solve data=data input=a.npy samples=1 out=PLACE", "a.npy"),
    "export onnx": ("export run=run format=onnx out=PLACE.onnx", "run/x.onnx"),
    "export torch": ("export run=run format=torch out=PLACE.pt2", "run/x.pt2"),
    "export aoti": ("export run=run format=aoti out=PLACE.pt2", "run/x.pt2"),
    "gate update": ("gate update run=run baseline=PLACE --reason why", "run/run.json"),
    "preview": ("preview data=data --still --out PLACE.png", "data/x.png"),
}
FOLDERS = {
    "eval": ("eval run=run solver_seconds=0 out=PLACE", "run"),
    "compare": ("compare run other out=PLACE", "run"),
    "gate check": ("gate check run=run baseline=gate.json out=PLACE", "run"),
    "generate": ("generate recipe=darcy_rough grid=16 out=PLACE", None),
    "data convert": ("data convert input=a.pt format=neuraloperator out=PLACE", None),
    "train": ("train data=data model=fno out=PLACE", "data"),
    "sweep": ("train data=data -m seed=0,1 out=PLACE", None),
    "profile": ("train data=data trainer.profile=true out=PLACE", "data"),
    "precondition": ("precondition data=data out=PLACE", "data"),
    "run": ("run experiment=small_darcy_rough data=new-data out=PLACE", None),
    "run, its data": ("run experiment=small_darcy_rough out=new-run data=PLACE", None),
}
SMALL = "model=fno model.hidden_channels=4 model.n_layers=1 model.n_modes=2"
TINY = f"allow_uncertified=true {SMALL} trainer.epochs=1 trainer.device=cpu"
WRITES = {name: words for name, (words, _) in (FILES | FOLDERS).items()}


def surrogate(words: str, **places: str):
    """Run a command in this process; return its exit code and all that it says in one line."""
    arguments = [places.get("place", "PLACE").join(word.split("PLACE")) for word in words.split()]
    result = CliRunner().invoke(app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join((result.stdout + result.stderr).split())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Give a folder with a data set, two runs, and files to read."""
    folder, before = tmp_path_factory.mktemp("world"), Path.cwd()
    os.chdir(folder)
    few = "count.train=4 count.valid=2 count.test=3 certificate.samples=0 equation.resolution=16"
    assert surrogate(f"generate recipe=darcy_rough grid=16 {few} out=data")[0] == 0
    for name, seed in (("run", 0), ("other", 1)):
        assert surrogate(f"train data=data {TINY} seed={seed} out={name}")[0] == 0
    np.save("a.npy", np.ones((2, 1, 16, 16)))
    torch.save({"x": torch.ones(4, 16, 16), "y": torch.ones(4, 16, 16)}, "a.pt")
    yield folder
    os.chdir(before)


@pytest.fixture
def place(world, tmp_path, monkeypatch):
    """Give a name for an output, with blanks, in a folder of its own."""
    monkeypatch.chdir(world)
    return f"{tmp_path}/place"


def suffix(command: str) -> str:
    match = re.search(r"PLACE(\.\w+)?", WRITES[command])
    return match.group(1) or ""


@pytest.mark.parametrize("command", WRITES)
def test_what_is_no_file_and_no_folder_is_never_replaced(command, place):
    pipe = Path(place + suffix(command))
    os.mkfifo(pipe)
    code, message = surrogate(WRITES[command] + " overwrite=true", place=place)
    assert (code, "is a pipe; expected" in message) == (78, True), message
    assert pipe.is_fifo()


@pytest.mark.parametrize("command", FILES)
def test_a_folder_is_never_replaced_by_a_file(command, place):
    folder = Path(place + suffix(command))
    folder.mkdir()
    code, message = surrogate(WRITES[command] + " overwrite=true", place=place)
    assert (code, "is a folder; expected a file" in message) == (78, True), message


@pytest.mark.parametrize("command", FILES)
def test_a_strangers_file_that_a_link_leads_to_is_refused_and_stays(command, place):
    link = Path(place + suffix(command))
    mine = link.with_name("mine")
    mine.write_text("mine")
    link.symlink_to("mine")
    code, message = surrogate(WRITES[command], place=place)
    assert (code, "overwrite=true" in message, mine.read_text()) == (78, True, "mine"), message


@pytest.mark.parametrize("command", [name for name in FOLDERS if name != "sweep"])
def test_a_strangers_folder_is_refused_and_stays(command, place):
    Path(place).mkdir()
    (Path(place) / "thesis.tex").write_text("mine")
    code, message = surrogate(WRITES[command], place=place)
    assert (code, "overwrite=true" in message) == (78, True), message
    assert [file.name for file in Path(place).iterdir()] == ["thesis.tex"]


def test_a_sweep_leaves_a_strangers_file_of_the_name_that_hydra_writes(place):
    Path(place).mkdir()
    (Path(place) / "multirun.yaml").write_text("mine: 1")
    code, message = surrogate(WRITES["sweep"], place=place)
    assert (code, "overwrite=true" in message) == (78, True), message


@pytest.mark.parametrize("command", [name for name, (_, read) in (FILES | FOLDERS).items() if read])
def test_an_input_is_never_written(command, place):
    words, read = (FILES | FOLDERS)[command]
    source = Path(read)
    new = not source.exists()  # an export of the run, and a picture of the data set, within them
    if new:
        source.write_text("mine")
    before = source.read_bytes() if source.is_file() else sorted(source.iterdir())
    code, message = surrogate(words.replace("PLACE" + suffix(command), read) + " overwrite=true")
    assert (code, "the input" in message or "inside the data set" in message) == (78, True), message
    assert (source.read_bytes() if source.is_file() else sorted(source.iterdir())) == before
    if new:
        source.unlink()


@pytest.mark.parametrize("command", [name for name in FOLDERS if "run" not in name])
def test_standard_output_takes_no_folder(command, place):
    code, message = surrogate(WRITES[command].replace("PLACE", "-"))
    assert (code, "standard output takes a single file" in message) == (2, True), message
    assert not Path("-").exists()


@pytest.mark.parametrize("command", ["predict", "export onnx", "export torch", "eval", "compare"])
def test_the_same_command_again_writes_the_same_again(command, place):
    words = WRITES[command]
    for _ in range(2):
        code, message = surrogate(words, place=place)
        assert code == 0, message
    assert surrogate(words.replace("run=run", "run=other").replace("run other", "other run"), place=place)[0] == 78


def test_a_prediction_on_standard_output_is_the_array_and_nothing_else(place):
    words = ["predict", "run=run", "input=a.npy", "out=-"]
    result = subprocess.run([sys.executable, "-m", "surrogate", *words], capture_output=True, check=True)
    assert np.load(io.BytesIO(result.stdout)).shape == (2, 1, 16, 16)
    assert b"standard output" in result.stderr


def test_the_place_that_a_link_leads_to_is_shown(place):
    Path(place).symlink_to("far.npy")
    code, message = surrogate(WRITES["predict"], place=place)
    assert (code, "place -> " in message, "far.npy" in message) == (0, True, True), message


def test_a_run_or_a_data_set_of_other_settings_is_replaced_only_when_asked(place):
    words = f"train data=data {TINY} out=PLACE"
    assert surrogate(words, place=place)[0] == 0
    Path(place, "notes.txt").write_text("mine")
    code, message = surrogate(words + " seed=1", place=place)
    assert (code, "seed is 0 there, 1 here" in message, "overwrite=true" in message) == (78, True, True), message
    assert surrogate(words + " seed=1 overwrite=true", place=place)[0] == 0
    assert surrogate(words + " seed=1", place=place)[0] == 0
    assert Path(place, "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("target", "kept"),
    [("run-a", False), ("/elsewhere/best", True), ("../kept", True), (None, True)],
)
def test_latest_is_moved_only_where_it_is_a_link_of_ours(tmp_path, target, kept):
    from surrogate.cli.places import mark_latest

    run, latest = tmp_path / "runs" / "run-b", tmp_path / "runs" / "latest"
    run.mkdir(parents=True)
    if target is None:
        latest.write_text("mine")
    else:
        latest.symlink_to(target)
    mark_latest(run)
    assert kept == (not latest.is_symlink() or str(latest.readlink()) == target)
    assert kept or str(latest.readlink()) == "run-b"
