import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from surrogate.predictors.runs import read_record
from surrogate.training.checkpoint import read_state
from surrogate.training.train import train

SCRIPT = Path(__file__).with_name("killed_runs.py")
ALONE = """
import pathlib, sys, torch
from surrogate.training.training_settings import TrainConfig
from surrogate.training.train import train
torch.set_num_threads(1)
config = TrainConfig.model_validate_json(pathlib.Path(sys.argv[1]).read_bytes())
for _ in train(config, lambda: False):
    pass
"""


def test_a_run_killed_anywhere_goes_on_to_the_same_weights(steady, settings, tmp_path):
    """SIGKILL before every rename and removal in the run folder and before every optimizer step of two epochs."""
    config = settings(steady, tmp_path / "unbroken", "trainer.epochs=2")
    list(train(config, lambda: False))
    expected = hashlib.sha256((tmp_path / "unbroken/weights.safetensors").read_bytes()).hexdigest()
    (tmp_path / "settings.json").write_text(config.model_dump_json())
    (tmp_path / "killed").mkdir()
    command = [sys.executable, str(SCRIPT), str(tmp_path / "settings.json"), str(tmp_path / "killed")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    kills = [json.loads(line) for line in done.stdout.splitlines()]
    assert {kill["signal"] for kill in kills} == {signal.SIGKILL}
    assert {kill["epochs"] for kill in kills} == {None, 0, 1, 2}, "kills fell before, between and after checkpoints"
    assert sum(kill["fell"] == "step" for kill in kills) == 2 * (4 + 2)
    none = "/weights.safetensors: missing; the run has not finished its first epoch"
    reports = {kill["read"] for kill in kills}
    assert {"whole", none} <= reports
    assert not [report for report in reports if "damaged" in report or "changed" in report], "a kill is no damage"
    assert {kill["read"] for kill in kills if kill["epochs"] == 1} <= {"whole", none}
    assert {kill["read"] for kill in kills if kill["epochs"] == 2} == {"whole"}
    assert {kill["weights"] for kill in kills} == {expected}
    names = {file.name for file in (tmp_path / "unbroken").iterdir()} - {"tensorboard"}
    assert {tuple(kill["left"]) for kill in kills} == {tuple(sorted(names))}


def test_a_run_killed_after_its_first_checkpoint_goes_on_to_the_same_weights(steady, settings, tmp_path):
    """A process of its own, killed from outside at whatever it is doing."""
    config = settings(steady, tmp_path / "run", "trainer.epochs=25")
    straight = settings(steady, tmp_path / "straight", "trainer.epochs=25")
    (tmp_path / "settings.json").write_text(config.model_dump_json())
    child = subprocess.Popen([sys.executable, "-c", ALONE, str(tmp_path / "settings.json")])
    while child.poll() is None and ((state := read_state(tmp_path / "run")) is None or state.current.cursor.epoch < 1):
        time.sleep(0.01)
    child.kill()
    assert child.wait() == -signal.SIGKILL
    assert 1 <= read_state(tmp_path / "run").current.cursor.epoch < 25
    assert read_record(tmp_path / "run").status == "running"
    for one in (config, straight):
        list(train(one, lambda: False))
    weights = [(tmp_path / name / "weights.safetensors").read_bytes() for name in ("run", "straight")]
    assert weights[0] == weights[1]
