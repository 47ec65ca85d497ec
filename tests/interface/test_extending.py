"""train(resume=R, epochs=N): a finished run goes on, and is a run of N epochs where its schedule permits."""

import pytest
import torch

import surrogate as sg
from surrogate.errors import SettingsError, UsageError
from surrogate.predictors.runs import WEIGHTS, read_record
from surrogate.training import checkpoint

SMALL = {"model": {"name": "fno", "hidden_channels": 4, "n_layers": 1, "n_modes": 2}, "device": "cpu", "batch_size": 4}


class Heard:
    """A reporter that keeps the notes."""

    def __init__(self):
        from surrogate.interface.reporters import reporter_for

        self.lines, self.silent = [], reporter_for(None)

    def note(self, message):
        self.lines.append(message)

    def progress(self, label, total):
        return self.silent.progress(label, total)

    def stoppable(self):
        return self.silent.stoppable()


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    generator = torch.Generator().manual_seed(0)
    a = torch.rand(24, 8, 8, generator=generator).numpy()
    return sg.from_arrays(a=a, u=a**2, lengths=(1, 1), out=tmp_path_factory.mktemp("data") / "own")


def tensors(run):
    return checkpoint.read_saved(run.path, checkpoint.read_state(run.path).current)


def test_with_a_constant_rate_it_is_the_run_that_had_all_the_epochs(data, tmp_path):
    straight = sg.train(data, epochs=4, schedule="constant", out=tmp_path / "straight", **SMALL)
    run = sg.train(data, epochs=2, schedule="constant", out=tmp_path / "run", **SMALL)
    heard = Heard()
    extended = sg.train(resume=run, epochs=4, reporter=heard)
    assert heard.lines == ["2 to 4 epochs: schedule=constant is the same so far, so this is a run of 4 from the start"]
    assert all(torch.equal(tensors(extended)[name], tensor) for name, tensor in tensors(straight).items())
    assert (extended.path / WEIGHTS).read_bytes() == (straight.path / WEIGHTS).read_bytes()
    assert [row["epoch"] for row in extended.history] == [1, 2, 3, 4]
    record = read_record(extended.path)
    assert (record.status, record.metrics) == ("finished", read_record(straight.path).metrics)


@pytest.mark.slow
def test_a_schedule_that_falls_rises_again_and_that_is_said(data, tmp_path):
    run = sg.train(data, epochs=2, schedule="cosine", out=tmp_path / "run", **SMALL)
    heard = Heard()
    sg.train(resume=run, epochs=4, reporter=heard)
    assert "schedule=cosine is now that of 4: the rate goes on at" in heard.lines[0]
    rates = [row["learning_rate"] for row in run.history]
    assert rates[2] > rates[1]


@pytest.mark.slow
def test_the_same_call_again_opens_what_is_finished(data, tmp_path):
    run = sg.train(data, epochs=1, schedule="constant", out=tmp_path / "run", **SMALL)
    for _ in range(2):
        sg.train(resume=run, epochs=2)
    assert sg.train(data, epochs=2, schedule="constant", out=tmp_path / "run", **SMALL).metrics["epochs"] == 2


@pytest.mark.parametrize(
    ("settings", "error", "line"),
    [
        ({"epochs": 1}, SettingsError, "trainer.epochs=1: 2 are done or begun; expected more"),
        ({"lr": 1e-5}, UsageError, r"optimizer.lr: would make another run of run; init=RUN with it begins a new one"),
        ({"out": "elsewhere"}, UsageError, "out: would make another run of run"),
        ({"trainer.epoch": 3}, UsageError, "there is no such setting; did you mean 'trainer.epochs'"),
        ({"epochs": "many"}, SettingsError, "trainer.epochs: expected an integer"),
    ],
)
def test_what_cannot_change_is_one_line_and_the_run_stays_finished(data, tmp_path, settings, error, line):
    run = sg.train(data, epochs=2, out=tmp_path / "run", **SMALL)
    with pytest.raises(error, match=line):
        sg.train(resume=run, **settings)
    assert run.record.status == "finished"


@pytest.mark.slow
def test_a_setting_that_is_the_run_s_own_is_no_other(data, tmp_path):
    run = sg.train(data, epochs=1, schedule="constant", out=tmp_path / "run", **SMALL)
    assert sg.train(resume=run, epochs=2, schedule="constant").metrics["epochs"] == 2


def test_the_settings_of_the_model_come_with_the_weights_and_a_word_changes_one(data, tmp_path):
    run = sg.train(data, epochs=1, out=tmp_path / "run", residual=False, **SMALL | {"normaliser": {"inputs": "scalar"}})
    wider = {"model.n_modes": 3, "freeze": ["lifting"], "epochs": 1, "device": "cpu"}
    settings = sg.train(data, init=run, out=tmp_path / "more", **wider).record.settings
    assert (settings.model.hidden_channels, settings.model.n_layers, settings.model.n_modes) == (4, 1, 3)
    assert settings.normaliser.inputs == "scalar"
    assert settings.init == run.path


def test_a_run_without_its_state_says_how_to_begin_with_its_weights(data, tmp_path):
    run = sg.train(data, epochs=1, out=tmp_path / "run", **SMALL)
    (run.path / "state.json").unlink()
    with pytest.raises(SettingsError, match=r"has no state to go on from; init=.*run begins with its weights"):
        sg.train(resume=run, epochs=2)
