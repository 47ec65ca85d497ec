"""Kill a training at its K-th rename, removal or optimizer step, for every K, and go on after each.

    python killed_runs.py SETTINGS.json FOLDER

Prints, for every K, one line of JSON: what the kill fell on, the epochs that were on the disk then, what a reader of
the run was told, and the hash of the weights after the same training was started again. A fork for each saves the
seconds of importing torch; this process itself runs no operator, so that it has no threads to lose.
"""

import hashlib
import json
import os
import signal
import sys
from pathlib import Path

import torch
import torch._dynamo  # the first optimizer imports it; here it is imported once for all forks

from surrogate.errors import InputError
from surrogate.predictors.runs import load_run
from surrogate.training.checkpoint import read_state
from surrogate.training.train import train
from surrogate.training.training_settings import TrainConfig

EVENTS = ("os.rename", "os.remove")


def complete(config, should_stop):
    for _ in train(config, should_stop):
        pass


def doomed(config, last):
    """Train, and die by SIGKILL right before the ``last``-th event."""
    seen = 0

    def count(event):
        nonlocal seen
        if seen == last:
            (config.out.parent / f"{config.out.name}.fell").write_text(event)
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    def hook(event, arguments):
        if event in EVENTS and Path(os.fsdecode(arguments[0])).parent == config.out:
            count(f"{event} {Path(os.fsdecode(arguments[0])).name}")

    sys.addaudithook(hook)
    complete(config, lambda: count("step"))


def look(config, report):
    """Write down what somebody who reads the run now is told."""
    try:
        load_run(config.out)
    except InputError as error:
        report.write_text(str(error).removeprefix(str(config.out)))
    else:
        report.write_text("whole")


def forked(work, *arguments):
    """Run ``work`` in a child and return the signal that ended it, 0 if none did."""
    child = os.fork()
    if child == 0:
        try:
            work(*arguments)
        except BaseException as error:
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit("a training failed")
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def main(settings, folder):
    torch.set_num_threads(1)
    sys.modules["tensorboard"] = None  # as if it were not installed: every fork would import it
    config = TrainConfig.model_validate_json(Path(settings).read_bytes())
    for last in range(10**6):
        here = config.model_copy(update={"out": Path(folder) / f"{last}"})
        killed = forked(doomed, here, last)
        if not killed:
            return
        state = read_state(here.out)
        line = {
            "signal": killed,
            "fell": (here.out.parent / f"{last}.fell").read_text(),
            "epochs": None if state is None else state.current.cursor.epoch,
        }
        report = here.out.parent / f"{last}.report"
        forked(look, here, report)
        line["read"] = report.read_text()
        forked(complete, here, lambda: False)
        line["weights"] = hashlib.sha256((here.out / "weights.safetensors").read_bytes()).hexdigest()
        line["left"] = sorted(file.name for file in here.out.iterdir())
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
