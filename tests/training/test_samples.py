import numpy as np
import pytest
import torch

from surrogate.training.samples import Samples, load_samples, order

CPU = torch.device("cpu")


def test_an_epoch_takes_every_pair_once():
    assert sorted(order(seed=3, epoch=7, count=100).tolist()) == list(range(100))


def test_the_order_is_a_function_of_seed_and_epoch():
    assert torch.equal(order(1, 2, 50), order(1, 2, 50))
    drawn = [tuple(order(seed, epoch, 50).tolist()) for seed in range(4) for epoch in range(4)]
    assert len(set(drawn)) == 16


def test_examples_are_spread_over_all_pairs():
    numbers = torch.arange(100.0).reshape(-1, 1, 1)
    inputs, outputs = Samples(numbers, 2 * numbers).examples()
    assert inputs.flatten().tolist() == [i * 100 // 32 for i in range(32)]
    assert torch.equal(outputs, 2 * inputs)


def test_few_pairs_are_all_examples():
    numbers = torch.arange(5.0).reshape(-1, 1, 1)
    assert torch.equal(Samples(numbers, numbers).examples()[0], numbers)


def test_batches_are_all_pairs_in_order():
    numbers = torch.arange(10.0).reshape(-1, 1, 1)
    batches = Samples(numbers, numbers).batches(4)
    assert [len(inputs) for inputs, _ in batches] == [4, 4, 2]
    assert torch.equal(torch.cat([inputs for inputs, _ in batches]), numbers)


def test_steps_are_pairs_of_neighbouring_frames(frames):
    samples = load_samples(frames, "train", "step", CPU)
    assert len(samples) == 4 * 4
    np.testing.assert_array_equal(samples.outputs, samples.inputs[:, 1:].roll(1, dims=2))


def test_a_split_without_samples_is_none(steady):
    assert load_samples(steady, "test", "map", CPU) is None


@pytest.mark.parametrize("split", ["train", "valid"])
def test_pairs_have_the_channels_of_the_problem(steady, split):
    samples = load_samples(steady, split, "map", CPU)
    assert samples.inputs.shape == (steady.counts[split], 1, 8, 8)
