"""Flip bits in every file that the tool writes and reads again, one at a time, and give the commands that read it.

    python benchmarks/bit_flips.py --place DIR [--flips 16] [--only "run, interrupted"]

A flip is *refused* where the command ends with 65 and a line (78: it would write over what was changed), *same* where
it prints and writes what it does with the whole file, *silent* where it answers something else, *broken* where it ends
otherwise. What differs between calls with whole files, such as seconds, is not compared. The commands run in this
process, as the command line calls them. docs/reference/store-format.md says what is checked; counts go to
results/DATE-bit_flips.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from _table import ROOT, machine, surrogate
from typer.testing import CliRunner

from surrogate.cli.app import app
from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.errors import Stopped
from surrogate.reading import sha256
from surrogate.training.train import train
from surrogate.training.training_settings import TrainConfig

SMALL = "model=fno model.hidden_channels=4 model.n_layers=2 model.n_modes=3 trainer.batch_size=4 trainer.device=cpu"
QUICK_GATE = "latency.blocks=0 frozen_samples=2"
OUTCOMES = ("refused", "same", "silent", "broken")
# Calls with whole files: two may round some seconds to the same figure.
WHOLE = 4
Row = tuple[str | int, ...]


@dataclass(frozen=True)
class Thing:
    """Something on the disk, and the commands that read it: {it} is its place, {out} a new one for what they write."""

    name: str
    path: str
    commands: tuple[str, ...]


THINGS = (
    Thing(
        "run",
        "runs/a",
        (
            "info {it}",
            "predict run={it} input=a.npy out={out}/u.npy",
            "train resume={it}",
            "export run={it} format=torch out={out}/u.pt2",
            "solve run={it} samples=2 discretisation=0 out={out}/u.npy",
            "eval run={it} out={out}/eval",
            "compare {it} runs/b out={out}/compare",
            "gate check run={it} baseline=gate/gate.json " + QUICK_GATE,
        ),
    ),
    Thing("interrupted", "runs/i", ("info {it}", "predict run={it} input=a.npy out={out}/u.npy", "train resume={it}")),
    Thing("evaluation", "runs/a/eval/test", ("eval run=runs/a out={it}",)),
    Thing(
        "data set",
        "data/tiny",
        (
            "info {it}",
            "data verify {it}",
            "eval run=runs/a data={it} out={out}/eval",
            f"train data={{it}} {SMALL} trainer.epochs=1 out={{out}}/run",
        ),
    ),
    Thing("baseline", "gate", ("gate check run=runs/a baseline={it}/gate.json " + QUICK_GATE,)),
    Thing(
        "preconditioner",
        "runs/p",
        ("solve preconditioner={it} samples=2 discretisation=0 out={out}/u.npy",),
    ),
    Thing("ONNX", "exports/a.onnx", ("info {it}", "eval artefact={it} data=data/tiny out={out}/eval")),
    Thing(
        "torch.export", "exports/a.pt2", ("info {it}", "eval artefact={it} trust={trust} data=data/tiny out={out}/eval")
    ),
    Thing("AOTInductor", "exports/a.aoti.pt2", ("info {it}",)),
)


def prepare(place: Path) -> None:
    """Make what is not there yet."""
    counts = "count.train=16 count.valid=4 count.test=4 part_size=8 certificate.floor=1 certificate.second=1"
    if not (place / "data/tiny/manifest.json").exists():
        surrogate(f"generate recipe=darcy_rough grid=16 {counts} out=data/tiny", place, 1)
    for name, seed in () if (place / "runs/b").exists() else (("a", 0), ("b", 1)):
        surrogate(f"train data=data/tiny {SMALL} trainer.epochs=3 seed={seed} out=runs/{name}", place, 1)
    if not (place / "runs/i").exists():
        words = [f"data={place}/data/tiny", f"out={place}/runs/i", *SMALL.split(), "trainer.epochs=3"]
        calls = iter(range(100))
        with suppress(Stopped):
            for _ in train(read(TrainConfig, compose_tree("train", words)), lambda: next(calls) > 12):
                pass
    if not (place / "gate").exists():
        surrogate(f"gate update run=runs/a baseline=gate/gate.json --reason first {QUICK_GATE}", place, 1)
        surrogate("precondition data=data/tiny out=runs/p width=3 steps=5", place, 1)
        surrogate("eval run=runs/a", place, 1)
        surrogate("eval run=runs/a suite=generalisation", place, 1)
    for name, kind in (("onnx", "onnx"), ("pt2", "torch"), ("aoti.pt2", "aoti")):
        if not (place / f"exports/a.{name}").exists():
            with suppress(Exception):
                surrogate(f"export run=runs/a format={kind} out=exports/a.{name}", place, 1)
    np.save(place / "a.npy", np.load(place / "a.npy") if (place / "a.npy").exists() else _inputs(place))


def _inputs(place: Path) -> np.ndarray:
    from surrogate.datasets.dataset import open_dataset

    return open_dataset(place / "data/tiny").read("test")[0]


def answer(command: str, it: Path, out: Path, trust: str) -> tuple[int, list[str]]:
    """Return the exit code of a command and the lines that it printed and wrote."""
    shutil.rmtree(out, ignore_errors=True)
    words = command.format(it=it, out=out, trust=trust).split()
    result = CliRunner().invoke(app, words)
    lines = result.output.splitlines()
    # Of a thing that is written to, what a person reads: the rest of it is the flipped file itself. Of a training, what
    # it learned: seconds are in all the rest.
    written, names = (it, ("*.html",)) if "out={it}" in command else (out, ("*",))
    if command.startswith("train data="):
        names, lines = ("weights.safetensors",), [line for line in lines if line.startswith("error:")]
    for file in sorted(path for name in names for path in written.rglob(name) if path.is_file()):
        if "tensorboard" in file.parts:
            continue
        text = file.suffix in (".json", ".jsonl", ".csv", ".html")
        content = file.read_bytes()
        lines += [
            file.name,
            *(content.decode(errors="replace").splitlines() if text else [hashlib.sha256(content).hexdigest()]),
        ]
    return result.exit_code, lines


def outcome(answered: tuple[int, list[str]], expected: list[tuple[int, list[str]]]) -> str:
    """Return what became of a flip, where ``expected`` are answers with whole files."""
    code, lines = answered
    first = expected[0]
    refused = [line for line in lines if line.startswith("error:")]
    if code != first[0]:
        return "refused" if code in (65, 78) and len(refused) == 1 else "broken"
    fixed = set.intersection(*(set(each[1]) for each in expected))
    return "same" if fixed <= set(lines) else "silent"


def ask(thing: Thing, command: str, file: Path, bit: int | None) -> tuple[int, list[str]]:
    """Return what a command answers of a copy of the thing, in whose ``file`` a bit is flipped, None: none is."""
    whole = Path(thing.path)
    copy = whole.with_name(f"_{whole.name}")
    trust = f"sha256:{sha256(whole)}" if whole.is_file() else ""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copy2(whole, copy) if whole.is_file() else shutil.copytree(whole, copy)
    if bit is not None:
        target = copy / file if whole.is_dir() else copy
        data = bytearray(target.read_bytes())
        data[bit // 8] ^= 1 << bit % 8
        target.write_bytes(data)
    return answer(command, copy.absolute(), Path("out").absolute(), trust)


def flipped(thing: Thing, files: list[Path], count: int) -> list[Row]:
    """Return a row for each command and file of a thing: how often each outcome came over ``count`` flips."""
    rows: list[Row] = []
    for command in thing.commands:
        expected = [ask(thing, command, files[0], None) for _ in range(WHOLE)]
        if expected[0][0] != 0:
            raise SystemExit(f"{command}: {expected[0]}")
        name = command.split("{")[0].split("=")[0].rsplit(" ", 1)[0]
        for file in files:
            size = (Path(thing.path) / file if Path(thing.path).is_dir() else Path(thing.path)).stat().st_size
            outcomes: Counter[str] = Counter()
            for bit in random.Random(f"{file}").sample(range(8 * size), min(count, 8 * size)):
                answered = ask(thing, command, file, bit)
                what = outcome(answered, expected)
                outcomes[what] += 1
                if what in ("silent", "broken"):
                    print(
                        f"  {what}: {thing.name} {file} bit {bit}: {name}: {answered[0]} {answered[1][-1:]}", flush=True
                    )
            rows.append((thing.name, str(file), name, *(outcomes[what] for what in OUTCOMES)))
            print("| " + " | ".join(map(str, rows[-1])) + " |", flush=True)
    return rows


def keep(rows: list[Row]) -> None:
    """Write the rows to results/DATE-bit_flips.json, in place of those of the same things."""
    results = ROOT / "benchmarks" / "results" / f"{date.today()}-bit_flips.json"
    former = json.loads(results.read_text(encoding="utf-8"))["rows"] if results.exists() else []
    measured = {row[0] for row in rows}
    kept = {
        "machine": machine(1),
        "columns": ["of", "file", "command", *OUTCOMES],
        "rows": [*(row for row in former if row[0] not in measured), *rows],
    }
    results.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--flips", type=int, default=16)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    place = given.place.absolute()
    place.mkdir(parents=True, exist_ok=True)
    prepare(place)
    os.chdir(place)
    only = {name.strip() for name in given.only.split(",") if name.strip()}
    rows: list[Row] = []
    for thing in THINGS:
        whole = Path(thing.path)
        if not whole.exists() or (only and thing.name not in only):
            continue
        files = (
            [Path(whole.name)]
            if whole.is_file()
            else sorted(
                path.relative_to(whole)
                for path in whole.rglob("*")
                if path.is_file() and not {"tensorboard", "eval", ".claims"} & set(path.relative_to(whole).parts)
            )
        )
        rows += flipped(thing, files, given.flips)
        keep(rows)
    total = {what: sum(row[3 + number] for row in rows) for number, what in enumerate(OUTCOMES)}
    print(total)


if __name__ == "__main__":
    main()
