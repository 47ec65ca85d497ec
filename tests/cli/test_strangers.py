"""Laws of commands on the files of strangers: what their names say is shown, and no terminal or browser obeys it."""

import contextlib
import json
import re
import shutil

import numpy as np
import pytest
import typer

from surrogate.cli import compare, data, evaluate, gate, info
from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.plan import About, Plan, begin
from surrogate.datasets.sealing import seal
from surrogate.datasets.store import Header, Part, encode
from surrogate.files import make_folder, publish_bytes
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid
from surrogate.training.train import train
from surrogate.training.training_settings import TrainConfig

# It clears the screen, names the window, turns text round, and is markup, a link, mathematics and a script.
NASTY = "=\x1b[2J\x1b]0;gone\x07\x9b31m\x7f\u202etxt\u2028[red]:smile:[link=x] $\\frac{<script>alert(1)<"
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069]")
SMALL = ("model=fno", "model.hidden_channels=4", "model.n_layers=1", "model.n_modes=2", "trainer.epochs=1")


def nasty_dataset(folder):
    """Write a data set of random numbers whose every name, unit, title and note is nasty."""
    spec = DataSpec(
        equation=NASTY,
        grid=Grid.box((8, 8), "cells"),
        boundary=Boundary.uniform("dirichlet", 2),
        fields=(
            FieldSpec(name=f"{NASTY}a", unit=NASTY, role="constant"),
            FieldSpec(name=f"{NASTY}u", unit=NASTY, role="state"),
        ),
        times=(0.0,),
        task="map",
    )
    count = {"train": 8, "valid": 8, "test": 8}
    about = About(title=NASTY, source=NASTY, notes=NASTY)
    plan = Plan.of("data convert", about, {"seed": 0, "source": NASTY, "format": "", "split": []}, count, 8)
    begin(folder, plan)
    random = np.random.default_rng(0)
    for piece in plan.pieces():
        part = Part(
            header=Header(name=NASTY, spec=spec, split=piece.split, seed=0, recipe=None),
            indices=np.asarray(piece.indices),
            constants=random.standard_normal((8, 1, 8, 8)).astype(np.float32),
            states=random.standard_normal((8, 1, 1, 8, 8)).astype(np.float32),
            residual=np.full(8, np.nan),
            iterations=np.full(8, -1),
            effort=np.zeros(8, np.int64),
        )
        make_folder((folder / piece.path).parent)
        publish_bytes(folder / piece.path, encode(part))
    seal(folder, plan, Header(name=NASTY, spec=spec, split="train", seed=0, recipe=None),
         {split: np.arange(n) for split, n in count.items()})  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Give a folder, of a nasty name, with a nasty data set and two runs on it."""
    folder = tmp_path_factory.mktemp("place") / f"{NASTY}place"
    nasty_dataset(folder / "data")
    tree = compose_tree("train", ["data=x", *SMALL]) | {"data": str(folder / "data"), "out": str(folder / "run")}
    list(train(read(TrainConfig, tree), lambda: False))
    shutil.copytree(folder / "run", folder / "again")
    return folder


def quietly(command, *words, **options):
    with contextlib.suppress(typer.Exit):
        command(*words, **options)


COMMANDS = {
    "info data": lambda place: info.info(place / "data"),
    "info data as JSON": lambda place: info.info(place / "data", as_json=True),
    "info run": lambda place: info.info(place / "run"),
    "verify": lambda place: data.verify(place / "data"),
    "eval": lambda place: evaluate.evaluate([f"run={place / 'run'}"]),
    "compare": lambda place: compare.compare([str(place / "run"), str(place / "again"), f"out={place / 'compared'}"]),
    "gate update": lambda place: gate.update([f"run={place / 'run'}", f"baseline={place / 'gate.json'}"], reason=NASTY),
    "gate check": lambda place: gate.check(
        [f"run={place / 'run'}", f"baseline={place / 'gate.json'}", f"out={place / 'gate'}"]
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_writes_what_a_terminal_obeys(place, capsys, command):
    quietly(COMMANDS[command], place)
    written = "".join(capsys.readouterr())
    assert "x1b[2J" in written or "u001b[2J" in written or command.startswith("gate")
    assert OBEYED.search(written) is None
    assert "Traceback" not in written
    assert not [line for line in written.splitlines() if line.startswith("error:")]


def test_a_report_shows_nasty_names_and_runs_none(place):
    quietly(COMMANDS["eval"], place)
    page = next((place / "run").rglob("report.html")).read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert OBEYED.search(page) is None
    assert json.loads(next((place / "run").rglob("metrics.json")).read_text(encoding="utf-8"))
