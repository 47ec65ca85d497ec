"""Seconds of a training step while another process takes a core, and while none does, for ways in which threads wait.

    python benchmarks/busy.py [--rounds 15] [--steps 5] [--planted 1] [--cases mgno-32 ...] [--ways before now one ...]

One process for each way, all at once; they step in turn when told to, so that cases, ways and both conditions are
interleaved. For the busy condition a process that never sleeps is planted on the first core, or several of them
anywhere. ``before`` is torch as it comes, a thread for every core; ``now`` is a training as we begin it, with a trial
of threads in every turn; ``one`` has one thread. Raw seconds and threads go to results/DATE-busy-PLANTED.json, and two
ratios are printed, medians over turns: idle to ``before``, and busy to one thread that is alone.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from _table import ROOT, machine

# Name of a case: model, points a side, samples.
CASES = {
    "mgno-16": ("mgno", 16, 8),
    "mgno-32": ("mgno", 32, 8),
    "mgno-64": ("mgno", 64, 8),
    "fno-16": ("fno", 16, 8),
    "fno-64": ("fno", 64, 8),
    "fno-128": ("fno", 128, 8),
    "unet-64": ("unet", 64, 8),
    "deeponet-32": ("deeponet", 32, 8),
}
# Name of a way: what the environment says to the threads, beside OMP_NUM_THREADS.
WAYS: dict[str, dict[str, str]] = {
    "before": {},
    "now": {},
    "one": {"OMP_NUM_THREADS": "1"},
    "passive": {"OMP_WAIT_POLICY": "passive"},
    "spin 0": {"GOMP_SPINCOUNT": "0"},
    "spin 100": {"GOMP_SPINCOUNT": "100"},
    "spin 1000": {"GOMP_SPINCOUNT": "1000"},
    "spin 10000": {"GOMP_SPINCOUNT": "10000"},
    "spin 30000": {"GOMP_SPINCOUNT": "30000"},
}
_OURS = ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME", "MKL_NUM_THREADS")
_WARM = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--planted", type=int, default=1, help="processes of the busy condition")
    parser.add_argument("--cases", nargs="+", default=["mgno-32", "mgno-64", "fno-64"], choices=CASES)
    parser.add_argument("--ways", nargs="+", default=["before", "now", "one"], choices=WAYS)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker is not None:
        work(arguments.worker, arguments.cases)
        return
    seconds = measure(arguments)
    raw = {
        "machine": machine(os.cpu_count() or 1),
        "date": str(date.today()),
        "load": os.getloadavg()[0],
        "steps of a turn": arguments.steps,
        "planted": arguments.planted,
        "seconds of a step (median of a turn) and threads": seconds,
    }
    place = ROOT / "benchmarks" / "results" / f"{date.today()}-busy-{arguments.planted}.json"
    place.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    tell(seconds)


def step_of(model: str, points: int, batch: int) -> Callable[[], None]:
    """Return a training step of a model as conf/ has it, on random fields."""
    import torch
    import yaml

    from surrogate import norms
    from surrogate.registry import MODELS
    from surrogate.spaces import Boundary, FieldSpec, Grid, Problem

    problem = Problem.on_grid(
        inputs=(FieldSpec(name="a", unit="1", role="constant"),),
        outputs=(FieldSpec(name="u", unit="1", role="state"),),
        grid=Grid.box((points, points), "cells"),
        boundary=Boundary.uniform("dirichlet", 2),
        task="map",
    )
    node = yaml.safe_load((ROOT / "conf" / "model" / f"{model}.yaml").read_text(encoding="utf-8"))["model"]
    torch.manual_seed(0)
    network = MODELS.module(model).Model(MODELS.read(node), problem)
    inputs, outputs = torch.randn(2, batch, 1, points, points)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        norms.h1_fd(network(inputs), outputs, problem.target).mean().backward()
        optimizer.step()

    return step


def work(way: str, cases: list[str]) -> None:
    """Take the steps that standard input asks for, ``CASE NUMBER``, and answer with the median of their seconds."""
    from surrogate.cli import memory

    memory.keep_big_blocks()
    import torch

    from surrogate import cores
    from surrogate.training import threads

    most = torch.get_num_threads()
    calls = {case: step_of(*CASES[case]) for case in cases}
    for line in sys.stdin:
        case, count = line.split()
        taken = []
        if way == "now":
            torch.set_num_threads(cores.fastest(cores.trial(calls[case], most, threads.LONG)))
        for _ in range(int(count)):
            started = time.perf_counter()
            calls[case]()
            taken.append(time.perf_counter() - started)
        print(statistics.median(taken), torch.get_num_threads(), flush=True)


def measure(arguments: argparse.Namespace) -> dict[str, dict[str, dict[str, list[tuple[float, int]]]]]:
    """Return the seconds of a step, and the threads, for each case, way, condition and turn."""
    bare = {name: value for name, value in os.environ.items() if name not in _OURS}
    running = {}
    for way in arguments.ways:
        words = [sys.executable, __file__, "--worker", way, "--cases", *arguments.cases]
        running[way] = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=bare | WAYS[way]
        )

    def ask(way: str, case: str, count: int) -> tuple[float, int]:
        process = running[way]
        print(case, count, file=process.stdin, flush=True)
        seconds, threads = process.stdout.readline().split()
        return float(seconds), int(threads)

    seconds: dict[str, dict[str, dict[str, list[tuple[float, int]]]]] = {
        case: {way: {"idle": [], "busy": []} for way in arguments.ways} for case in arguments.cases
    }
    for case in arguments.cases:
        for way in arguments.ways:
            ask(way, case, _WARM)
    for turn in range(arguments.rounds):
        order = arguments.ways if turn % 2 else arguments.ways[::-1]
        for condition in ("idle", "busy"):
            with planted(arguments.planted if condition == "busy" else 0):
                for case in arguments.cases:
                    for way in order:
                        seconds[case][way][condition].append(ask(way, case, arguments.steps))
    for process in running.values():
        process.stdin.close()
        process.wait()
    return seconds


@contextmanager
def planted(count: int) -> Iterator[None]:
    """Within it, so many other processes work without a pause: one on the first core, or several anywhere."""
    pinned = "import os\nos.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n" if count == 1 else ""
    processes = [subprocess.Popen([sys.executable, "-c", f"{pinned}while True: pass"]) for _ in range(count)]
    time.sleep(0.1 * (count > 0))
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def tell(measured: dict[str, Any]) -> None:
    """Print medians in milliseconds, and the ratios."""
    print(f"{'case':12} {'way':11} {'idle ms':>9} {'busy ms':>9}  idle/before  busy/one alone  threads idle, busy")
    for case, ways in measured.items():
        seconds = {way: {name: [one[0] for one in turns] for name, turns in each.items()} for way, each in ways.items()}
        for way, each in seconds.items():
            idle, busy = (1e3 * statistics.median(each[name]) for name in ("idle", "busy"))
            threads = ", ".join(
                f"{statistics.mean(one[1] for one in ways[way][name]):.1f}" for name in ("idle", "busy")
            )
            beside = ratio(each["idle"], seconds.get("before", {}).get("idle"))
            alone = ratio(each["busy"], seconds.get("one", {}).get("idle"))
            print(f"{case:12} {way:11} {idle:9.1f} {busy:9.1f}  {beside:11.3f}  {alone:14.2f}  {threads}")


def ratio(ours: list[float], theirs: list[float] | None) -> float:
    """Return the median over turns of the ratio of two ways in the same turn: what else the machine did cancels."""
    return float("nan") if theirs is None else statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


if __name__ == "__main__":
    main()
