"""A bare first word is the command's noun, KEY=VALUE after; what is no noun is answered with what was meant."""

from __future__ import annotations

import contextlib

import pytest

from surrogate.config.known import COMMANDS, known
from surrogate.config.nouns import NOUNS, parted, spoken
from surrogate.errors import UsageError

LONG = [
    ("generate darcy_rough grid=64", "recipe=darcy_rough grid=64"),
    ("preview data/tiny", "data=data/tiny"),
    ("preview burgers", "recipe=burgers"),
    ("train data/tiny -", "data=data/tiny"),
    ("train data/other seed=1", "data=data/other seed=1"),
    ("train tiny", "data=tiny"),
    ("train seed=1 data/tiny", "data=data/tiny seed=1"),
    ("eval runs/old suite=cost", "run=runs/old suite=cost"),
    ("eval model.onnx data=data/tiny", "artefact=model.onnx data=data/tiny"),
    ("eval a.npy data=data/tiny", "predictions=a.npy data=data/tiny"),
    ("eval solver data=data/tiny", "predictor=solver data=data/tiny"),
    ("eval ./solver", "run=./solver"),
    ("eval runs/seed=0", "run=runs/seed=0"),
    ("export runs/old", "run=runs/old"),
    ("predict runs/old input=a.npy", "run=runs/old input=a.npy"),
    ("solve data/tiny method=cg", "data=data/tiny method=cg"),
    ("solve runs/old", "run=runs/old"),
    ("precondition data/tiny", "data=data/tiny"),
    ("convert a.npy format=x", "input=a.npy format=x"),
    ("gate runs/old baseline=g", "run=runs/old baseline=g"),
    ("gate a.npy baseline=g", "run=a.npy baseline=g"),
    ("run demo", "experiment=demo"),
    ("train hydra/launcher=joblib", "hydra/launcher=joblib"),
    ("train trainer/epochs=3", "trainer/epochs=3"),
    ("train ~model", "~model"),
    ("train data/tiny data=./data/tiny", "data=./data/tiny"),
]
REFUSED = [
    ("train runs/old", "did you mean 'resume=runs/old'"),
    ("train fno", "did you mean 'model=fno'?"),
    ("train seed 3", "did you mean 'seed=3'?"),
    ("train data/tiny seed = 3", "did you mean 'seed=3'?"),
    ("train data/tiny seed= 3", "did you mean 'seed=3'?"),
    ("train data/tiny epochs 3", "did you mean 'trainer.epochs=3'?"),
    ("train data/tiny lr:1e-3", "did you mean 'optimizer.lr=1e-3'?"),
    ("train seed", "did you mean 'seed=VALUE'?"),
    ("predict a.npy", "did you mean 'input=a.npy'?"),
    ("generate slurm", "did you mean 'cluster=slurm'?"),
    ("eval runs/old runs/seed=0", "did you mean 'runs=[runs/old,runs/seed=0]' or 'ensemble="),
    ("precondition data/tiny data/other", "expected one word without a key, got 2; 'data/other' needs a key"),
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with the marks of a data set and of runs, one with an equals sign in its name, and files."""
    for folder, mark in (("data/tiny", "manifest.json"), ("runs/old", "run.json"), ("runs/seed=0", "run.json")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / mark).touch()
    for name in ("a.npy", "model.onnx"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("short", "long"), LONG)
def test_the_short_form_says_what_the_long_one_does(place, short, long):
    command, *words = short.removesuffix(" -").split()
    assert spoken(words, command) == long.split()


@pytest.mark.parametrize(("words", "answer"), REFUSED)
def test_a_word_that_is_no_noun_is_answered_with_what_was_meant(place, words, answer):
    command, *words = words.split()
    with pytest.raises(UsageError) as caught:
        spoken(words, command)
    assert answer in str(caught.value)


def test_two_different_nouns_are_refused(place):
    from surrogate.config.words import prepared

    with pytest.raises(UsageError, match="data: given twice, as 'data/tiny' and as 'data/other'"):
        prepared(["data/tiny", "data=data/other"], "train")


def test_a_folder_that_is_called_as_a_setting_is_the_setting(place, tmp_path):
    (tmp_path / "seed=1").mkdir()
    assert spoken(["data/tiny", "seed=1"], "train") == ["data=data/tiny", "seed=1"]
    assert parted(["runs/old", "seed=1"], "compare") == (["runs/old", "seed=1"], [])


@pytest.mark.parametrize("word", ["x" * 5000, "a\x00b", "~nobody-of-this-name/x=1", "=", "é", ""])
def test_whatever_a_word_holds_it_is_read_or_refused(place, word):
    with contextlib.suppress(UsageError):
        assert all("=" in one or one.startswith("~") for one in spoken([word], "train"))


def test_every_command_with_settings_has_a_noun_that_it_takes():
    assert set(NOUNS) - {"preview"} == set(COMMANDS)
    for command in COMMANDS:
        assert set(NOUNS[command]) <= {*known(command, ()).keys}
