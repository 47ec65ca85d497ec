"""Trainings that two processes do together, as torchrun would start them, one after another.

    RANK=0 WORLD_SIZE=2 MASTER_ADDR=... python parallel_runs.py RUNS.json

RUNS.json is a list of objects with the ``settings`` of a training, the ``port`` where the processes meet for it and,
where it is to be stopped, ``stop``: how many questions the second process answers with no. Each process prints a line
of JSON for every training: how it ended, and how often it had met the others between two steps.
"""

import json
import os
import sys
from pathlib import Path

import torch
from torch.distributed import distributed_c10d

from surrogate.errors import SurrogateError
from surrogate.training import parallel
from surrogate.training.train import train
from surrogate.training.training_settings import TrainConfig


def meetings(config, stop):
    """Train, and return how it ended and how many collective operations lay between the first two questions."""
    collectives = []

    def should_stop():
        collectives.append(distributed_c10d._get_default_group()._get_sequence_number_for_group())
        return stop is not None and parallel.rank() == 1 and len(collectives) > stop

    try:
        ended = f"{len(list(train(config, should_stop)))} epochs"
    except SurrogateError as error:
        ended = f"{error.exit_code}: {error}"
    return {"ended": ended, "met": collectives[1] - collectives[0] if len(collectives) > 1 else 0}


def main(file):
    torch.set_num_threads(1)
    sys.modules["tensorboard"] = None
    for one in json.loads(Path(file).read_text()):
        os.environ["MASTER_PORT"] = str(one["port"])
        config = TrainConfig.model_validate_json(json.dumps(one["settings"]))
        line = {"out": config.out.name, **meetings(config, one.get("stop"))}
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
