"""`surrogate info` of runs: how far one got, and what a folder of them holds."""

import json

import pytest
from typer.testing import CliRunner

from surrogate.cli.app import app
from surrogate.errors import Stopped
from surrogate.predictors.runs import read_record
from surrogate.training import checkpoint
from surrogate.training.train import train


def after(polls):
    """Return a ``should_stop`` that says yes when asked once more than ``polls`` times."""
    count = iter(range(10**9))
    return lambda: next(count) >= polls


def surrogate(*words):
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def folder(steady, settings, tmp_path_factory):
    """A folder with a finished run and one that was stopped in its third epoch."""
    folder = tmp_path_factory.mktemp("several")
    list(train(settings(steady, folder / "done"), lambda: False))
    with pytest.raises(Stopped):
        list(train(settings(steady, folder / "half way", "trainer.epochs=40"), after(14)))
    assert checkpoint.read_state(folder / "half way").current.cursor.epoch == 2
    return folder


def test_an_interrupted_run_says_how_far_it_got_and_what_continues_it(folder):
    code, text = surrogate("info", str(folder / "half way"))
    assert code == 0
    assert "unfinished, 2 of 40 epochs done" in text
    assert f"next: surrogate train 'resume={folder / 'half way'}'" in text


def test_an_interrupted_run_has_the_figures_of_its_best_epoch_so_far(folder):
    best = checkpoint.read_state(folder / "half way").current.cursor.best
    metrics = checkpoint.standing(folder / "half way").metrics
    assert {name: metrics[name] for name in best} == best


def test_a_finished_run_stands_where_its_record_says(folder):
    assert checkpoint.standing(folder / "done") == read_record(folder / "done")


def test_a_folder_of_runs_is_listed(folder):
    code, text = surrogate("info", str(folder))
    assert code == 0
    assert [line.split("  ")[0].strip() for line in text.splitlines()[2:]] == ["half way", "done"]


def test_a_folder_of_runs_is_listed_for_programs(folder):
    listed = json.loads(surrogate("info", str(folder), "--json")[1])
    assert [(row["name"], row["what"], row["status"]) for row in listed] == [
        ("half way", "run", "interrupted"),
        ("done", "run", "finished"),
    ]


def test_a_damaged_run_among_others_says_so_in_its_row(folder):
    broken = folder / "broken"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    try:
        code, text = surrogate("info", str(folder))
    finally:
        (broken / "run.json").unlink()
        broken.rmdir()
    assert code == 0
    assert "broken" in text
    assert "done" in text


def test_a_folder_that_holds_nothing_of_ours_is_refused(tmp_path):
    (tmp_path / "thesis").mkdir()
    code, text = surrogate("info", str(tmp_path))
    assert code == 65
    assert "expected a data set" in text
