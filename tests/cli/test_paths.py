"""A path that leads to nothing, or to something else, is answered before torch loads, with what was meant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from surrogate.errors import InputError
from surrogate.kinds import DATASET, EXPORTED, FILE, PRECONDITIONER, RUN, absent, expect, kind_of

# Commands, and what their answer holds.
WRONG = [
    ("train data=tny", "did you mean 'data/tiny'?"),
    ("train data=data/tny", "did you mean 'data/tiny'?"),
    ("train data=darcy_rough", "a recipe, not a data set"),
    ("train data=runs/old", "runs/old: is a run, not a data set"),
    ("train data=empty", "'surrogate generate' makes one"),
    ("train data=data", "it holds tiny"),
    ("train data=a.csv", "no format of 'surrogate list formats' reads that"),
    ("train -m data=tny seed=0,1", "did you mean 'data/tiny'?"),
    ("train resume=runs/odl", "did you mean 'runs/old'?"),
    ("eval run=data/tiny", "data/tiny: is a data set, not a run"),
    ("eval run=old", "did you mean 'runs/old'?"),
    ("eval run=runs", "it holds old"),
    ("eval run=runs/old", "was trained on data/gone, which is not there"),
    ("eval runs=[runs/old,runs/odl]", "did you mean 'runs/old'?"),
    ("eval artefact=mdel.onnx data=data/tiny", "did you mean 'model.onnx'?"),
    ("export run=odl", "did you mean 'runs/old'?"),
    ("predict run=runs/old input=a.csv out=u.npy", "numpy.loadtxt"),
    ("predict run=runs/old input=a.mat out=u.npy", "scipy.io.loadmat"),
    ("predict run=runs/old input=a.pt out=u.npy", "weights_only=True"),
    ("predict run=runs/old input=b.npy out=u.npy", "did you mean 'a.npy'?"),
    ("predict run=runs/old input=a.npy points=b.npy out=u.npy", "did you mean 'a.npy'?"),
    ("solve data=tny", "did you mean 'data/tiny'?"),
    ("solve data=data/tiny preconditioner=runs/old", "runs/old: is a run, not a preconditioner"),
    ("precondition data=tny out=p", "did you mean 'data/tiny'?"),
    ("compare runs/old runs/odl", "did you mean 'runs/old'?"),
    ("gate check run=odl baseline=g.json", "did you mean 'runs/old'?"),
    ("data convert input=a.cvs format=pdebench", "'a.csv'"),
    ("data verify tny", "did you mean 'data/tiny'?"),
    ("info darcy_rough", "surrogate preview darcy_rough"),
    ("info tny", "did you mean 'data/tiny'?"),
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Give a folder with the marks of a data set and of a run whose data are gone, and files of strangers."""
    for folder, mark, text in (
        ("data/tiny", "manifest.json", "{}"),
        ("runs/old", "run.json", '{"settings": {"data": "../../data/gone"}}'),
    ):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / mark).write_text(text)
    (tmp_path / "empty").mkdir()
    for name in ("a.csv", "a.mat", "a.pt", "model.onnx"):
        (tmp_path / name).write_text("1,2\n")
    np.save(tmp_path / "a.npy", np.zeros(3))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_wrong_path_is_one_line_that_says_what_was_meant_and_torch_is_not_loaded_for_it(place):
    script = f"""
import sys
from surrogate.cli.app import main
for line in {[line for line, _ in WRONG]!r}:
    sys.argv = ["surrogate", *line.split()]
    try:
        main()
    except SystemExit as ended:
        print(ended.code, "torch" in sys.modules, flush=True)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=place, capture_output=True, text=True, check=False)
    answers = done.stderr.splitlines()
    assert done.stdout.split("\n")[:-1] == ["65 False"] * len(WRONG), done.stderr
    assert [line for (_, message), line in zip(WRONG, answers, strict=True) if message not in line] == []


@pytest.mark.parametrize("kind", [DATASET, RUN, PRECONDITIONER, EXPORTED, FILE])
def test_what_is_suggested_for_a_path_is_of_the_kind_that_is_expected(place, kind):
    suggestion = str(absent(place / "nothing", kind)).partition("; there")[2]
    named = [Path(word.strip(",")) for word in suggestion.split() if "/" in word]
    assert all(kind_of(path) == kind for path in named)


def test_a_device_or_a_pipe_is_nothing_that_is_expected():
    with pytest.raises(InputError, match="not a run"):
        expect(Path("/dev/null"), RUN)
