"""Our DeepONet against DeepXDE's: the training step, and inference eager, compiled and by ONNX Runtime.

    python benchmarks/deeponet_step.py [--rounds N] [--threads N] [--words WORD ...]

100 sensors, branch and trunk of 128-128-128, 4096 points, batches of 100, mean square error, Adam; float32. Weights are
copied into the peer and outputs must agree to 1e-4 before anything is timed. Rounds of both are interleaved in one
process, with the same loop, fused Adam and allocator; "as a user runs it" is each in a process of its own: ours with
the allocator settings of our command line, DeepXDE by its Model.train. A child of this script measures one row.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Any

os.environ["DDE_BACKEND"] = "pytorch"

from _table import RESULTS, machine, markdown

SENSORS, WIDTH, SIDE, BATCH, FUNCTIONS = 10, 128, 64, 100, 1000
EQUAL = ("gelu raised", "gelu default", "tanh raised", "relu raised")
WORDS = ("floor", *EQUAL, "user ours", "user deepxde", "compiled", "onnx")

Timed = dict[str, dict[str, float]]


def main() -> None:
    """Measure every row in a child and write the raw figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--words", nargs="*", default=list(WORDS))
    parser.add_argument("--child")
    options = parser.parse_args()
    if options.child:
        print("RESULT " + json.dumps(child(options.child, options.rounds, options.threads)))
        return
    path = RESULTS / f"{date.today()}-deeponet_step.json"
    raw = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"rows": {}}
    for word in options.words:
        command = [sys.executable, __file__, "--child", word, "--rounds", str(options.rounds)]
        command += ["--threads", str(options.threads)]
        environment = os.environ | {"OMP_NUM_THREADS": str(options.threads)}
        run = subprocess.run(command, capture_output=True, text=True, env=environment)
        lines = [line for line in run.stdout.splitlines() if line.startswith("RESULT ")]
        if not lines:
            raise SystemExit(run.stdout + run.stderr)
        measured = json.loads(lines[0].removeprefix("RESULT "))
        name = "as a user runs it" if word.startswith("user") else word
        for what, values in measured.items():
            rows = raw["rows"].setdefault(name, {})
            rows[what] = rows.get(what, {}) | values if isinstance(values, dict) else values
        raw |= {"machine": machine(options.threads), "date": str(date.today()), "rounds": options.rounds}
        path.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
        print(word, lines[0], flush=True)
    print(table(raw))


def table(raw: dict[str, Any]) -> str:
    """Return the table in Markdown, and the floor of the machine."""
    rows = []
    for word, row in raw["rows"].items():
        for what, pair in row.items() if word != "floor" else ():
            ours, peer = ([pair[who][figure] for figure in ("median", "minimum")] for who in ("ours", "deepxde"))
            ratios = (f"{theirs / mine:.2f}" for mine, theirs in zip(ours, peer, strict=True))
            rows.append([f"{word}: {what}", f"{1e3 * ours[0]:.2f}", f"{1e3 * peer[0]:.2f}", *ratios])
    floor = "; ".join(f"{key}: {value:.3g}" for key, value in raw["rows"].get("floor", {}).items())
    text = markdown(("", "ours, ms", "DeepXDE, ms", "ratio of medians", "of minima"), rows)
    return f"{text}\n\nMedians of {raw['rounds']} rounds on {raw['machine']}, {raw['date']}. The floor: {floor}."


def child(word: str, rounds: int, threads: int) -> dict[str, Any]:
    """Return what the row ``word`` measures."""
    from surrogate.cli.memory import keep_big_blocks

    if word.endswith(("raised", "ours", "compiled", "onnx")):
        keep_big_blocks()
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    if word == "floor":
        return floor(rounds)
    if word == "user deepxde":
        return user_deepxde(rounds)
    if word == "user ours":
        return user_ours(rounds)
    if word in ("compiled", "onnx"):
        return inference(word, rounds)
    return equal(word.split()[0], rounds)


def pair(activation: str) -> tuple[Any, Any, Any, Any]:
    """Return ours, the peer with its weights, sensor values (100, 1, 10, 10) and points (4096, 2)."""
    import deepxde as dde
    import torch

    from surrogate.models import deeponet
    from surrogate.spaces import Boundary, FieldSpec, Grid, Problem

    fields = [FieldSpec(name="u", unit="1", role="constant"), FieldSpec(name="v", unit="1", role="state")]
    grid, boundary = Grid.box((SENSORS, SENSORS), "nodes"), Boundary.uniform("neumann", 2)
    problem = Problem.on_grid(inputs=(fields[0],), outputs=(fields[1],), grid=grid, boundary=boundary, task="map")
    hidden = (WIDTH, WIDTH)
    settings = deeponet.Settings(
        name="deeponet", branch="mlp", branch_channels=(), branch_layers=hidden, trunk_layers=hidden, n_basis=WIDTH,
        harmonics=1, hard_dirichlet=False, activation=activation,
    )  # fmt: skip
    ours = deeponet.Model(settings, problem)
    sizes = [WIDTH] * 3
    peer = dde.nn.DeepONetCartesianProd([SENSORS**2, *sizes], [2, *sizes], activation, "Glorot normal")
    pairs = ((ours.branch.dense, peer.branch), (ours.synthesis.basis.network, peer.trunk))
    for mine, theirs in ((our.layers, their.linears) for our, their in pairs):
        for layer, other in zip(mine, theirs, strict=True):
            other.load_state_dict(layer.state_dict())
    sensors, points = torch.randn(BATCH, 1, SENSORS, SENSORS), torch.rand(SIDE**2, 2)
    answer, expected = ours.at(sensors, points)[:, 0], peer((sensors.flatten(1), points))
    distance = float((answer - expected).detach().norm() / expected.detach().norm())
    if not distance <= 1e-4:
        raise SystemExit(f"the outputs differ by {distance:.1e}")
    return ours, peer, sensors, points


def timed(jobs: dict[str, Callable[[], object]], rounds: int) -> Timed:
    """Return median and minimum of each job's seconds, the jobs taking turns, after 5 rounds of warm-up."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(rounds + 5):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            seconds[name].append(time.perf_counter() - start)
    return {name: {"median": median(each[5:]), "minimum": min(each[5:])} for name, each in seconds.items()}


def equal(activation: str, rounds: int) -> dict[str, Timed]:
    """Time a step and a prediction of both in one process."""
    import torch
    import torch.nn.functional as F

    ours, peer, sensors, points = pair(activation)
    target = torch.randn(BATCH, SIDE**2)
    # DeepXDE asks for gradients of its inputs too (deepxde/model.py); it needs them for equations only, so not here.
    predict = {"ours": lambda: ours.at(sensors, points)[:, 0], "deepxde": lambda: peer((sensors.flatten(1), points))}
    adam = {
        name: torch.optim.Adam(net.parameters(), 1e-3, fused=True) for name, net in (("ours", ours), ("deepxde", peer))
    }

    def step(name: str) -> None:
        adam[name].zero_grad()
        F.mse_loss(predict[name](), target).backward()
        adam[name].step()

    steps = timed({name: (lambda name=name: step(name)) for name in predict}, rounds)
    ours.eval(), peer.eval()
    with torch.no_grad():
        kept = timed(predict, rounds)
        ours.train()
        fresh = timed(predict, rounds)
    return {"step": steps, "inference": kept, "inference, trunk evaluated again": fresh}


def user_ours(rounds: int) -> dict[str, Any]:
    """Time our steps on batches drawn from 1000 functions."""
    import torch
    import torch.nn.functional as F

    ours, _, _, points = pair("gelu")
    sensors, targets = torch.randn(FUNCTIONS, 1, SENSORS, SENSORS), torch.randn(FUNCTIONS, SIDE**2)
    adam = torch.optim.Adam(ours.parameters(), 1e-3, fused=True)

    def step() -> None:
        chosen = torch.randint(FUNCTIONS, (BATCH,))
        adam.zero_grad()
        F.mse_loss(ours.at(sensors[chosen], points)[:, 0], targets[chosen]).backward()
        adam.step()

    return {"step": timed({"ours": step}, rounds)}


def user_deepxde(rounds: int) -> dict[str, Any]:
    """Time DeepXDE's steps in its own Model.train on the same."""
    import deepxde as dde
    import numpy as np

    _, peer, _, points = pair("gelu")
    draw = np.random.default_rng(0).standard_normal
    sensors, targets = draw((FUNCTIONS, SENSORS**2), np.float32), draw((FUNCTIONS, SIDE**2), np.float32)
    places = points.numpy()
    data = dde.data.TripleCartesianProd((sensors, places), targets, (sensors[:100], places), targets[:100])
    marks: list[float] = []

    class Clock(dde.callbacks.Callback):
        def on_epoch_end(self) -> None:
            marks.append(time.perf_counter())

    model = dde.Model(data, peer)
    model.compile("adam", lr=1e-3, loss="MSE", verbose=0)
    model.train(iterations=rounds + 6, batch_size=BATCH, display_every=10**9, callbacks=[Clock()], verbose=0)
    seconds = [after - before for before, after in pairwise(marks)][5 : rounds + 5]
    return {"step": {"deepxde": {"median": median(seconds), "minimum": min(seconds)}}}


def inference(word: str, rounds: int) -> dict[str, Timed]:
    """Time a prediction at points known beforehand, compiled or by ONNX Runtime."""
    import torch

    ours, peer, sensors, points = pair("gelu")

    class Fixed(torch.nn.Module):
        def __init__(self, network: Any, peer: bool) -> None:
            super().__init__()
            self.network, self.peer = network.eval().requires_grad_(False), peer
            self.register_buffer("points", points)

        def forward(self, values: torch.Tensor) -> torch.Tensor:
            if self.peer:
                return self.network((values.flatten(1), self.points))
            return self.network.at(values, self.points)[:, 0]

    networks = {"ours": Fixed(ours, False), "deepxde": Fixed(peer, True)}
    jobs = {}
    for name, network in networks.items():
        if word == "compiled":
            fast = torch.compile(network)
            jobs[name] = lambda fast=fast: fast(sensors)
        else:
            jobs[name] = _by_onnx(network, sensors)
    with torch.no_grad():
        return {"inference": timed(jobs, rounds)}


def _by_onnx(network: Any, sensors: Any) -> Callable[[], object]:
    import io

    import onnxruntime
    import torch

    program = torch.onnx.export(network, (sensors,), input_names=["u"], dynamo=True, verbose=False)
    file = io.BytesIO()
    program.save(file)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    session = onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
    values = {"u": sensors.numpy()}
    with torch.no_grad():
        expected = network(sensors)
    distance = float((torch.from_numpy(session.run(None, values)[0]) - expected).norm() / expected.norm())
    if not distance <= 1e-4:
        raise SystemExit(f"the exported outputs differ by {distance:.1e}")
    return lambda: session.run(None, values)


def floor(rounds: int) -> dict[str, float]:
    """Return what a step cannot be faster than: its products at the best rate, its activations at memory's."""
    import torch

    from surrogate.kernels.matmul import matmul

    points = SIDE**2
    weight, columns, block = torch.randn(WIDTH, WIDTH), torch.randn(WIDTH, points), torch.randn(8 * 2**20)
    seconds = timed(
        {
            "ours": lambda: matmul(weight, columns),
            "mkl": lambda: weight @ columns,
            "copy": lambda: block.add_(1.0),
        },
        rounds,
    )
    flops = 2 * WIDTH**2 * points
    rates = {name: flops / seconds[name]["minimum"] for name in ("ours", "mkl")}
    bandwidth = 2 * block.nbytes / seconds["copy"]["minimum"]
    # Three products for each layer (its values, two gradients; the first needs none of its input), and so for the last.
    work = 2 * points * (2 * 2 * WIDTH + 2 * 3 * WIDTH**2 + 3 * BATCH * WIDTH)
    # Values before and after each activation written once and read once, forward and back, and the outputs.
    moved = 4 * points * (3 * 8 * WIDTH + 6 * BATCH)
    return {
        "work of a step, GF": work / 1e9,
        "rate of oneDNN, GF/s": rates["ours"] / 1e9,
        "rate of MKL, GF/s": rates["mkl"] / 1e9,
        "bandwidth, GB/s": bandwidth / 1e9,
        "products at the best rate, ms": 1e3 * work / rates["ours"],
        "numbers moved once at that bandwidth, ms": 1e3 * moved / bandwidth,
    }


if __name__ == "__main__":
    main()
