"""How many threads of the processor a training works with: all of them is slower where another process wants a core.

The number changes the last bits of a sum, so it is chosen once, kept in the record of the run, and taken again when the
run goes on.
"""

from __future__ import annotations

import torch

from surrogate import cores
from surrogate.predictors.runs import RunRecord
from surrogate.training import parallel
from surrogate.training.items import Batch
from surrogate.training.learner import Learner
from surrogate.training.training_settings import TrainConfig

# A pass of more seconds is not tried in rounds.
LONG = 2.0


def take(config: TrainConfig, record: RunRecord | None) -> None:
    """Take the threads that the settings name; else those that a run which goes on began with, as far as there are."""
    if config.trainer.threads is not None:
        torch.set_num_threads(config.trainer.threads)
    elif record is not None and not _are_set():
        torch.set_num_threads(min(record.environment.threads, torch.get_num_threads()))


def choose(config: TrainConfig, learner: Learner, batch: Batch) -> str:
    """Take the threads with which a new run is fastest now, and return a line that says so where these are not all."""
    if config.trainer.threads or config.trainer.deterministic or learner.device.type != "cpu" or _are_set():
        return ""
    line = cores.settle(lambda: learner.rehearse(batch), LONG)
    return f"{line}; trainer.threads=N takes others" if line else ""


def _are_set() -> bool:
    return parallel.launched() or cores.are_set()
