"""A file of a stranger in place of a data set: converted once, shown, trained on, predicted from."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

from surrogate.cli.app import app

RANDOM = np.random.default_rng(0)
A = RANDOM.normal(size=(24, 12, 10))
U = np.cumsum(A, axis=1)
SMALL = "model=fno model.hidden_channels=4 model.n_layers=1 model.n_modes=2 trainer.epochs=1 trainer.device=cpu"


def surrogate(words: str):
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, words.split())
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join((result.stdout + result.stderr).split())


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("mine.npz", a=A, u=U)
    return tmp_path


def test_a_file_is_trained_on_and_predicted_from_and_converted_once(place):
    code, text = surrogate(f"train data=mine.npz boundary=neumann lengths=1,2 {SMALL} out=runs/a")
    assert code == 0, text
    (made,) = place.glob("data/*")
    assert f"data=data/{made.name}: converted from mine.npz" in text
    for word in ("u output", "y 0 to 2 (cells)", "neumann", "guessed: axes", "24: train"):
        assert word in text
    code, text = surrogate(f"train mine.npz boundary=neumann lengths=1,2 {SMALL} out=runs/a")
    assert code == 0, text
    assert f"data=data/{made.name}: converted from mine.npz before" in text
    assert list(place.glob("data/*")) == [made]
    np.save("a.npy", A[:, None])
    for name in ("mine.npz", "a.npy"):
        assert surrogate(f"predict runs/a input={name} out={name}.out.npy")[0] == 0
    np.testing.assert_array_equal(np.load("mine.npz.out.npy"), np.load("a.npy.out.npy"))
    np.savez("other.npz", b=A, c=U)
    assert "holds" in surrogate("predict runs/a input=other.npz out=b.npy")[1]
    assert surrogate("predict runs/a input=other.npz inputs=b out=b.npy")[0] == 0
    np.testing.assert_array_equal(np.load("b.npy"), np.load("a.npy.out.npy"))


def test_info_shows_how_a_file_would_be_read_and_writes_nothing(place):
    code, text = surrogate("info mine.npz lengths=1,2")
    assert code == 0
    assert "24 x 12 x 10 n,x,y" in text
    assert "next: surrogate data convert input=mine.npz lengths=1,2" in text
    assert [entry.name for entry in place.iterdir()] == ["mine.npz"]


def test_words_that_say_how_a_file_is_read_are_refused_of_a_data_set(place):
    assert surrogate("data convert input=mine.npz out=mine")[0] == 0
    code, text = surrogate(f"train data=mine lengths=1 {SMALL}")
    assert code == 2
    assert "lengths=1: says how a foreign file is read, and data=" in text
