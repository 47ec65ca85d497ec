"""What a GPU makes of us, in under 8 minutes: step times beside plain models, solver throughput, paper-scale training.

    benchmarks/gpu.sh                            # the GPU tests, then this
    python benchmarks/gpu.py [--device cpu] [--points 64] [--seconds 60] [--only WORD]

Every part runs in a process of its own with a time limit, so that one that fails takes no other along. ``steps``:
forward, backward and Adam at ``--points`` squared, batch 16, of each model and of MgNO and FNO as one writes them down
first, eager in float32 and bfloat16, replayed from a CUDA graph, and some compiled; medians of interleaved rounds timed
by events. ``solvers``: samples per second of two recipes through the command line. ``paper``: ``--seconds`` of
``experiment=paper_darcy_rough`` at 256 x 256. Raw figures go to results/DATE-gpu.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from _table import ROOT, machine, surrogate

PARTS = {"steps": 120, "solvers": 80, "paper": 120}
BATCH, ROUNDS = 16, 20
OURS = ("fno", "mgno", "deeponet", "unet", "stable_fno")
# To compile takes long.
COMPILED = ("fno 32", "mgno 24")
SOLVED = {"darcy_rough": "grid=128", "navier_stokes": "grid=64"}


def main() -> None:
    """Run every part in a process of its own, keep what it found or why it found nothing, and print it."""
    arguments = parsed()
    if arguments.part:
        part = {"steps": steps, "solvers": solvers, "paper": paper}[arguments.part]
        print("RESULT " + json.dumps(part(arguments)))
        return
    raw: dict[str, Any] = {"machine": machine(1), "date": str(date.today()), "gpu": name_of(arguments.device)}
    for part, limit in PARTS.items():
        if arguments.only in (None, part):
            raw[part] = in_child(part, limit)
            print(part, json.dumps(raw[part], indent=1), flush=True)
    path = ROOT / "benchmarks" / "results" / f"{date.today()}-gpu.json"
    path.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--points", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    return parser.parse_args()


def name_of(device: str) -> str:
    import torch

    return torch.cuda.get_device_name() if device == "cuda" else device


def in_child(part: str, limit: int) -> Any:
    """Return what a part found, or the end of what it said."""
    command = [sys.executable, __file__, *sys.argv[1:], "--part", part]
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit)
    except subprocess.TimeoutExpired:
        return {"failed": f"took longer than {limit} s"}
    lines = [line for line in run.stdout.splitlines() if line.startswith("RESULT ")]
    return json.loads(lines[0].removeprefix("RESULT ")) if lines else {"failed": (run.stdout + run.stderr)[-2000:]}


def steps(arguments: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Return the milliseconds of a training step of each model in each way."""
    from _plain_fno import PlainFNO
    from _plain_mgno import PlainMgNO
    from mgno_step import LAYERS, LEVELS, WIDTH

    models = {name: built(name, arguments.points) for name in OURS}
    models["mgno 24"] = built("mgno", arguments.points, hidden_channels=WIDTH, n_layers=LAYERS, levels=LEVELS)
    models["plain mgno 24"] = PlainMgNO(1, 1, WIDTH, LAYERS, LEVELS)
    plain = {"channel_mlp_expansion": None, "domain_padding": 0.0, "positional_embedding": False}
    models["fno 32"] = built("fno", arguments.points, hidden_channels=32, n_layers=4, n_modes=12, **plain)
    models["plain fno 32"] = PlainFNO(1, 1, 32, 4, 12)
    calls = {}
    for name, model in models.items():
        ways = ["eager", "bfloat16", *(["graph"] if arguments.device == "cuda" else [])]
        for way in [*ways, *(["compiled"] if name in COMPILED else [])]:
            try:
                calls[name, way] = step_of(model, way, arguments)
            except Exception as error:  # what cannot be captured or compiled is a figure too
                calls[name, way] = f"{type(error).__name__}: {error}"[:200]
    times: dict[tuple[str, str], list[float]] = {key: [] for key in calls}
    for _ in range(ROUNDS):
        for key, call in calls.items():
            if callable(call):
                times[key].append(milliseconds(call, arguments.device))
    medians: dict[str, dict[str, Any]] = {}
    for (name, way), seconds in times.items():
        medians.setdefault(name, {})[way] = statistics.median(seconds) if seconds else calls[name, way]
    return medians


def built(name: str, points: int, **changes: Any) -> Any:
    """Return one of our models with its default settings, changed by keywords, on a square with walls."""
    import torch
    import yaml
    from mgno_step import problem

    from surrogate.registry import MODELS

    torch.manual_seed(0)
    settings = yaml.safe_load((ROOT / "conf" / "model" / f"{name}.yaml").read_text(encoding="utf-8"))["model"]
    module = MODELS.module(name)
    return module.Model(module.Settings.model_validate_json(json.dumps(settings | changes)), problem(points))


def step_of(model: Any, way: str, arguments: argparse.Namespace) -> Callable[[], Any]:
    """Return a training step, warmed up; ``graph`` replays one that was captured."""
    import copy

    import torch

    network = copy.deepcopy(model).to(arguments.device)
    inputs, outputs = torch.randn(2, BATCH, 1, arguments.points, arguments.points, device=arguments.device)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4, capturable=way == "graph")
    run = torch.compile(network) if way == "compiled" else network
    cast = torch.autocast(arguments.device, torch.bfloat16, enabled=way == "bfloat16")

    def step() -> None:
        optimizer.zero_grad(set_to_none=way != "graph")
        with cast:
            prediction = run(inputs)
        (prediction.float() - outputs).square().mean().backward()
        optimizer.step()

    if way != "graph":
        for _ in range(3):
            step()
        return step
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay


def milliseconds(call: Callable[[], Any], device: str) -> float:
    """Return what a call takes, by events on a GPU."""
    if device != "cuda":
        started = time.perf_counter()
        call()
        return 1e3 * (time.perf_counter() - started)
    import torch

    before, after = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    before.record()
    call()
    after.record()
    torch.cuda.synchronize()
    return float(before.elapsed_time(after))


def solvers(arguments: argparse.Namespace) -> dict[str, float]:
    """Return samples solved per second, the start of the command counted."""
    rates = {}
    count = 128 if arguments.device == "cuda" else 4
    words = f"count.train={count} count.valid=0 count.test=0 part_size={count} certificate.samples=0 pilot=false"
    for recipe, grid in SOLVED.items():
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            surrogate(f"generate recipe={recipe} {grid} {words} device={arguments.device} out=d", Path(folder), 1)
            rates[recipe] = count / (time.perf_counter() - started)
    return rates


def paper(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of ``--seconds`` of MgNO's published training on fewer samples."""
    points, count = (256, 128) if arguments.device == "cuda" else (32, 16)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        words = f"count.train={count} count.valid=8 count.test=0 certificate.samples=0 pilot=false"
        made = f"generate recipe=darcy_rough grid={points} {words} device={arguments.device} out=d"
        surrogate(made, place, 1)
        learned = "train experiment=paper_darcy_rough data=d out=r allow_uncertified=true"
        limit = f"trainer.device={arguments.device} trainer.max_seconds={arguments.seconds}"
        surrogate(f"{learned} {limit}", place, 1)
        record = json.loads((place / "r" / "run.json").read_text(encoding="utf-8"))
        epochs = len((place / "r" / "history.csv").read_text(encoding="utf-8").splitlines()) - 1
        return {
            "seconds": record["seconds"],
            "epochs": epochs,
            "samples a second": count * epochs / record["seconds"],
            "metrics": record["metrics"],
        }


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
