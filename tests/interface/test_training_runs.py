"""Laws of training from Python: the same words give the same run as the command line, whatever holds a path."""

import os
from pathlib import Path

import pytest

import surrogate as sg
from surrogate.config.compose import compose_tree
from surrogate.config.words import prepared
from surrogate.errors import InputError, SettingsError, UsageError
from surrogate.interface.reporters import Silent
from surrogate.interface.trained_runs import trained
from surrogate.interface.typed_settings import train_settings

from .conftest import SMALL

WORDS = (
    "model=fno model.hidden_channels=8 model.n_layers=2 model.n_modes=[4,4] trainer.epochs=2 trainer.threads=1"
    " trainer.device=cpu"
)


def test_the_same_words_give_the_same_weights_bit_for_bit(data, run, tmp_path):
    words = [f"data={data.path}", f"out={tmp_path / 'run'}", *WORDS.split()]
    trained(train_settings(compose_tree("train", prepared(words))), Silent())
    name = "weights.safetensors"
    assert (tmp_path / "run" / name).read_bytes() == (run.path / name).read_bytes()


@pytest.mark.parametrize("kind", [str, Path, lambda held: held])
def test_a_data_set_is_given_as_text_as_a_path_or_as_it_is(data, run, kind):
    again = sg.train(kind(data.path if kind in (str, Path) else data), out=kind(run.path), **SMALL)
    assert again.metrics == run.metrics


def test_what_was_finished_is_opened_and_other_settings_are_refused(data, run):
    assert sg.train(data, out=run, **SMALL).record == run.record
    with pytest.raises(SettingsError, match="seed"):
        sg.train(data, out=run, **SMALL, seed=1)


def test_a_run_knows_its_data_its_figures_and_its_epochs(data, run):
    assert run.data.dataset.hash == data.dataset.hash
    assert [row["epoch"] for row in run.history] == [1, 2]
    assert run.metrics["valid_relative_l2"] == min(row["valid_relative_l2"] for row in run.history)
    assert isinstance(sg.open(os.fspath(run)), sg.OpenedRun)
    assert isinstance(sg.open(data), sg.OpenedData)


def test_a_notebook_is_shown_cards(data, run):
    assert "data:image/png;base64" in data._repr_html_()
    assert "fno" in run._repr_html_()


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda data: sg.train(data, epoch=3), UsageError, "trainer.epochs"),
        (lambda data: sg.train(data, model="fnoo"), UsageError, "did you mean 'fno'"),
        (lambda data: sg.train(data, epochs=-3), SettingsError, "trainer.epochs: expected a number greater than 0"),
        (lambda data: sg.train("nothing here"), InputError, "there is no such data set"),
        (lambda data: sg.train(data, profile=True), UsageError, "trainer.profile"),
        (lambda data: sg.generate("darcy_roug"), UsageError, "darcy_rough"),
        (lambda data: sg.open("nothing here"), InputError, "there is no such data set or run"),
    ],
)
def test_mistakes_are_exceptions_with_the_nearest_right_name(data, call, error, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=says):
        call(data)
