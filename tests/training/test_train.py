import csv
import json
import shutil

import pytest
import torch

from surrogate.errors import InputError, SettingsError, Stopped
from surrogate.norms import h1_fd
from surrogate.predictors.runs import load_run, read_record
from surrogate.predictors.tensor_files import read_tensors
from surrogate.training import checkpoint
from surrogate.training.train import read_train_config, train


def never():
    return False


def after(polls):
    """Return a ``should_stop`` that says yes when asked once more than ``polls`` times."""
    count = iter(range(10**9))
    return lambda: next(count) >= polls


def run(config, should_stop=never):
    return list(train(config, should_stop))


def bits(folder):
    return (folder / "weights.safetensors").read_bytes()


def history(folder):
    """Return the history of a run without its timings."""
    lines = [json.loads(line) for line in (folder / "history.jsonl").read_text().splitlines()]
    measured = ("seconds", "samples_per_second", "seconds_per_step", "peak_bytes", "checksum")
    return [{k: v for k, v in line.items() if k not in measured} for line in lines]


@pytest.fixture(scope="module")
def unbroken(steady, settings, tmp_path_factory):
    """A run of 3 epochs of 4 steps that nothing disturbed."""
    folder = tmp_path_factory.mktemp("runs") / "unbroken"
    run(settings(steady, folder))
    return folder


def test_every_epoch_is_told_and_written_down(steady, settings, tmp_path):
    epochs = run(settings(steady, tmp_path / "run"))
    assert [epoch.number for epoch in epochs] == [1, 2, 3]
    assert [row["epoch"] for row in history(tmp_path / "run")] == [1, 2, 3]
    with (tmp_path / "run/history.csv").open() as file:
        table = list(csv.DictReader(file))
    assert [float(row["valid_h1_fd"]) for row in table] == [epoch.valid["h1_fd"] for epoch in epochs]


def test_training_lowers_the_loss(steady, settings, tmp_path):
    epochs = run(settings(steady, tmp_path / "run", "trainer.epochs=20", "optimizer.lr=0.02"))
    assert epochs[-1].train_loss < 0.5 * epochs[0].train_loss


def mean_error(folder, samples):
    """Return the mean over pairs of the H1 error of the surrogate that a run kept."""
    surrogate = load_run(folder).surrogate
    with torch.no_grad():
        return float(h1_fd(surrogate(samples[0]), samples[1], surrogate.problem.target).mean())


def test_what_is_kept_is_the_epoch_best_by_validation(noise, settings, tmp_path):
    words = ("optimizer.lr=0.02", "schedule=constant", "trainer.epochs=8", "trainer.augment=false")
    epochs = run(settings(noise, tmp_path / "run", *words))
    best = min(epochs, key=lambda epoch: epoch.valid["h1_fd"])
    others = {min(epochs, key=lambda epoch: epoch.train_loss).number, epochs[-1].number}
    assert best.number not in others, "this test needs a run whose best epoch is best by validation alone"
    record = read_record(tmp_path / "run")
    assert record.metrics["best_epoch"] == best.number
    assert record.metrics["valid_h1_fd"] == best.valid["h1_fd"]
    assert mean_error(tmp_path / "run", load_run(tmp_path / "run").examples) == pytest.approx(best.valid["h1_fd"])


def test_the_training_loss_is_the_mean_over_all_pairs(unvalidated, settings, tmp_path):
    words = ("optimizer.lr=1e-30", "trainer.batch_size=5", "trainer.augment=false", "trainer.epochs=1")
    epochs = run(settings(unvalidated, tmp_path / "run", *words))
    constants, states = map(torch.from_numpy, unvalidated.read("train"))
    assert mean_error(tmp_path / "run", (constants, states[:, -1])) == pytest.approx(epochs[0].train_loss)


def test_without_validation_samples_the_training_loss_selects(unvalidated, settings, tmp_path):
    epochs = run(settings(unvalidated, tmp_path / "run"))
    best = min(epochs, key=lambda epoch: epoch.train_loss)
    assert all(epoch.valid == {} for epoch in epochs)
    assert read_record(tmp_path / "run").metrics["best_epoch"] == best.number


def test_the_same_seed_gives_the_same_weights(steady, settings, unbroken, tmp_path):
    torch.manual_seed(12345)
    run(settings(steady, tmp_path / "again"))
    assert bits(tmp_path / "again") == bits(unbroken)


def test_another_seed_gives_other_weights(steady, settings, unbroken, tmp_path):
    run(settings(steady, tmp_path / "other", "seed=1"))
    assert bits(tmp_path / "other") != bits(unbroken)


def test_training_leaves_the_random_state_of_the_process_alone(steady, settings, tmp_path):
    before = torch.get_rng_state()
    run(settings(steady, tmp_path / "run"))
    assert torch.equal(torch.get_rng_state(), before)


# An epoch asks 4 times for its steps and twice for its validation batches: 18 questions in all.
@pytest.mark.parametrize("polls", [0, 1, 3, 4, 5, 6, 8, 11, 17])
def test_a_stopped_run_goes_on_as_if_it_had_not(steady, settings, unbroken, tmp_path, polls):
    config = settings(steady, tmp_path / "run")
    with pytest.raises(Stopped, match=f"epoch {polls // 6 + 1}, step {min(polls % 6, 4)} of 4"):
        run(config, after(polls))
    assert checkpoint.read_state(tmp_path / "run").current.cursor.step == min(polls % 6, 4)
    run(config)
    assert bits(tmp_path / "run") == bits(unbroken)
    assert history(tmp_path / "run") == history(unbroken)


@pytest.mark.parametrize(
    "words",
    [
        ("trainer.ema=0.9", "optimizer=adamw", "schedule=cosine"),
        ("schedule=step", "schedule.every=1", "trainer.grad_clip=0.1"),
        ("schedule.per=epoch", "optimizer.weight_decay=0.1"),
        ("trainer.precision=bfloat16",),
        ("loss=mse", "normaliser.outputs=pointwise"),
    ],
)
def test_a_run_stopped_again_and_again_equals_the_unbroken_one(steady, settings, tmp_path, words):
    straight, broken = (settings(steady, tmp_path / name, *words) for name in ("straight", "broken"))
    run(straight)
    for _ in range(30):
        try:
            run(broken, after(2))
            break
        except Stopped:
            pass
    assert bits(tmp_path / "broken") == bits(tmp_path / "straight")
    assert history(tmp_path / "broken") == history(tmp_path / "straight")


def test_a_finished_run_yields_nothing_and_is_not_touched(steady, settings, unbroken):
    before = {file.name: file.stat().st_mtime_ns for file in unbroken.iterdir()}
    assert run(settings(steady, unbroken)) == []
    assert {file.name: file.stat().st_mtime_ns for file in unbroken.iterdir()} == before


def test_other_settings_on_the_same_folder_are_refused_by_name(steady, settings, unbroken):
    with pytest.raises(
        SettingsError, match=r"optimizer.lr is 0.001 there, 0.5 here; trainer.epochs is 3 there, 4 here"
    ):
        run(settings(steady, unbroken, "trainer.epochs=4", "optimizer.lr=0.5"))


def test_other_data_on_the_same_folder_are_refused(unvalidated, settings, unbroken):
    with pytest.raises(SettingsError, match="'unvalidated' with other content"):
        run(settings(unvalidated, unbroken))


def test_data_and_run_may_move_between_two_halves(steady, settings, unbroken, tmp_path):
    first = settings(steady, tmp_path / "a/run")
    with pytest.raises(Stopped):
        run(first, after(7))
    shutil.copytree(steady.path, tmp_path / "b/data")
    (tmp_path / "a/run").rename(tmp_path / "b/run")
    second = settings(steady, tmp_path / "b/run").model_copy(update={"data": tmp_path / "b/data"})
    run(second)
    assert bits(tmp_path / "b/run") == bits(unbroken)
    assert read_train_config(tmp_path / "b/run") == second


def test_a_folder_with_other_things_in_it_is_refused(steady, settings, tmp_path):
    (tmp_path / "thesis.tex").write_text("42")
    with pytest.raises(SettingsError, match=r"'thesis.tex'"):
        run(settings(steady, tmp_path))
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


def test_settings_that_do_not_fit_the_data_create_nothing(steady, settings, tmp_path):
    for word in ("residual=true", "task=step", "model.n_modes=[3,3,3]"):
        with pytest.raises(SettingsError):
            run(settings(steady, tmp_path / "run", word))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_state_is_refused_in_one_line(steady, settings, tmp_path):
    config = settings(steady, tmp_path / "run")
    with pytest.raises(Stopped):
        run(config, after(7))
    path = tmp_path / "run" / checkpoint.read_state(tmp_path / "run").current.file
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        run(config)


def test_the_run_on_disk_holds_no_state_but_the_ones_named(unbroken):
    state = checkpoint.read_state(unbroken)
    assert {file.name for file in unbroken.glob("state-*")} == {state.current.file, state.epoch_start.file}


def test_the_change_of_the_state_can_be_learned(frames, settings, tmp_path):
    run(settings(frames, tmp_path / "run", "residual=true", "trainer.epochs=1"))
    loaded = load_run(tmp_path / "run")
    assert loaded.record.problem.task == "step"
    assert loaded.examples[0].shape == (8, 2, 16)


def test_the_average_of_the_weights_is_what_is_saved(steady, settings, tmp_path):
    run(settings(steady, tmp_path / "run", "trainer.ema=0.9"))
    state = checkpoint.read_state(tmp_path / "run")
    tensors = checkpoint.read_saved(tmp_path / "run", state.current)
    kept = read_tensors(tmp_path / "run/weights.safetensors")
    assert state.current.cursor.best_epoch == 3, "this test needs a run whose last epoch is its best"
    assert all(torch.equal(kept[name], tensors[f"average.{name}"]) for name in kept)
    assert any(not torch.equal(kept[name], tensors[f"weights.{name}"]) for name in kept)


def test_training_stops_when_it_no_longer_gets_better(steady, settings, tmp_path):
    words = ("trainer.early_stop=2", "optimizer.lr=0.1", "schedule=constant", "trainer.epochs=50")
    epochs = run(settings(steady, tmp_path / "run", *words))
    assert len(epochs) < 50
    assert read_record(tmp_path / "run").metrics["best_epoch"] == len(epochs) - 2


def test_deterministic_training_puts_the_process_back(steady, settings, unbroken, tmp_path):
    run(settings(steady, tmp_path / "run", "trainer.deterministic=true"))
    assert not torch.are_deterministic_algorithms_enabled()
    assert bits(tmp_path / "run") == bits(unbroken)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_a_gpu_trains_stops_and_goes_on(steady, settings, tmp_path, precision):
    words = ("trainer.device=cuda", f"trainer.precision={precision}", "trainer.deterministic=true")
    with pytest.raises(Stopped):
        run(settings(steady, tmp_path / "run", *words), after(7))
    epochs = run(settings(steady, tmp_path / "run", *words))
    assert [epoch.number for epoch in epochs] == [2, 3]
    assert all(torch.isfinite(torch.tensor(epoch.train_loss)) for epoch in epochs)
