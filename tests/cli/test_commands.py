"""The command line as a user meets it: help, typos, missing files, figures, exit codes."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMANDS = (
    "generate",
    "preview",
    "train",
    "tune",
    "eval",
    "compare",
    "export",
    "predict",
    "run",
    "list",
    "info",
    "data",
    "gate",
    "solve",
    "precondition",
)


def surrogate(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `surrogate` as a process of its own, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "surrogate", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "200"} | environment,
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Give a folder with a tiny data set and a run on it."""
    folder = tmp_path_factory.mktemp("place")
    counts = ("count.train=8", "count.valid=4", "count.test=4")
    made = surrogate(
        "generate",
        "recipe=darcy_rough",
        "grid=16",
        *counts,
        "certificate.floor=0.3",
        "certificate.second=0.1",
        "out=data/tiny",
        cwd=folder,
    )
    assert made.returncode == 0, made.stderr
    trained = surrogate("train", "data=data/tiny", "model=fno", "trainer.epochs=1", "out=runs/tiny", cwd=folder)
    assert trained.returncode == 0, trained.stderr
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_examples_before_options(command, tmp_path):
    shown = surrogate(command, "--help", cwd=tmp_path).stdout
    words = {"data": "convert", "gate": "check"}.get(command, f"surrogate {command}")
    assert words in shown
    assert command in ("data", "gate") or shown.index("Examples") < shown.index("Options")


def test_no_example_is_wrapped_on_a_terminal_of_80_columns():
    from surrogate.cli import (
        compare,
        data,
        evaluate,
        export,
        gate,
        generate,
        info,
        listing,
        precondition,
        predict,
        preview,
        run,
        solve,
        train,
        tune,
    )

    modules = (
        compare,
        evaluate,
        export,
        generate,
        info,
        listing,
        precondition,
        predict,
        preview,
        run,
        solve,
        train,
        tune,
    )
    examples = [*data.CONVERT_EXAMPLES, *gate.CHECK_EXAMPLES, *gate.UPDATE_EXAMPLES]
    examples += [example for module in modules for example in module.EXAMPLES]
    assert [example for example in examples if len(example) > 76] == []


def test_help_of_train_lists_the_choices_of_every_group(tmp_path):
    shown = surrogate("train", "--help", cwd=tmp_path).stdout
    assert all(name in shown for name in ("mgno", "fno", "deeponet", "h1_fd", "adamw", "onecycle"))


def test_help_answers_faster_than_torch_can_be_imported(tmp_path):
    def seconds(*command: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, capture_output=True, cwd=tmp_path)
        return time.perf_counter() - start

    # A ratio of runs on the same machine: absolute times say more about its load.
    pairs = [(seconds("-m", "surrogate", "train", "--help"), seconds("-c", "import torch")) for _ in range(3)]
    assert min(help_time / torch_time for help_time, torch_time in pairs) < 0.7


@pytest.mark.parametrize(
    ("words", "right", "code"),
    [
        (("train", "data=data/tiny", "model=mgon"), "mgno", 2),
        (("train", "data=data/tiny", "trainer.epohs=3"), "trainer.epochs", 2),
        (("train", "data=data/tiny", "trainer.epochs=1.5"), "integer", 78),
        (("train", "data=data/tiny", "trainer.epochs=0"), "greater than 0", 78),
        (("train", "data=data/tiny", "model.hiden_channels=3"), "hidden_channels", 2),
        (("train", "data=data/tiny", "+trainer.foo=1"), "trainer.foo", 78),
        (("train", "data=data/tny"), "tiny", 65),
        (("train",), "data", 2),
        (("train", "data=data/tiny", "hydra.run.dir=x"), "out=FOLDER", 2),
        (("train", "data=data/tiny", "-m", "model=fno,mgon"), "mgno", 2),
        (("generate", "recipe=darcy_rogh"), "darcy_rough", 2),
        (("generate",), "darcy_rough", 2),
        (("generate", "recipe=darcy_rough", "+equation.permeability.field.tua=1"), "field.tau'", 78),
        (("generate", "recipe=darcy_piecewise", "match=fnoo"), "'fno'", 78),
        (("eval", "run=runs/tny"), "tiny", 65),
        (("eval", "run=runs/tiny", "split=tset"), "test", 78),
        (("export", "run=runs/tiny", "format=onx"), "onnx", 78),
        (("predict", "run=runs/tiny", "input=missing.npy", "out=new.npy"), "missing.npy", 65),
        (("info", "data/tny"), "tiny", 65),
        (("compare", "runs/tiny"), "1 run to compare", 2),
        (("compare", "runs/tiny", "runs/tny"), "tiny", 65),
        (("compare", "runs/tiny", "runs/tiny"), "named twice", 65),
        (("compare", "runs/tiny", "runs/tiny", "splt=valid"), "split", 2),
        (("run",), "small_darcy_rough", 2),
        (
            ("data", "convert", "input=data/tiny/README.md", "format=neuraloperater", "out=data/n"),
            "neuraloperator",
            78,
        ),
    ],
)
def test_a_mistake_is_one_line_with_the_right_name_and_creates_nothing(place, words, right, code):
    before = sorted(place.rglob("*"))
    done = surrogate(*words, cwd=place)
    assert done.returncode == code, done.stderr
    assert right in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert sorted(place.rglob("*")) == before


def test_show_prints_the_complete_settings(place):
    shown = surrogate("train", "data=data/tiny", "model=mgno", "trainer.epochs=3", "--show", cwd=place)
    assert "epochs: 3" in shown.stdout
    assert "pre_smoothing" in shown.stdout


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("generate", "recipe=darcy_rough"), "a sample (measured on a pilot)"),
        (("train", "data=data/tiny", "model=mgno"), "second"),
    ],
)
def test_a_dry_run_says_what_it_would_take_and_creates_nothing(place, command, says):
    before = sorted(place.rglob("*"))
    done = surrogate(*command, "--dry-run", cwd=place)
    assert done.returncode == 0, done.stderr
    assert says in done.stdout
    assert sorted(place.rglob("*")) == before


def test_a_preview_draws_a_picture_and_the_animation_of_an_evolution(place):
    few = ("recipe=burgers", "grid=32", "-n", "1", "--out", "pictures/waves.png")
    done = surrogate("preview", *few, cwd=place)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["pictures/waves.png", "pictures/waves.gif"]
    assert (place / "pictures/waves.png").read_bytes().startswith(b"\x89PNG")
    assert (place / "pictures/waves.gif").read_bytes().startswith(b"GIF8")


def test_a_preview_of_a_data_set_names_its_picture_after_it(place):
    done = surrogate("preview", "data=data/tiny", "--split", "test", "-n", "1", cwd=place)
    assert done.stdout.split() == ["preview-tiny.png"]
    (place / "preview-tiny.png").unlink()


def test_a_detached_command_needs_jobs_to_leave_the_work_to(place):
    done = surrogate("generate", "recipe=burgers", "--detach", cwd=place)
    assert done.returncode == 2
    assert "add cluster=slurm or cluster=local" in done.stderr


def test_the_same_command_on_a_finished_run_prints_its_figures_again(place):
    again = surrogate("train", "data=data/tiny", "model=fno", "trainer.epochs=1", "out=runs/tiny", cwd=place)
    assert again.returncode == 0
    assert "valid relative L2" in again.stdout


def test_other_settings_on_a_finished_run_are_refused_by_name(place):
    done = surrogate("train", "data=data/tiny", "model=fno", "trainer.epochs=2", "out=runs/tiny", cwd=place)
    assert done.returncode == 78
    assert "trainer.epochs" in done.stderr


def test_latest_points_at_the_last_run(place):
    assert (place / "runs" / "latest").resolve() == (place / "runs" / "tiny").resolve()


def test_a_sweep_through_joblib_trains_every_point(place):
    words = (
        "-m",
        "model=fno,deeponet",
        "trainer.epochs=1",
        "out=runs/sweep",
        "hydra/launcher=joblib",
        "hydra.launcher.n_jobs=2",
    )
    done = surrogate("train", "data=data/tiny", *words, cwd=place)
    assert done.returncode == 0, done.stderr
    status = [
        json.loads((place / "runs/sweep" / name / "run.json").read_text())["status"] for name in ("fno", "deeponet")
    ]
    assert status == ["finished", "finished"]
    assert "a small difference may be chance; surrogate compare runs/sweep/" in " ".join(done.stderr.split())
    rows = {row["run"]: row for row in csv.DictReader((place / "runs/sweep/sweep.csv").read_text().splitlines())}
    best = min(rows, key=lambda name: float(rows[name]["valid_relative_l2"]))
    assert {name: (row["model"], row["best"]) for name, row in rows.items()} == {
        name: (name, "yes" if name == best else "") for name in ("fno", "deeponet")
    }
    assert f"surrogate eval runs/sweep/{best}" in done.stdout
    shown = json.loads(surrogate("list", "runs", "runs/sweep", "sort=error", "--json", cwd=place).stdout)
    assert shown[0]["name"] == best


def test_an_interrupted_sweep_stops_as_a_whole_and_goes_on_with_the_same_command(place):
    words = ("train", "data=data/tiny", "-m", "model=fno,deeponet", "trainer.epochs=60", "out=runs/broken")
    process = subprocess.Popen(
        [sys.executable, "-m", "surrogate", *words],
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    first = place / "runs" / "broken" / "fno" / "history.jsonl"
    while process.poll() is None and not (first.is_file() and first.stat().st_size):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    shown, errors = process.communicate()
    assert process.returncode == 75, errors
    assert "not run" in shown
    assert json.loads((place / "runs/broken/fno/run.json").read_text())["status"] == "running"
    assert surrogate(*words, cwd=place).returncode == 0


def test_runs_are_compared_whatever_their_folders_are_called(place):
    shutil.copytree(place / "runs" / "tiny", place / "runs" / "seed=1")
    done = surrogate("compare", "runs/tiny", "runs/seed=1", "out=compare", cwd=place)
    assert done.returncode == 0, done.stderr
    assert "4 samples are too few to tell it from the others" in " ".join(done.stdout.split())
    assert {file.name for file in (place / "compare").iterdir()} >= {"report.html", "compare.json", "differences.csv"}


def test_no_colour_codes_are_written_when_there_is_no_terminal(place):
    done = surrogate("info", "data/tiny", cwd=place)
    assert "\x1b" not in done.stdout + done.stderr


def test_a_user_folder_adds_a_recipe_and_a_model_setting(place):
    mine = place / "mine" / "model"
    mine.mkdir(parents=True)
    (mine / "wide.yaml").write_text("defaults: [fno]\nhidden_channels: 48\n")
    done = surrogate("train", "data=data/tiny", "model=wide", "--config-dir", "mine", "--show", cwd=place)
    assert "hidden_channels: 48" in done.stdout, done.stderr
