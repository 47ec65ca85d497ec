"""Laws of a search: it goes on as if never interrupted, chooses by validation alone, and outlives failures."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

import surrogate as sg
from surrogate.config.search_words import from_sweeper, searched
from surrogate.config.words import prepared
from surrogate.datasets.dataset import open_dataset
from surrogate.errors import SettingsError, UsageError
from surrogate.interface.search_settings import tune_settings
from surrogate.kinds import RUN, kind_of
from surrogate.predictors.runs import read_record
from surrogate.tuning.study import Study, require_optuna
from surrogate.tuning.study_record import begin_study

pytest.importorskip("optuna")
ROOT = Path(__file__).resolve().parents[2]
PRUNED = ("trials=6", "startup=2", "pruner.startup=1", "pruner.warmup=0")
SHORT = ("trials=2", "startup=1", "trainer.epochs=2")


def course(known):
    """What a search came to, without what depends on the clock."""
    return [(one.number, one.state, dict(one.values), one.error, dict(one.curve)) for one in known.trials]


@pytest.mark.parametrize(
    ("words", "stop"), [(SHORT, 1), pytest.param(PRUNED, 6, marks=pytest.mark.slow)], ids=["short", "pruned"]
)
def test_a_search_that_is_interrupted_comes_to_the_same_as_one_that_is_not(config, run, words, stop):
    whole = run(config(*words, out="whole"))
    assert words is SHORT or {"finished", "pruned"} <= {trial.state for trial in whole.trials}
    broken = config(*words, out="broken")
    assert run(broken, stop).status.startswith("unfinished")
    assert course(run(broken)) == course(whole)
    assert course(run(broken)) == course(whole), "a finished search does nothing more"


@pytest.mark.slow
def test_each_trial_is_a_run_and_its_error_is_that_of_the_epoch_it_keeps(config, run):
    known = run(config("trials=2", "pruner=none"))
    for trial in known.trials:
        record = read_record(known.folder / trial.name)
        assert kind_of(known.folder / trial.name) == RUN
        assert record.metrics["valid_relative_l2"] == trial.error == min(trial.curve.values())
        settings = record.settings.model_dump()
        assert settings["seed"] == known.record.settings.seed
        assert settings["optimizer"]["lr"] == float(trial.values["optimizer.lr"])
    assert known.best.error == min(trial.error for trial in known.trials)


@pytest.mark.slow
def test_no_test_sample_is_read(config, run, data, tmp_path):
    blind = tmp_path / "blind"
    shutil.copytree(data, blind)
    for part in (blind / "data" / "test").iterdir():
        part.write_bytes(bytes(part.stat().st_size))
    assert run(config("trials=1").model_copy(update={"data": blind})).best is not None


@pytest.mark.slow
def test_a_trial_that_cannot_be_is_a_trial_that_failed(config, run):
    # At a rate of 1e30 every number overflows.
    known = run(config("optimizer.lr=1e-2,3e-2,1e30", "trials=6", "method=random", "seed=3", "trainer.epochs=1"))
    assert known.best is not None
    failed = {trial.name: trial.reason for trial in known.trials if trial.values["optimizer.lr"] == "1e+30"}
    assert failed
    assert failed == {trial.name: trial.reason for trial in known.trials if trial.state == "failed"}
    assert all(reason.startswith("training diverged in epoch 1") for reason in failed.values())


def test_a_trial_in_which_the_process_dies_again_and_again_has_failed(config, run):
    settings = config("trials=1")
    settings.out.mkdir()
    begin_study(settings, open_dataset(settings.data))
    for _ in range(3):
        study = Study(settings.out, settings)
        assert study.begin(study.next())
        study.close()
    (trial,) = run(settings).trials
    assert (trial.state, trial.reason.split(" again")[0]) == ("failed", "the process ended in it")


@pytest.mark.slow
def test_a_study_of_other_settings_is_left_alone(config, run):
    run(config("trials=1"))
    with pytest.raises(SettingsError, match=r"a study with other settings is there: .*hidden_channels"):
        run(config("trials=1", "model.hidden_channels=4"))
    assert len(run(config("trials=2")).trials) == 2, "more trials are no other settings"
    assert len(run(config("trials=1", "seed=1", "overwrite=true")).trials) == 1


@pytest.mark.parametrize(
    ("word", "complaint"),
    [
        ("optimizer.lr=interval(1e-2,1e-3)", "LOW below HIGH"),
        ("optimizer.lr=tag(log,interval(0,1))", "begins above 0"),
        ("optimizer.lr=tag(log,choice(1,2))", "of an interval alone"),
        ("model.n_layers=shuffle(range(1,4))", "the search chooses the order"),
        ("seed=0,1", "luck"),
    ],
)
def test_a_word_that_spans_nothing_to_search_is_refused(word, complaint):
    with pytest.raises(UsageError, match=complaint):
        searched([word])


def test_a_value_that_cannot_be_is_one_line_before_the_first_training(config, tmp_path):
    with pytest.raises(SettingsError, match=r"model.hidden_channels: .*, got 0"):
        config("model.hidden_channels=4,0")
    assert not (tmp_path / "study").exists()


@pytest.mark.slow
def test_an_error_that_is_not_measured_is_refused_with_the_nearest(config, run, tmp_path):
    with pytest.raises(SettingsError, match="did you mean 'relative_l2'"):
        run(config("metric=relativel2"))
    assert not (tmp_path / "study").exists()


@pytest.mark.slow
@pytest.mark.parametrize("model", sorted(file.stem for file in (ROOT / "conf" / "search").glob("*.yaml")))
def test_what_is_searched_of_each_model_by_itself_can_be_trained(model, data, tmp_path):
    chosen = ["search=training"] if model == "training" else [f"model={model}"]
    ready = prepared([*chosen, "allow_uncertified=true", f"data={data}", f"out={tmp_path}"])
    assert tune_settings(ready).search


def test_the_sweeper_of_hydra_asks_for_the_same_search():
    words = ["data='d'", "model.n_layers=3,4", "hydra/sweeper=optuna", "hydra.sweeper.n_trials=7"]
    assert from_sweeper(words) == ["data='d'", "model.n_layers=3,4", "trials=7"]
    assert from_sweeper(["model.n_layers=3,4"]) is None
    with pytest.raises(UsageError, match=r"hydra.sweeper.n_trials"):
        from_sweeper([*words, "hydra/launcher=joblib"])


def test_a_search_without_optuna_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(SettingsError, match=r"^tune needs the package optuna: pip install 'surrogate\[tune\]'$"):
        require_optuna()


@pytest.mark.slow
def test_python_has_the_same_words(config, run, words, data, tmp_path):
    fixed = dict(word.split("=") for word in words[0] if "[" not in word)
    settings = {key: yaml.safe_load(value) for key, value in fixed.items()} | {"trainer.trackers": []}
    search = {"model.hidden_channels": [4, 6, 8], "optimizer.lr": "tag(log,interval(1e-3,1e-1))"}
    study = sg.tune(data, trials=2, out=tmp_path / "python", search=search, **settings)
    assert course(study.result) == course(run(config("trials=2")))
    assert sg.open(tmp_path / "python").best.record.status == "finished"
    assert study.report().stat().st_size > 10_000
    assert "2 finished" in repr(study)


@pytest.mark.slow
def test_ctrl_c_ends_a_search_with_75_and_the_same_command_goes_on(words, data, tmp_path):
    spoken = [f"data={data}", "out=study", *words[0], *words[1], "trials=3"]
    command = [sys.executable, "-m", "surrogate", "tune", *spoken]
    how = {"cwd": tmp_path, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    first = subprocess.Popen(command, **how)
    while not (tmp_path / "study" / "trial-001").is_dir() and first.poll() is None:
        time.sleep(0.05)
    first.send_signal(signal.SIGINT)
    shown, errors = first.communicate(timeout=120)
    assert first.returncode == 75, errors
    assert "next: surrogate tune resume=study" in shown
    again = subprocess.run(command, check=False, **how)
    assert again.returncode == 0, again.stderr
    best = re.search(r"next: surrogate eval run=(study/trial-00[0-2])\n", again.stdout)
    assert kind_of(tmp_path / best[1]) == RUN
    table = (tmp_path / "study" / "trials.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in table] == ["trial", "trial-000", "trial-001", "trial-002"]


def test_values_that_come_again_are_not_trained_again(config, run):
    known = run(
        config("model.hidden_channels=4", "optimizer.lr=1e-2,2e-2", "trials=5", "method=random", "trainer.epochs=1")
    )
    trained = [trial for trial in known.trials if trial.repeats is None]
    assert len(trained) == 2
    assert {folder.name for folder in known.folder.glob("trial-*")} == {trial.name for trial in trained}
    for trial in known.trials:
        twin = known.trials[trial.number if trial.repeats is None else trial.repeats]
        assert (twin.error, twin.values) == (trial.error, trial.values)
    assert known.counted() == "2 finished, 3 repeated"
