"""Every command that is printed as the next one runs as it stands, whatever the folders are called."""

from __future__ import annotations

import shlex

import pytest

from surrogate.cli.app import app

DATA = ("recipe=poisson", "grid=[8,16]", "count.train=4", "count.valid=2", "count.test=2", "certificate.samples=0")


@pytest.fixture
def surrogate(tmp_path, monkeypatch, capsys):
    """Give what runs a command in a folder with a blank in its name and returns the words of the next one."""
    (tmp_path / "my work").mkdir()
    monkeypatch.chdir(tmp_path / "my work")
    monkeypatch.setenv("SURROGATE_KEEP_MEMORY", "0")

    def run(*words: str) -> list[str]:
        code = app(list(words), prog_name="surrogate", standalone_mode=False)
        shown = capsys.readouterr()
        assert not code, shown.err
        lines = [line for line in shown.out.splitlines() if line.startswith("next: ")]
        assert len(lines) == 1, shown.out
        name, *following = shlex.split(lines[0].removeprefix("next: "))
        assert name == "surrogate"
        return following

    return run


@pytest.mark.slow
def test_each_next_command_runs_from_recipe_to_exported_file(surrogate):
    train = surrogate("generate", *DATA, "out=data/it's mine")
    assert train[0] == "train"
    evaluate = surrogate(*train, "trainer.epochs=1", "out=runs/the first")
    export = surrogate(*evaluate, "solver_seconds=0")
    evaluate_the_file = surrogate(*export)
    assert evaluate_the_file[0] == "eval"
    assert not app(evaluate_the_file, prog_name="surrogate", standalone_mode=False)


@pytest.mark.slow
def test_a_run_without_test_samples_is_evaluated_on_its_validation_samples(surrogate):
    surrogate("generate", *DATA[:-2], "count.test=0", "certificate.samples=0", "out=data/d")
    following = surrogate(
        "train", "data=data/d", "model=fno", "trainer.epochs=1", "allow_uncertified=true", "out=runs/r"
    )
    assert following == ["eval", "runs/r", "split=valid"]
