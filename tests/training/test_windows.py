"""Laws of steps learned from trajectories."""

import math

import numpy as np
import pytest
import torch

from surrogate.datasets.window_settings import TimeConfig
from surrogate.datasets.windows import cut, problem, windows
from surrogate.errors import SettingsError, Stopped
from surrogate.predictors.runs import load_run, read_record
from surrogate.predictors.surrogate import Normaliser
from surrogate.training.loading import load_samples
from surrogate.training.symmetries.flip import Reversed
from surrogate.training.train import train
from surrogate.training.window_items import (
    WindowItems,
    frames_learned,
    noisy,
    rollout_windows,
    stepped,
    validation_windows,
)

CPU = torch.device("cpu")
KINDS = {
    "one_step": TimeConfig(),
    "history": TimeConfig(history=2),
    "unrolled": TimeConfig(training="unrolled", steps=3),
    "push_forward": TimeConfig(training="push_forward", steps=2, history=2),
    "all_pairs": TimeConfig(training="all_pairs", steps=3),
}
WORDS = {
    "history": ("time.history=2",),
    "unrolled": ("time=unrolled", "time.steps=2", "time.noise=0.1", "time.pretrain=0.4"),
    "push_forward": ("time=push_forward", "residual=true"),
    "all_pairs": ("time=all_pairs", "time.steps=3", "time.history=2"),
}


class Known:
    """What noise needs of a surrogate: channels, and a deviation of 2."""

    def __init__(self, spec, time):
        self.problem = problem(spec, "step", time)
        self.input_normaliser = Normaliser("channel", len(self.problem.channels), self.problem.grid.points)
        self.input_normaliser.std.fill_(2.0)
        self.input_low, self.input_high = -torch.ones(2, len(self.problem.channels)).cumsum(0).flip(0)


def never():
    return False


def run(config, should_stop=never):
    return list(train(config, should_stop))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", ["memory", "disk"])
def test_items_are_the_windows_wherever_the_samples_lie(frames, kind, place):
    chosen = windows(frames.spec.times, "step", KINDS[kind])
    items = WindowItems(chosen, load_samples(frames, "train", place, CPU))
    for batch, expected in zip(items.batch(torch.arange(len(items))), cut(chosen, *frames.read("train")), strict=True):
        np.testing.assert_array_equal(batch, expected)


def test_the_loss_of_an_unrolled_step_is_that_of_its_composition(frames):
    """With ``u -> a u`` and the mean square as loss: the mean over j = 1, 2, 3 of ``(a^j - 1)^2 u^2``."""
    factor = torch.tensor(2.0, requires_grad=True)
    inputs, outputs = torch.ones(1, 2, 16), torch.ones(1, 3, 16)
    time, where = KINDS["unrolled"], problem(frames.spec, "step", KINDS["unrolled"])
    objective = stepped(lambda answer, wanted, weights: (answer - wanted).square().flatten(1).mean(1), where, time)
    objective(lambda fields: factor * fields[:, 1:], inputs, outputs).sum().backward()
    assert factor.grad.item() == pytest.approx(sum(2 * (2**j - 1) * j * 2 ** (j - 1) for j in (1, 2, 3)) / 3)


def test_a_turn_of_a_window_is_the_turn_of_its_frames(frames):
    where, turn = frames.spec.problem(), Reversed((True,))
    stacked = torch.randn(2, 3, 16)
    each = torch.cat([turn(stacked[:, j : j + 1], where) for j in range(3)], dim=1)
    assert torch.equal(turn(stacked, where), each)


def test_noise_depends_on_seed_epoch_and_item_alone(frames):
    time = TimeConfig(noise=0.5)
    known, inputs = Known(frames.spec, time), torch.zeros(4, 2, 16)
    whole = noisy(inputs, known, time, 0, 3, torch.tensor([5, 7, 1, 2]))
    parts = [noisy(inputs[:1], known, time, 0, 3, torch.tensor([item])) for item in (5, 7, 1, 2)]
    assert torch.equal(whole, torch.cat(parts))
    for seed, epoch in ((1, 3), (0, 4)):
        assert not torch.equal(whole, noisy(inputs, known, time, seed, epoch, torch.tensor([5, 7, 1, 2])))


def test_noise_has_the_size_asked_for_and_leaves_what_is_no_frame(frames):
    time = TimeConfig(training="all_pairs", steps=2, history=2, noise=0.1)
    inputs = noisy(torch.zeros(500, 4, 16), Known(frames.spec, time), time, 0, 0, torch.arange(500))
    assert not inputs[:, :2].any()
    assert inputs[:, 2:].std().item() == pytest.approx(0.1 * 2.0, rel=0.02)


def test_a_frame_that_never_varied_is_given_no_noise(frames):
    time = TimeConfig(noise=0.1)
    known = Known(frames.spec, time)
    known.input_low = known.input_high
    assert not noisy(torch.zeros(4, 2, 16), known, time, 0, 0, torch.arange(4)).any()


def test_a_single_step_is_learned_in_the_first_share_of_the_epochs():
    time = TimeConfig(training="unrolled", steps=4, pretrain=0.5)
    assert [frames_learned(time, epoch, 5) for epoch in range(5)] == [1, 1, 1, 4, 4]
    assert {frames_learned(TimeConfig(training="all_pairs", steps=4), epoch, 5) for epoch in range(5)} == {1}


def test_unrolled_windows_are_validated_one_behind_the_other(frames):
    chosen = validation_windows(frames.spec, "step", TimeConfig(training="unrolled", steps=2))
    assert chosen.wanted.tolist() == [[1, 2], [3, 4]]


def test_roll_outs_are_validated_where_they_are_longer_than_what_is_trained(frames):
    assert rollout_windows(frames.spec, "step", TimeConfig()).wanted.tolist() == [[1, 2, 3, 4]]
    assert rollout_windows(frames.spec, "step", TimeConfig(training="unrolled", steps=4)) is None
    assert rollout_windows(frames.spec, "map", TimeConfig()) is None
    led = rollout_windows(frames.spec, "step", KINDS["all_pairs"])
    np.testing.assert_allclose(led.leads, 0.1, rtol=1e-6)


@pytest.mark.parametrize("kind", WORDS)
def test_every_kind_of_training_is_resumed_bit_for_bit(frames, settings, tmp_path, kind):
    words = (*WORDS[kind], "trainer.epochs=2", "trainer.batch_size=3")
    whole = run(settings(frames, tmp_path / "whole", *words))
    polls = iter(range(10**9))
    stopped = settings(frames, tmp_path / "stopped", *words)
    with pytest.raises(Stopped):
        run(stopped, lambda: next(polls) >= 2)
    run(stopped)
    bits = [(tmp_path / name / "weights.safetensors").read_bytes() for name in ("whole", "stopped")]
    assert bits[0] == bits[1]
    assert all(math.isfinite(epoch.train_loss) for epoch in whole)


def test_validation_tells_of_the_window_of_one_step_and_of_roll_outs(frames, settings, tmp_path):
    [epoch] = run(settings(frames, tmp_path / "run", *WORDS["unrolled"], "loss=relative_l2", "trainer.epochs=1"))
    assert list(epoch.valid) == ["relative_l2", "h1_fd", "one_step_relative_l2", "rollout_relative_l2"]
    trained = load_run(tmp_path / "run")
    assert trained.examples[1].shape[1] == 1
    _, states = frames.read("valid")
    with torch.no_grad():
        state, errors = torch.from_numpy(states[:, 0]), []
        for _ in range(4):
            state = trained.surrogate(torch.cat([torch.ones_like(state), state], dim=1))
            errors.append(state)
    rolled, truth = torch.stack(errors, 1).flatten(1), torch.from_numpy(states[:, 1:]).flatten(1)
    expected = ((rolled - truth).norm(dim=1) / truth.norm(dim=1)).mean().item()
    assert epoch.valid["rollout_relative_l2"] == pytest.approx(expected, rel=1e-5)


def test_a_run_keeps_its_history_and_its_lead_among_the_inputs(frames, settings, tmp_path):
    run(settings(frames, tmp_path / "run", *WORDS["all_pairs"], "trainer.epochs=1"))
    names = [field.name for field in read_record(tmp_path / "run").problem.channels]
    assert names == ["speed", "lead_time", "wave_1_before", "wave"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("task=map", "time=unrolled"), "time.training=unrolled, .*: a map goes to the last frame at once"),
        (("time.history=5",), "windows of 6 frames; the trajectories have 5"),
        (("time=one_step", "+time.steps=2"), "one_step takes 1"),
        (("+time.pretrain=0.5",), "expected time=unrolled, got one_step"),
        (("time.noise=0.1", "normaliser.inputs=none"), "expected normaliser.inputs=channel"),
        (("time=unrolled", "physics=residual"), "expected time=one_step"),
    ],
)
def test_what_does_not_fit_is_refused_before_there_is_a_folder(frames, settings, tmp_path, words, message):
    with pytest.raises(SettingsError, match=message):
        run(settings(frames, tmp_path / "run", *words))
    assert not (tmp_path / "run").exists()
