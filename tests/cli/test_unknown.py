"""Commands and options that there are not, and words that would be ignored, are answered with those that there are."""

from __future__ import annotations

import subprocess
import sys

import pytest

from surrogate.cli import unknown

LINES = [
    ("serve", "did you mean 'surrogate predict' or 'surrogate export'?"),
    ("trian", "did you mean 'train'?"),
    ("bogus", "known: check, compare, data, eval"),
    ("evaluate", "did you mean 'surrogate eval'?"),
    ("convert", "did you mean 'surrogate data convert'?"),
    ("data verfy", "did you mean 'verify'?"),
    ("train data=d --epochs 3", "settings are words: trainer.epochs=VALUE"),
    ("train --data d", "settings are words: data=VALUE"),
    ("train --dryrun", "did you mean '--dry-run'?"),
    ("preview --out a.png --out b.png", "--out: given twice"),
    ("preview recipe=burgers --out a.png out=b.png", "the picture goes to one place"),
    ("preview recipe=burgers workers=4", "workers: says how a data set is made"),
    ("preview recipe=burgers --split test", "--split test: says which samples of data=FOLDER"),
    ("preview recipe=burgers out=a.pdf", "out=a.pdf: expected a name that ends in .png"),
    ("train resume=runs/x --show", "takes no -m, --dry-run, --show"),
    ("train data=d -m seed=0,1 --dry-run", "leave -m out and name one point"),
    ("data convert format=neuraloperator", "input: needed; give input=VALUE"),
    ("run experiment=demo eval.run=runs/x", "eval.run: 'surrogate run' sets it"),
    ("run dmeo", "experiment=dmeo: there is no experiment 'dmeo'; did you mean 'demo'?"),
    ("data/x", "did you mean 'surrogate info data/x'?"),
    ("gate runs/x", "did you mean 'surrogate gate check runs/x'?"),
    ("darcy_rough", "did you mean 'surrogate generate darcy_rough'?"),
    ("list modles", "did you mean 'models'?"),
]


def test_each_is_one_line_that_says_what_there_is(tmp_path):
    script = f"""
import sys
from surrogate.cli.app import main
for line in {[line for line, _ in LINES]!r}:
    sys.argv = ["surrogate", *line.split()]
    try:
        main()
    except SystemExit as ended:
        print(ended.code, flush=True)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["2"] * len(LINES), done.stderr
    answers = done.stderr.splitlines()
    assert [row for row, line in zip(LINES, answers, strict=True) if row[1] not in line] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("words", "name"), [(["--out", "a", "--out=b"], "--out"), (["--out", "a", "x=--out"], None)])
def test_an_option_stands_once(words, name):
    assert unknown.twice(words) == name
