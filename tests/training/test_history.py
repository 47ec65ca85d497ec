import csv
import json

import pytest

from surrogate.errors import InputError, SettingsError
from surrogate.registry import TRACKERS
from surrogate.training.history import Epoch, History
from surrogate.training.tracker import chosen_trackers


def epoch(number, loss=0.5, **valid):
    return Epoch(
        number=number,
        epochs=9,
        train_loss=loss,
        valid=valid or {"h1_fd": 0.25},
        learning_rate=1e-3,
        seconds=1.0,
        samples_per_second=10.0,
        seconds_per_step=0.1,
        peak_bytes=1000,
        best=True,
    )


def numbers(folder):
    lines = [json.loads(line)["epoch"] for line in (folder / "history.jsonl").read_text().splitlines()]
    with (folder / "history.csv").open() as file:
        table = [int(row["epoch"]) for row in csv.DictReader(file)]
    assert table == lines
    return lines


def test_both_files_hold_every_epoch(tmp_path):
    history = History(tmp_path, 0)
    for number in (1, 2, 3):
        history.append(epoch(number))
    history.close()
    assert numbers(tmp_path) == [1, 2, 3]


def test_what_was_written_beyond_the_last_state_goes(tmp_path):
    history = History(tmp_path, 0)
    history.append(epoch(1))
    length = history.append(epoch(2))
    history.append(epoch(3))
    history.close()
    again = History(tmp_path, length)
    assert numbers(tmp_path) == [1, 2]
    again.append(epoch(3))
    again.close()
    assert numbers(tmp_path) == [1, 2, 3]


def test_a_history_with_epochs_missing_is_refused(tmp_path):
    history = History(tmp_path, 0)
    length = history.append(epoch(1))
    history.close()
    (tmp_path / "history.jsonl").unlink()
    with pytest.raises(InputError, match="missing"):
        History(tmp_path, length)


def test_a_figure_that_is_not_finite_has_no_value(tmp_path):
    history = History(tmp_path, 0)
    history.append(epoch(1, relative_l2=float("nan")))
    history.close()
    assert json.loads((tmp_path / "history.jsonl").read_text())["valid_relative_l2"] is None


def test_tensorboard_gets_the_same_figures(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    history = History(tmp_path, 0)
    for number in (1, 2):
        history.append(epoch(number, loss=number / 4))
    history.close()
    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in events.Scalars("train_loss")] == [(1, 0.25), (2, 0.5)]


def test_a_run_tells_the_trackers_that_it_names_and_its_lines(tmp_path):
    history = History(tmp_path, 0, ["csv"])
    history.append(epoch(1))
    history.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["history.csv", "history.jsonl"]


def test_a_tracker_whose_package_is_missing_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(TRACKERS.module("tensorboard"), "PACKAGE", "no_such_package")
    with pytest.raises(SettingsError, match=r"no_such_package: pip install 'surrogate\[tensorboard\]'"):
        chosen_trackers(["tensorboard"])
    assert chosen_trackers(None) == ["jsonl", "csv"]


def test_a_tracker_that_fails_is_left_out_with_one_line_and_the_training_goes_on(tmp_path):
    lines = []
    (tmp_path / "tensorboard").write_text("no folder")
    history = History(tmp_path, 0, ["csv", "tensorboard"], lines.append)
    (tmp_path / "history.csv").unlink()
    (tmp_path / "history.csv").mkdir()
    for number in (1, 2):
        history.append(epoch(number))
    history.close()
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 2
    assert [line.split()[1] for line in lines] == ["tensorboard", "csv"]
    assert all("is left out from here on" in line for line in lines)
