"""Ours and the peers on identical data: rough Darcy flow at 32 x 32 from 100, 300 and 1000 training samples.

    python benchmarks/comparison.py --data FOLDER [--place FOLDER] [--prefix WORDS] [--only WORD]

All get the same processor time on one thread, validation included, whatever their batch. The learning rate of each is
the best of three, by relative L2 on validation data, in a short run on 1000 samples; so is one more choice that its
authors leave open. Ours go through the command line, peers through comparison_peers.py. The test split is read once for
each row, when that is trained. What is finished is not done again: `--prefix` goes before every job (a queue, say), and
`--only` runs the jobs with that word in their name.
"""

from __future__ import annotations

import json
import os
import resource
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from _table import ROOT, filled, keep, markdown, parser, percent

# Seconds of processor time for so many training samples, and for choosing.
SECONDS = {100: 30, 300: 50, 1000: 90}
CHOOSING = 15

# What is chosen among: the first three are rates, the last is tried at the best of these.
CHOICES: dict[str, tuple[list[float], dict[str, Any]]] = {
    "fno": ([3e-3, 6e-3, 1e-2], {"model.n_modes": 12}),
    "mgno": ([3e-3, 6e-3, 1e-2], {}),
    "deeponet": ([1e-3, 2e-3, 4e-3], {"loss": "h1_fd"}),
    "neuraloperator": ([2e-3, 5e-3, 1e-2], {"modes": 32}),
    "deepxde": ([3e-4, 1e-3, 3e-3], {"loss": "h1_fd"}),
}
NAMES = {
    "fno": "FNO, ours",
    "mgno": "MgNO, ours",
    "deeponet": "DeepONet, ours",
    "neuraloperator": "FNO, neuraloperator 2.0.0",
    "deepxde": "DeepONet, DeepXDE 1.15.0",
}
PEERS = ("neuraloperator", "deepxde")


def table(raw: dict[str, Any]) -> str:
    """Return the table in Markdown, and what its figures are."""
    counts, rows = [str(count) for count in SECONDS], []
    for model, name in NAMES.items():
        of = [raw["rows"].get(f"{model}-{count}") for count in counts]
        known = [row for row in of if row is not None]
        if known:
            cells = [percent(row and row["test"][metric]) for row in of for metric in ("relative_l2", "h1_fd")]
            rows.append([name, f"{known[0]['parameters']:,}", *cells])
    metrics = [f"{count}: {metric}" for count in counts for metric in ("relative L2", "H1 by differences")]
    return filled("comparison_table", raw=raw, seconds=SECONDS, table=markdown(["model", "parameters", *metrics], rows))


def main() -> None:
    """Run what is missing and write the raw figures."""
    arguments = parser(__doc__, place=ROOT / "runs" / "comparison")
    arguments.add_argument(
        "--data", type=Path, required=True, help="rough Darcy flow at 32 x 32: 1000, 100, 200 samples"
    )
    arguments.add_argument("--prefix", default="")
    arguments.add_argument("--only", default="")
    arguments.add_argument("--job", help="do this one, in this process")
    options = arguments.parse_args()
    place, data = options.place, options.data.absolute()
    place.mkdir(parents=True, exist_ok=True)
    if options.job:
        job(json.loads(options.job), place, data)
        return

    def done(name: str, model: str, count: int, seconds: float, rate: float, extra: dict[str, Any], test: bool) -> Any:
        path = place / f"{name}.json"
        if not path.exists() and options.only in name:
            request = {"name": name, "model": model, "count": count, "seconds": seconds, "rate": rate, "extra": extra}
            words = [*shlex.split(options.prefix), sys.executable, __file__, "--data", str(data), "--place", str(place)]
            environment = os.environ | {"OMP_NUM_THREADS": "1"}
            subprocess.run([*words, "--job", json.dumps(request | {"test": test})], check=True, env=environment)
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    rows, tried = {}, {}
    for model, (rates, other) in CHOICES.items():
        runs = [done(f"choose-{model}-{rate:g}", model, 1000, CHOOSING, rate, {}, False) for rate in rates]
        if None in runs:
            continue
        best = min(runs, key=lambda run: run["valid_relative_l2"])
        if other:
            runs.append(done(f"choose-{model}-other", model, 1000, CHOOSING, best["rate"], other, False))
            best = min([run for run in runs if run], key=lambda run: run["valid_relative_l2"])
        tried[model] = runs
        for count, seconds in SECONDS.items():
            row = done(f"{model}-{count}", model, count, seconds, best["rate"], best["extra"], True)
            rows |= {f"{model}-{count}": row} if row else {}
    figures = {"test_samples": 200, "seconds": SECONDS, "rows": rows, "tried": tried}
    print(table(keep("comparison", figures, 1, place)))


def job(request: dict[str, Any], place: Path, data: Path) -> None:
    """Train one row, test it if it says so, and keep its figures."""
    figures = (peer if request["model"] in PEERS else ours)(request, place, data)
    text = json.dumps(request | figures, indent=1) + "\n"
    (place / f"{request['name']}.json").write_text(text, encoding="utf-8")
    print(request["name"], {key: figures[key] for key in ("valid_relative_l2", "seconds", "epochs")}, flush=True)


def peer(request: dict[str, Any], place: Path, data: Path) -> dict[str, Any]:
    """Train a peer and return its facts and, if asked for, its errors on the test split."""
    import comparison_peers as peers
    import torch

    from surrogate.datasets.dataset import open_dataset
    from surrogate.evaluation.intervals import interval
    from surrogate.evaluation.metric import errors

    torch.set_num_threads(1)
    task = peers.Task(open_dataset(data), request["count"])
    train = {"neuraloperator": peers.neuraloperator, "deepxde": peers.deepxde}[request["model"]]
    fitted = train(task, request["seconds"], request["rate"], **request["extra"])
    if not request["test"]:
        return fitted.facts
    inputs, outputs = task.split("test")
    spec = task.dataset.spec
    values = errors(fitted.predict(inputs), outputs, spec.space)
    test = {name: vars(interval(values[name])) for name in ("relative_l2", "h1_fd")}
    return fitted.facts | {"test": test}


def ours(request: dict[str, Any], place: Path, data: Path) -> dict[str, Any]:
    """Train one of ours by its command for as many epochs as fit the time, and evaluate it if asked for."""
    extra = {"loss": "relative_l2" if request["model"] == "deeponet" else "h1_fd"} | request["extra"]
    settings = (
        f"model={request['model']} optimizer.lr={request['rate']} trainer.samples={request['count']}"
        " trainer.device=cpu "
    )
    words = f"train data='{data}' " + settings + " ".join(f"{key}={value}" for key, value in extra.items())

    def train(epochs: int, out: Path) -> float:
        return _tool(f"{words} trainer.epochs={epochs} out='{out}'")

    more = 1 + 2 * 1000 // request["count"]
    short, longer = (train(n, place / f"time-{request['name']}-{n}") for n in (1, more))
    epoch = (longer - short) / (more - 1)
    epochs = max(int(request["seconds"] / epoch), 1)
    out = place / "runs" / request["name"]
    seconds = train(epochs, out) - (short - epoch)  # less the start of the command
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    facts = {"valid_relative_l2": record["metrics"]["valid_relative_l2"], "parameters": record["parameters"]}
    facts |= {"seconds": seconds, "epochs": epochs, "command": f"{words} trainer.epochs={epochs}"}
    if not request["test"]:
        return facts
    _tool(f"eval run='{out}'")
    measured = json.loads((out / "eval" / "test" / "metrics.json").read_text(encoding="utf-8"))["metrics"]
    return facts | {"test": {name: measured[name] for name in ("relative_l2", "h1_fd")}}


def _tool(words: str) -> float:
    """Run a command of the tool and return its processor seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "surrogate", *shlex.split(words)], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main()
