"""Training on the first samples of a data set alone, as learning curves need it."""

import pytest

from surrogate.errors import InputError
from surrogate.training.train import train


@pytest.mark.parametrize("place", ["memory", "disk"])
def test_it_is_training_on_a_data_set_of_those_samples(steady, fewer, settings, tmp_path, place):
    words = (f"trainer.data_on={place}", "trainer.epochs=2")
    first, alone = tmp_path / "first", tmp_path / "alone"
    for config in (settings(steady, first, "trainer.samples=9", *words), settings(fewer, alone, *words)):
        assert [epoch.number for epoch in train(config, lambda: False)] == [1, 2]
    assert (first / "weights.safetensors").read_bytes() == (alone / "weights.safetensors").read_bytes()


def test_more_samples_than_there_are_is_refused_in_one_line(steady, settings, tmp_path):
    with pytest.raises(InputError, match="17 training samples were asked for, there are 16"):
        list(train(settings(steady, tmp_path / "run", "trainer.samples=17"), lambda: False))
    assert not (tmp_path / "run").exists()
