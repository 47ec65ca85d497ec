import numpy as np
import pytest
import torch

from surrogate.datasets.window_settings import TimeConfig
from surrogate.training.items import order
from surrogate.training.loading import EXAMPLES, Feed, load_samples
from surrogate.training.window_items import WindowItems, training_windows

CPU = torch.device("cpu")


class Numbers:
    """Items of which each is its own number, and twice that."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def batch(self, indices):
        numbers = indices.float().reshape(-1, 1, 1)
        return numbers, 2 * numbers


def feed(count, ahead=False):
    return Feed(Numbers(count), CPU, torch.float32, ahead)


def pairs_of(dataset, split, task, place="memory"):
    return WindowItems(training_windows(dataset.spec, task, TimeConfig()), load_samples(dataset, split, place, CPU))


def everything(items):
    return items.batch(torch.arange(len(items)))


def test_an_epoch_takes_every_pair_once():
    assert sorted(order(seed=3, epoch=7, count=100).tolist()) == list(range(100))


def test_the_order_is_a_function_of_seed_and_epoch():
    assert torch.equal(order(1, 2, 50), order(1, 2, 50))
    drawn = [tuple(order(seed, epoch, 50).tolist()) for seed in range(4) for epoch in range(4)]
    assert len(set(drawn)) == 16


def test_examples_are_spread_over_all_items():
    inputs, outputs = feed(100).spread(EXAMPLES)
    assert inputs.flatten().tolist() == [i * 100 // 32 for i in range(32)]
    assert torch.equal(outputs, 2 * inputs)


def test_few_items_are_all_examples():
    assert feed(5).spread(EXAMPLES)[0].flatten().tolist() == list(range(5))


@pytest.mark.parametrize("ahead", [False, True])
def test_blocks_are_all_items_in_order(ahead):
    blocks = list(feed(10, ahead).blocks(4))
    assert [len(inputs) for inputs, _ in blocks] == [4, 4, 2]
    assert torch.cat([inputs for inputs, _ in blocks]).flatten().tolist() == list(range(10))


def test_what_goes_wrong_while_reading_ahead_is_told_where_the_batch_is_taken():
    class Broken(Numbers):
        def batch(self, indices):
            if 6 in indices:
                raise OSError("lost")
            return super().batch(indices)

    batches = Feed(Broken(10), CPU, torch.float32, True).blocks(2)
    assert [next(batches)[0][0].item() for _ in range(3)] == [0, 2, 4]
    with pytest.raises(OSError, match="lost"):
        next(batches)


def test_steps_are_pairs_of_neighbouring_frames(frames):
    inputs, outputs = everything(pairs_of(frames, "train", "step"))
    assert len(inputs) == 4 * 4
    np.testing.assert_array_equal(outputs, inputs[:, 1:].roll(1, dims=2))


def test_a_map_takes_the_first_frame_to_the_last(frames):
    inputs, outputs = everything(pairs_of(frames, "train", "map"))
    assert len(inputs) == 4
    np.testing.assert_array_equal(outputs, inputs[:, 1:].roll(4, dims=2))


@pytest.mark.parametrize("task", ["map", "step"])
def test_items_are_the_same_wherever_the_samples_lie(frames, task):
    held, streamed = (pairs_of(frames, "train", task, place) for place in ("memory", "disk"))
    for indices in (torch.arange(len(held)), order(0, 0, len(held))[:3]):
        assert all(torch.equal(*both) for both in zip(held.batch(indices), streamed.batch(indices), strict=True))
    assert streamed.samples.reader.reads > 0


def test_a_split_without_samples_is_none(steady):
    assert load_samples(steady, "test", "memory", CPU) is None


@pytest.mark.parametrize("split", ["train", "valid"])
def test_pairs_have_the_channels_of_the_problem(steady, split):
    assert everything(pairs_of(steady, split, "map"))[0].shape == (steady.counts[split], 1, 8, 8)
