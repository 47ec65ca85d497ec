"""Our FNO against neuraloperator's: the training step and inference, eager, compiled and by ONNX Runtime; memory.

    python benchmarks/train_step.py [--sizes 64 128 256] [--blocks plain default] [--words WORD ...] [--rounds N]

Batch 20, 32 channels, 12 modes a side, 4 layers, Adam, mean square error, float32. Our weights are copied into the
peer and outputs must agree to 1e-4 before anything is timed. Words: ``raised`` and ``shipped`` interleave both in one
process with the same loop, optimiser and allocator (with the settings of our command line, and as glibc has them);
``user`` runs each in a process of its own, ours with the allocator and the optimiser of our command line, the peer as
shipped, and notes the peak of memory; ``compiled`` is torch.compile of both, ``onnx`` ONNX Runtime; ``cuda`` both
on a GPU, eager and compiled. Figures are added to the day's raw file. A child of this script measures one case.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

from _table import RESULTS, machine, markdown

WORDS = ("floor", "raised", "shipped", "user ours", "user peer", "compiled", "onnx")
SHOWN = ("raised", "shipped", "user", "compiled", "onnx", "cuda", "cuda compiled")

Timed = dict[str, dict[str, float]]


def main() -> None:
    """Measure every case in a child, add it to the raw file and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="*", default=[64, 128, 256])
    parser.add_argument("--blocks", nargs="*", default=["plain", "default"])
    parser.add_argument("--words", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--child", nargs=3)
    options = parser.parse_args()
    if options.child:
        word, size, block = options.child
        print("RESULT " + json.dumps(child(word, int(size), block, options.rounds, options.threads)))
        return
    import torch

    words = options.words or [*WORDS, *(["cuda", "cuda compiled"] if torch.cuda.is_available() else [])]
    path = RESULTS / f"{date.today()}-train_step.json"
    raw = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"cases": {}}
    versions = {name: __import__(name).__version__ for name in ("torch", "neuralop", "onnxruntime")}
    raw |= {"machine": machine(options.threads), "date": str(date.today()), "versions": versions}
    for size in options.sizes:
        for block in options.blocks:
            for word in words:
                measured = in_child(word, size, block, options.rounds, options.threads)
                case = raw["cases"].setdefault(f"{size} {block}", {})
                name = word.removesuffix(" ours").removesuffix(" peer")
                case[name] = case.get(name, {}) | measured
                path.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    print(table(raw))


def in_child(word: str, size: int, block: str, rounds: int, threads: int) -> dict[str, Any]:
    """Return what a process of its own measures, or why it measured nothing."""
    command = [sys.executable, __file__, "--child", word, str(size), block]
    command += ["--rounds", str(rounds), "--threads", str(threads)]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    lines = [line for line in run.stdout.splitlines() if line.startswith("RESULT ")]
    if not lines:
        raise SystemExit(run.stdout + run.stderr)
    measured = json.loads(lines[0].removeprefix("RESULT "))
    print(size, block, word, json.dumps(measured), flush=True)
    return measured


def table(raw: dict[str, Any]) -> str:
    """Return the table in Markdown; times are medians."""
    rows: list[list[str]] = []
    for case, measured in raw["cases"].items():
        for word in (word for word in SHOWN if word in measured):
            for what in ("step", "inference"):
                pair = [measured[word].get(f"{what} {who}") for who in ("ours", "peer")]
                if pair[0] is None:
                    continue
                cells = [f"{times['median']:.3f}" if times else "fails" for times in pair]
                ratios = [f"{pair[1][f] / pair[0][f]:.2f}" if pair[1] else "" for f in ("median", "minimum")]
                rows.append([case, word, what, *cells, *ratios])
        user = measured.get("user", {})
        if "peak ours" in user and "peak peer" in user:
            mine, peer = user["peak ours"], user["peak peer"]
            rows.append([case, "user", "peak of memory, MiB", f"{mine:.0f}", f"{peer:.0f}", f"{peer / mine:.2f}", ""])
        if "floor" in measured and "raised" in measured:
            least, step = measured["floor"]["seconds"], measured["raised"]["step ours"]["median"]
            share = [f"{least:.3f}", "", f"{least / step:.2f}", ""]
            rows.append([case, "raised", "floor, and the share of it reached", *share])
    heads = ("points, block", "how", "what", "ours, s", "neuraloperator, s", "ratio", "of minima")
    text = markdown(heads, rows, words=(0, 1, 2))
    return f"{text}\n\nMeasured on {raw['machine']}, {raw['date']}, {raw['versions']}."


def child(word: str, size: int, block: str, rounds: int, threads: int) -> dict[str, Any]:
    """Return what one word measures for one size and block."""
    if word in ("raised", "user ours", "compiled", "onnx", "floor"):
        from surrogate.cli.memory import keep_big_blocks

        keep_big_blocks()
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    if word == "floor":
        return least_seconds(size, block)
    if word.startswith("user"):
        return alone(word.split()[1], size, block, rounds)
    return together(word, size, block, rounds)


def together(word: str, size: int, block: str, rounds: int) -> dict[str, Any]:
    """Time both in one process, in turns, after their outputs were found to agree."""
    import _fno_pair
    import torch

    device = torch.device("cuda" if word.startswith("cuda") else "cpu")
    models: dict[str, Any] = {
        "ours": _fno_pair.ours(size, block).to(device),
        "peer": _fno_pair.theirs(block).to(device),
    }
    _fno_pair.share_weights(models["ours"], models["peer"])
    fields, targets = (torch.randn(_fno_pair.BATCH, 1, size, size, device=device) for _ in range(2))
    apart = _fno_pair.distance(models["ours"], models["peer"], fields)
    if not apart <= 1e-4:
        raise SystemExit(f"the outputs differ by {apart:.1e}")
    measured: dict[str, Any] = {"distance": apart}
    if word == "onnx":
        return measured | timed({f"inference {who}": onnx(model, fields) for who, model in models.items()}, rounds)
    jobs: dict[str, Callable[[], object]] = {}
    for who, model in models.items():
        run = torch.compile(model) if word.endswith("compiled") else model
        jobs[f"step {who}"] = step(model, run, fields, targets, torch.optim.Adam(model.parameters(), 1e-3))
        jobs[f"inference {who}"] = inference(run, fields)
    return measured | timed(jobs, rounds)


def alone(who: str, size: int, block: str, rounds: int) -> dict[str, Any]:
    """Time one of both as its users run it, and note how far memory rose above what was taken before the first step."""
    import _fno_pair
    import torch

    model: Any = _fno_pair.ours(size, block) if who == "ours" else _fno_pair.theirs(block)
    fields, targets = (torch.randn(_fno_pair.BATCH, 1, size, size) for _ in range(2))
    fused = {"fused": True} if who == "ours" else {}  # which refuses the complex weights of the peer
    before = peak()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, **fused)
    jobs = {f"step {who}": step(model, model, fields, targets, optimizer), f"inference {who}": inference(model, fields)}
    return timed(jobs, rounds) | {f"peak {who}": peak() - before}


def step(model: Any, run: Any, fields: Any, targets: Any, optimizer: Any) -> Callable[[], object]:
    """Return a training step, the same for both."""

    def job() -> None:
        optimizer.zero_grad(set_to_none=True)
        (run(fields) - targets).square().mean().backward()
        optimizer.step()

    return job


def inference(run: Any, fields: Any) -> Callable[[], object]:
    """Return a prediction without a graph."""
    import torch

    def job() -> object:
        with torch.no_grad():
            return run(fields)

    return job


def onnx(model: Any, fields: Any) -> Callable[[], object] | None:
    """Return a prediction by ONNX Runtime, or None where the model cannot be exported or loaded."""
    import logging

    import onnxruntime
    import torch

    from surrogate.operators.spectral import use_dft

    logging.disable(logging.CRITICAL)
    use_dft(model)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            torch.onnx.export(model.eval(), (fields,), path, dynamo=True, input_names=["a"], verbose=False)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = torch.get_num_threads()
            session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        given = {"a": fields.numpy()}
        (answer,) = session.run(None, given)
    except Exception as error:
        print(f"no ONNX: {str(error).splitlines()[0][:200]}", file=sys.stderr)
        return None
    with torch.no_grad():
        expected = model(fields)
    if float((torch.from_numpy(answer) - expected).norm() / expected.norm()) > 1e-4:
        raise SystemExit("ONNX Runtime computes something else")
    return lambda: session.run(None, given)


def timed(jobs: dict[str, Callable[[], object] | None], rounds: int) -> Timed:
    """Return median and minimum of each job's seconds, the jobs taking turns, after a round of warm-up."""
    import torch

    seconds: dict[str, list[float]] = {name: [] for name, job in jobs.items() if job}
    for _ in range(rounds + 1):
        for name in seconds:
            start = time.perf_counter()
            jobs[name]()  # type: ignore[misc]
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            seconds[name].append(time.perf_counter() - start)
    return {name: {"median": median(each[1:]), "minimum": min(each[1:])} for name, each in seconds.items()}


def least_seconds(size: int, block: str) -> dict[str, float]:
    """Return the floor of a training step: its operations and bytes at the rates that were found here."""
    import _fno_pair
    import torch

    from surrogate.kernels.products import product

    operations, moved = _fno_pair.floor(size, block)
    square, tall, small = torch.randn(1024, 1024), torch.randn(16384, 32), torch.randn(32, 32)
    field = torch.randn(1 << 24)
    kept = torch.empty_like(field)
    with torch.no_grad():
        jobs = {
            "large": lambda: torch.mm(square, square),
            "tall": lambda: product(tall, small),
            "copy": lambda: kept.copy_(field),
        }
        times = {name: each["minimum"] for name, each in timed(jobs, 50).items()}
    rates = {
        "large products, GF/s": 2e-9 * 1024**3 / times["large"],
        "tall products, GF/s": 2e-9 * 16384 * 32**2 / times["tall"],
        "copy, GB/s": 2e-9 * field.nbytes / times["copy"],
    }
    fastest = 1e9 * max(rates["large products, GF/s"], rates["tall products, GF/s"])
    seconds = operations / fastest + moved / (1e9 * rates["copy, GB/s"])
    return rates | {"operations, GF": 1e-9 * operations, "moved, GB": 1e-9 * moved, "seconds": seconds}


def peak() -> float:
    """Return the most memory that this process held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
