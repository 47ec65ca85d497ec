"""Which operations the steps of a training spend their time in; nothing is learned and no run is begun."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.autograd.profiler_util import FunctionEventAvg
from torch.profiler import ProfilerActivity, profile

from surrogate.datasets.dataset import Dataset, open_dataset
from surrogate.environment import choose_device
from surrogate.errors import SettingsError
from surrogate.files import storage_errors
from surrogate.training import parallel
from surrogate.training.compiling import compile_operator
from surrogate.training.opening import PROFILE, TRACE, existing_run, placed
from surrogate.training.session import open_work
from surrogate.training.training_settings import TrainConfig
from surrogate.written import publish

_WARM, _STEPS, _ROWS = 2, 3, 20
COLUMNS = ("operation", "self time", "share", "calls", "shapes")


@dataclass(frozen=True)
class Profile:
    """The operations that took the most time of their own in a few steps, each with the shapes of its inputs."""

    steps: int
    seconds: float
    rows: tuple[tuple[str, str, str, str, str], ...]

    def text(self) -> str:
        """Return the table as plain text."""
        table = [COLUMNS, *self.rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(COLUMNS) - 1)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:4], widths[1:]), row[4]]).rstrip()
            for row in table
        ]
        return f"{self.steps} steps, {self.seconds:.3g} s of operations\n" + "\n".join(lines) + "\n"


def profile_steps(config: TrainConfig) -> Profile:
    """Return the costliest operations of some training steps; writes ``profile.txt`` and a trace for Chrome beside.

    Raises:
        SettingsError, InputError: as training would; or several processes were started.
    """
    if parallel.launched():
        raise SettingsError("trainer.profile=true: profiles one process; start it without torchrun")
    config = placed(config)
    device = choose_device(config.trainer.device)
    dataset = open_dataset(config.data, config.trainer.samples)
    existing_run(config, dataset)
    watched = _watched(config, dataset, device)
    on_device = device.type != "cpu"

    def own(event: FunctionEventAvg) -> float:
        return float(event.self_device_time_total if on_device else event.self_cpu_time_total)

    events = sorted(watched.key_averages(group_by_input_shape=True), key=own, reverse=True)
    total = sum(map(own, events)) or 1.0
    rows = tuple(
        (
            str(event.key),
            f"{own(event) / 1e3 / _STEPS:.3f} ms",
            f"{100 * own(event) / total:.1f} %",
            f"{event.count / _STEPS:g}",
            " ".join(str(shape) for shape in event.input_shapes or () if shape),
        )
        for event in events[:_ROWS]
    )
    measured = Profile(_STEPS, total / 1e6, rows)
    with tempfile.TemporaryDirectory() as folder, storage_errors(Path(folder)):
        trace = Path(folder) / TRACE
        watched.export_chrome_trace(str(trace))
        publish(config.out / TRACE, trace.read_bytes(), config.overwrite)
    publish(config.out / PROFILE, measured.text(), config.overwrite)
    return measured


def _watched(config: TrainConfig, dataset: Dataset, device: torch.device) -> profile:
    """Return the profiler that watched some steps of a training that has just begun."""
    work = open_work(config, dataset, device, fitted=False)
    size = min(config.trainer.batch_size, len(work.train))
    shares = parallel.shares(torch.arange(size), config.trainer.accumulate)
    weights = [share.weight for share in shares]
    if config.trainer.compile:
        compile_operator(work.learner, work.train.batch(shares[0].indices))

    def steps(count: int) -> None:
        for _ in range(count):
            batches = work.train.batches(share.indices for share in shares)
            work.learner.step(batches, weights, rate=config.optimizer.lr)
            batches.close()

    steps(_WARM)
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if device.type == "cuda" else [])
    with profile(activities=activities, record_shapes=True) as watched:
        steps(_STEPS)
    return watched
