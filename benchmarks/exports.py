"""Seconds of a surrogate run eagerly, compiled, by ONNX Runtime and by AOTInductor, and on any grid; one thread.

    python benchmarks/exports.py RUN [RUN ...] --place DIR [--rounds 15] [--seconds 4] [--only "eager;AOTInductor"]

What is not yet there is exported to DIR and checked. The calls of all ways are interleaved in one process, warm, and
their medians told; raw medians go to results/DATE-exports.json beside those of other runs and ways.
"""

from __future__ import annotations

import argparse
import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import torch
from _table import ROOT, machine
from torch import Tensor

from surrogate.cli.memory import keep_big_blocks
from surrogate.errors import SettingsError
from surrogate.evaluation.timing.interleaved import Budget, interleaved
from surrogate.predictors.exported.artefact import open_artefact
from surrogate.predictors.exported.artefact_card import Form
from surrogate.predictors.runs import Run, load_run
from surrogate.registry import EXPORTERS

BATCHES = (1, 32)
EXPORTED = {
    "ONNX Runtime": ("onnx", Form()),
    "ONNX Runtime, any grid": ("onnx", Form(dynamic_grid=True)),
    "torch.export": ("torch", Form()),
    "AOTInductor": ("aoti", Form()),
}
WAYS = ("eager", "compiled", *EXPORTED)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--place", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--only", default=";".join(WAYS), help="the ways, separated by semicolons")
    parser.add_argument("--export-alone", action="store_true", help="time nothing")
    arguments = parser.parse_args()
    keep_big_blocks()
    torch.set_num_threads(1)
    path = ROOT / "benchmarks" / "results" / f"{date.today()}-exports.json"
    raw = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"seconds": {}}
    for folder in arguments.runs:
        run = load_run(folder)
        ways = {}
        for name in arguments.only.split(";"):
            try:
                ways[name] = way(run, name, arguments.place)
            except SettingsError as error:
                print(f"{folder.name}, {name}: {error}", flush=True)
        if arguments.export_alone:
            continue
        calls = {f"{name}|{batch}": call(use, inputs(run, batch)) for name, use in ways.items() for batch in BATCHES}
        budget = Budget(arguments.rounds, arguments.seconds)
        seconds = interleaved(calls, budget, torch.device("cpu"))
        raw["seconds"][folder.name] = raw["seconds"].get(folder.name, {}) | seconds
        print(folder.name)
        for name, value in seconds.items():
            print(f"  {name:32} {1e3 * value / int(name.rpartition('|')[2]):8.2f} ms a sample")
    if not arguments.export_alone:
        raw |= {"machine": machine(1), "torch": torch.__version__, "date": str(date.today())}
        path.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")


def way(run: Run, name: str, place: Path) -> Callable[[Tensor], Tensor]:
    """Return the map by one of the ways, exported where it is not yet."""
    if name == "eager":
        return run.surrogate
    if name == "compiled":
        return torch.compile(copy.deepcopy(run.surrogate))
    kind, form = EXPORTED[name]
    exporter = EXPORTERS.module(kind)
    path = place / f"{run.path.name}{form.suffix}{exporter.SUFFIX}"
    if not path.exists():
        print(f"{path.name}: differs by {exporter.export(run, path, 1e-5, form):.1e} from the run", flush=True)
    artefact = open_artefact(path)
    return artefact.load(f"sha256:{artefact.digest}")


def inputs(run: Run, batch: int) -> Tensor:
    """Return so many stored inputs, repeated where fewer are stored."""
    stored = run.examples[0]
    return stored[torch.arange(batch) % len(stored)]


def call(use: Callable[[Tensor], Tensor], fields: Tensor) -> Callable[[int], object]:
    """Return one timed call."""

    def once(number: int) -> object:
        with torch.inference_mode():
            return use(fields)

    return once


if __name__ == "__main__":
    main()
