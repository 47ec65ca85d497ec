"""A flipped bit in any file of a run or of a data set is refused in a line, or changes no answer."""

from __future__ import annotations

import random
import shutil

import pytest
import torch

from surrogate.datasets.dataset import describe, open_dataset
from surrogate.datasets.plan import read_plan
from surrogate.datasets.verification import verify
from surrogate.errors import InputError, Stopped
from surrogate.integrity import read_lines
from surrogate.predictors.runs import load_run, read_record, save_record, unverified
from surrogate.predictors.surrogate_settings import RecordedSettings
from surrogate.training.train import train

# Read by nobody but people and other programs.
PROSE = {"README.md", "history.csv"}


def finish(config):
    """Train to the end and return the bytes of the weights."""
    list(train(config, lambda: False))
    return (config.out / "weights.safetensors").read_bytes()


def answers(folder):
    """Return all that is read of a run: its figures, what it predicts, and its history."""
    run = load_run(folder)
    with torch.no_grad():
        prediction = run.surrogate(run.examples[0])
    history = read_lines(folder / "history.jsonl")
    shown = [{key: row[key] for key in ("epoch", "train_loss", "valid_h1_fd")} for row in history]
    return read_record(folder).figures(), prediction.tolist(), run.digest, run.unverified, shown


def flips(path, count):
    """Give the file with one bit flipped, ``count`` times, and put it back in the end."""
    whole, drawn = path.read_bytes(), random.Random(path.name)
    try:
        for bit in drawn.sample(range(8 * len(whole)), min(count, 8 * len(whole))):
            flipped = bytearray(whole)
            flipped[bit // 8] ^= 1 << bit % 8
            path.write_bytes(flipped)
            yield bit
    finally:
        path.write_bytes(whole)


def outcomes(path, count, ask, expected):
    """Return how often a flip was refused; all others must not change the answer."""
    refused = 0
    for bit in flips(path, count):
        try:
            answer = ask()
        except InputError as error:
            assert "\n" not in str(error), (path, bit)  # noqa: PT017
            refused += 1
            continue
        assert answer == expected, f"bit {bit} of {path.name} changed the answer"
    return refused


@pytest.fixture(scope="module")
def finished(steady, settings, tmp_path_factory):
    config = settings(steady, tmp_path_factory.mktemp("runs") / "finished", "trainer.epochs=2")
    finish(config)
    shutil.rmtree(config.out / "tensorboard", ignore_errors=True)
    return config


@pytest.fixture(scope="module")
def interrupted(steady, settings, tmp_path_factory):
    """A run that was stopped in the middle of its second epoch."""
    config = settings(steady, tmp_path_factory.mktemp("runs") / "interrupted", "trainer.epochs=2")
    polls = iter(range(100))
    with pytest.raises(Stopped):
        list(train(config, lambda: next(polls) >= 8))
    shutil.rmtree(config.out / "tensorboard", ignore_errors=True)
    return config


@pytest.mark.parametrize("kind", ["finished", "interrupted"])
def test_a_flipped_bit_in_a_run_is_refused_or_changes_no_answer(kind, request):
    folder = request.getfixturevalue(kind).out
    expected, names = answers(folder), {"run.json", "weights.safetensors", "examples.safetensors", "history.jsonl"}
    for name in names:
        refused = outcomes(folder / name, 25, lambda: answers(folder), expected)
        assert refused >= (0 if name == "history.jsonl" else 23), name


def test_a_flipped_bit_in_a_run_is_refused_or_it_goes_on_to_the_same_weights(finished, interrupted, tmp_path):
    expected = (finished.out / "weights.safetensors").read_bytes()
    for file in sorted(interrupted.out.iterdir()):
        if file.name in PROSE:
            continue
        for number in range(6):
            here = interrupted.model_copy(update={"out": tmp_path / f"{file.name}-{number}"})
            shutil.copytree(interrupted.out, here.out)
            data = bytearray(file.read_bytes())
            bit = random.Random(f"{file.name}{number}").randrange(8 * len(data))
            data[bit // 8] ^= 1 << bit % 8
            (here.out / file.name).write_bytes(data)
            try:
                weights = finish(here)
            except InputError:
                continue
            assert weights == expected, f"bit {bit} of {file.name} changed the weights"


def test_every_file_of_a_finished_run_is_known_by_its_record(finished):
    names = {file.name for file in finished.out.iterdir() if not file.name.startswith(("run.json", "state"))}
    assert read_record(finished.out).files.keys() == names
    assert unverified(finished.out) == ""


def test_a_flipped_bit_in_a_data_set_is_refused_or_changes_no_answer(steady, tmp_path):
    folder = shutil.copytree(steady.path, tmp_path / "steady")

    def ask():
        data = open_dataset(folder)
        wrong = verify(data)[1]
        if wrong:
            raise InputError(wrong[0])
        fields = [array.tolist() for split in ("train", "valid") for array in data.read(split)]
        return describe(data), fields, read_plan(folder), data.unverified

    expected = ask()
    for file in [path for path in folder.rglob("*") if path.is_file()]:
        assert outcomes(file, 25, ask, expected) >= 23, file.name


def test_what_is_older_is_read_with_a_note(finished, tmp_path):
    folder = shutil.copytree(finished.out, tmp_path / "older")
    (folder / "run.json").write_text(read_record(folder).model_copy(update={"files": None}).model_dump_json())
    assert "before files were hashed" in load_run(folder).unverified


def test_an_older_data_set_is_read_with_a_note(steady, tmp_path):
    folder = shutil.copytree(steady.path, tmp_path / "older")
    old = steady.manifest.model_copy(update={"files": None})
    (folder / "manifest.json").write_text(old.model_dump_json(exclude={"files"}))
    assert steady.unverified == ""
    assert "before manifests had a checksum" in open_dataset(folder).unverified
    assert open_dataset(folder).read("valid")[0].tolist() == steady.read("valid")[0].tolist()


def test_a_run_that_goes_on_is_no_longer_held_to_its_former_history(finished, tmp_path):
    """A run that time ended is given more: its history grows, and is read while it does."""
    out = shutil.copytree(finished.out, tmp_path / "run")
    late = finished.model_copy(update={"out": out, "trainer": finished.trainer.model_copy(update={"epochs": 9})})
    record = read_record(out)
    save_record(out, record.model_copy(update={"settings": RecordedSettings.of(late), "status": "running"}))
    polls = iter(range(100))
    with pytest.raises(Stopped):
        list(train(late, lambda: next(polls) >= 8))
    assert len(read_lines(out / "history.jsonl")) == 3
    assert read_record(out).files.keys() == {"weights.safetensors", "examples.safetensors"}
    assert load_run(out).unverified == ""
