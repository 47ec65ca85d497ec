"""Seconds of a training step and of inference of MgNO: ours, the same map as plain modules, and the machine's floor.

    python benchmarks/mgno_step.py [--rounds 9] [--threads 2] [--compile] [--only CASE]

Two processes: in one the allocator keeps its blocks, as our command line has it; in the other it is as torch finds it.
Each steps in turn when told to, so that all cases of both are interleaved. Before that the plain model gets our weights
and must give our output to 1e-5. Raw seconds go to results/DATE-mgno_step.json.

With a CUDA device the same cases are timed there, in float32 and in bfloat16, in the first process alone.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from _table import RESULTS, ROOT, machine, markdown

WIDTH, LAYERS, LEVELS = 24, 4, 5

# Name of a case: model, points a side, samples, device, precision.
STEP = {"ours 64": ("ours", 64, 8), "plain 64": ("plain", 64, 8)}
SCALING = {f"ours {n}, {b} samples": ("ours", n, b) for n, b in ((64, 64), (128, 16), (256, 4), (512, 1))}
PLAIN_SCALING = {f"plain {n}, {b} samples": ("plain", n, b) for n, b in ((64, 64), (128, 16), (256, 4), (512, 1))}


def main() -> None:
    arguments = parsed()
    if arguments.worker is not None:
        work(json.loads(arguments.worker), arguments.threads)
        return
    import torch

    torch.set_num_threads(arguments.threads)
    kept = STEP | SCALING | ({"compiled 64": ("compiled", 64, 8)} if arguments.compile else {})
    if torch.cuda.is_available():
        for precision in ("float32", "bfloat16"):
            kept |= {f"{name}, CUDA {precision}": (*case, "cuda", precision) for name, case in (STEP | SCALING).items()}
    figures = {"floor": floor(), "agreement": agreement()}
    default = {"plain 64": STEP["plain 64"], "ours 64": STEP["ours 64"]} | PLAIN_SCALING
    figures["seconds"] = measure({"raised": kept, "default": default}, arguments)
    raw = {"machine": machine(arguments.threads), "torch": torch.__version__, "date": str(date.today()), **figures}
    place = RESULTS / f"{date.today()}-mgno_step.json"
    place.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    print(table(raw))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="time torch.compile of our model too")
    parser.add_argument("--only", help="time the cases with this word in their name")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    return parser.parse_args()


def problem(points: int) -> Any:
    from surrogate.spaces import Boundary, FieldSpec, Grid, Problem

    return Problem.on_grid(
        inputs=(FieldSpec(name="a", unit="1", role="constant"),),
        outputs=(FieldSpec(name="u", unit="1", role="state"),),
        grid=Grid.box((points, points), "nodes"),
        boundary=Boundary.uniform("dirichlet", 2),
        task="map",
    )


def build(model: str, points: int) -> Any:
    """Return our model with its default settings but for the levels, or the plain one."""
    import torch
    import yaml
    from _plain_mgno import PlainMgNO

    from surrogate.models import mgno

    if model == "plain":
        return PlainMgNO(1, 1, WIDTH, LAYERS, LEVELS)
    settings = yaml.safe_load((ROOT / "conf" / "model" / "mgno.yaml").read_text(encoding="utf-8"))["model"]
    settings |= {"hidden_channels": WIDTH, "n_layers": LAYERS, "levels": LEVELS}
    ours = mgno.Model(mgno.Settings.model_validate_json(json.dumps(settings)), problem(points))
    return torch.compile(ours) if model == "compiled" else ours


def step_of(model: str, points: int, batch: int, device: str = "cpu", precision: str = "float32") -> tuple[Any, Any]:
    """Return a training step and an inference, each without arguments."""
    import torch

    from surrogate import norms

    torch.manual_seed(0)
    network, on = build(model, points).to(device), problem(points)
    inputs, outputs = torch.randn(2, batch, 1, points, points, device=device)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    cast = torch.autocast(device, torch.bfloat16, enabled=precision == "bfloat16")

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with cast:
            prediction = network(inputs)
        norms.h1_fd(prediction.float(), outputs, on.target).mean().backward()
        optimizer.step()

    def inference() -> None:
        with torch.inference_mode(), cast:
            network(inputs)

    return step, inference


def work(settings: dict[str, Any], threads: int) -> None:
    """Time what standard input names, ``step CASE`` or ``inference CASE``, and answer with the seconds."""
    if settings["raised"]:
        from surrogate.cli.memory import keep_big_blocks

        keep_big_blocks()
    import torch

    torch.set_num_threads(threads)
    cases = {name: step_of(*case) for name, case in settings["cases"].items()}
    for line in sys.stdin:
        what, name = line.strip().split(" ", 1)
        call = cases[name][what == "inference"]
        started = time.perf_counter()
        call()
        if "CUDA" in name:
            torch.cuda.synchronize()
        print(time.perf_counter() - started, flush=True)


def measure(processes: dict[str, dict[str, Any]], arguments: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Return for each process and case the seconds of every timed step and inference; the first two do not count."""
    running = {}
    for name, cases in processes.items():
        chosen = {case: spec for case, spec in cases.items() if arguments.only is None or arguments.only in case}
        settings = json.dumps({"raised": name == "raised", "cases": chosen})
        words = [sys.executable, __file__, "--worker", settings, "--threads", str(arguments.threads)]
        environment = os.environ | {"OMP_NUM_THREADS": str(arguments.threads)}
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        running[name] = (process, chosen)
    seconds: dict[str, dict[str, Any]] = {
        name: {case: {"step": [], "inference": []} for case in cases} for name, (_, cases) in running.items()
    }
    for turn in range(arguments.rounds + 2):
        for name, (process, cases) in running.items():
            for case in cases:
                for what in ("step", "inference"):
                    print(f"{what} {case}", file=process.stdin, flush=True)
                    taken = float(process.stdout.readline())
                    if turn > 1:
                        seconds[name][case][what].append(taken)
    for process, _ in running.values():
        process.stdin.close()
        process.wait()
    return seconds


def agreement() -> float:
    """Return the largest difference of the plain model's output from ours, relative to the largest value.

    Raises:
        RuntimeError: the two are not the same map.
    """
    import torch
    from _plain_mgno import copy_weights

    torch.manual_seed(0)
    ours, plain = build("ours", 64), build("plain", 64)
    copy_weights(ours, plain)
    field = torch.randn(2, 1, 64, 64)
    with torch.no_grad():
        expected, answer = ours(field), plain(field)
    difference = float((answer - expected).abs().max() / expected.abs().max())
    if difference > 1e-5:
        raise RuntimeError(f"the plain model differs from ours by {difference:.1e}")
    return difference


def floor() -> dict[str, float]:
    """Return what a step at 64 x 64, batch 8, needs at least, and what its convolutions take by themselves.

    ``flops`` over ``rate``, that of a large matrix product by oneDNN, and ``bytes`` over ``bandwidth``, that of a copy
    of 64 MiB, every stencil reading and writing its fields once forwards and once backwards, sums and GELU for nothing.
    ``convolutions`` are the seconds of all convolutions of a step and their gradients, each alone and repeated.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    model = build("plain", 64)
    traffic = 0

    def count(module: Any, inputs: Any, output: Any) -> None:
        nonlocal traffic
        traffic += 4 * (3 * inputs[0].numel() + 2 * output.numel())

    for module in model.modules():
        if hasattr(module, "weight"):
            module.register_forward_hook(count)
    with FlopCounterMode(display=False) as counter:
        model(torch.randn(8, 1, 64, 64)).sum().backward()
    square = torch.randn(2048, 2048)
    multiply = torch.ops.mkldnn._linear_pointwise
    rate = 2 * 2048**3 / fastest(lambda: multiply(square, square, None, "none", [], "none"), 5)
    source = torch.zeros(2**24)
    target = torch.zeros_like(source)
    bandwidth = 2 * source.nbytes / fastest(lambda: target.copy_(source), 9)
    flops = counter.get_total_flops()
    return {
        "flops": flops,
        "rate": rate,
        "seconds of flops": flops / rate,
        "bytes": traffic,
        "bandwidth": bandwidth,
        "seconds of bytes": traffic / bandwidth,
        "seconds of convolutions": convolutions(),
    }


def convolutions() -> float:
    """Return the seconds of all convolutions of one of our steps and of their gradients, each the fastest of five."""
    from torch.utils._python_dispatch import TorchDispatchMode

    calls: list[Callable[[], Any]] = []

    class Recorder(TorchDispatchMode):
        def __torch_dispatch__(self, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
            if "convolution" in str(function):
                calls.append(lambda: function(*given, **(named or {})))
            return function(*given, **(named or {}))

    step, _ = step_of("ours", 64, 8)
    step()
    with Recorder():
        step()
    return sum(fastest(call, 5) for call in calls)


def fastest(call: Callable[[], Any], times: int) -> float:
    """Return the seconds of the fastest of so many calls, after two that do not count."""
    seconds = []
    for _ in range(times + 2):
        started = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - started)
    return min(seconds[2:])


def table(raw: dict[str, Any]) -> str:
    """Return the table in Markdown, the floors and how far both models agree."""
    sizes = STEP | SCALING | PLAIN_SCALING | {"compiled 64": STEP["ours 64"]}
    rows = []
    for allocator, cases in raw["seconds"].items():
        for case, seconds in cases.items():
            step, inference = seconds["step"], seconds["inference"]
            _, points, batch = sizes[case.split(", CUDA")[0]]
            middle = f"{1e3 * statistics.median(step):.1f} ({1e3 * min(step):.1f})"
            each = 1e9 * statistics.median(step) / (batch * points**2)
            rows.append([allocator, case, middle, f"{1e3 * statistics.median(inference):.1f}", f"{each:.0f}"])
    heads = ("allocator", "case", "step, ms: median (least)", "inference, ms", "step, ns an unknown")
    floors = "\n".join(f"{name}: {value:.4g}" for name, value in raw["floor"].items())
    return f"{markdown(heads, rows, words=(0, 1))}\n\n{floors}\nplain and ours agree to {raw['agreement']:.1e}"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
