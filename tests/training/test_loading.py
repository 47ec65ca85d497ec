"""Where samples lie changes neither their numbers nor what follows from them, and on the disk they take no memory."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from surrogate.errors import SettingsError
from surrogate.memory_limits import Limit
from surrogate.predictors.surrogate import build
from surrogate.training import loading
from surrogate.training.items import order
from surrogate.training.loading import choose_place, load_samples
from surrogate.training.session import feed_of
from surrogate.training.survey import survey

from .conftest import steady_spec, write

CPU = torch.device("cpu")


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def feed(config, dataset, place):
    return feed_of(config, dataset, load_samples(dataset, "train", place, CPU), place, CPU)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """2200 noisy pairs on 64 x 64 cells: 72 MB on the disk."""

    def noise(generator, n):
        return generator.random((n, 1, 64, 64), np.float32), 1e3 + generator.random((n, 1, 1, 64, 64), np.float32)

    folder = tmp_path_factory.mktemp("data") / "large"
    return write(folder, steady_spec(64), {"train": 2200, "valid": 0, "test": 0}, noise)


def test_streaming_ten_times_more_takes_no_more_memory(large, settings, tmp_path):
    streamed = feed(settings(large, tmp_path / "run", "trainer.precision=float64"), large, "disk")
    taken = order(0, 0, len(streamed)).split(20)
    peak = []
    for first, last in ((0, 10), (10, 110)):
        most = 0
        for inputs, _ in streamed.batches(taken[first:last]):
            assert inputs.shape == (20, 1, 64, 64)
            most = max(most, resident())
        peak.append(most)
    assert peak[1] - peak[0] < 12e6 < loading.bytes_of(large) / 5


@pytest.mark.parametrize("kind", ["scalar", "channel", "pointwise"])
def test_statistics_of_a_stream_are_those_of_all_samples(large, settings, tmp_path, kind):
    words = ("trainer.precision=float64", "normaliser.inputs=channel", f"normaliser.outputs={kind}", "loss=mse")
    config = settings(large, tmp_path / "run", *words)
    surrogates, scales = [], []
    for place in ("memory", "disk"):
        surrogates.append(build(config, large.spec.problem()).double())
        scales.append(survey(feed(config, large, place), config.loss, surrogates[-1], fitted=False))
    held, streamed = (made.state_dict() for made in surrogates)
    assert all(torch.equal(held[name], streamed[name]) for name in held)
    assert scales[0] == scales[1]
    outputs = large.read("train")[1][:, 0].astype(np.float64)
    axis = 0 if kind == "pointwise" else None
    normaliser = surrogates[1].output_normaliser
    np.testing.assert_allclose(normaliser.mean.squeeze(), outputs.mean(axis).squeeze(), rtol=1e-12)
    np.testing.assert_allclose(normaliser.std.squeeze(), outputs.std(axis).squeeze(), rtol=1e-12)
    np.testing.assert_allclose(scales[1], np.square(outputs).mean(), rtol=1e-12)
    inputs = large.read("train")[0]
    assert (surrogates[1].input_low.item(), surrogates[1].input_high.item()) == (inputs.min(), inputs.max())


def test_samples_go_to_the_first_place_with_room(steady, monkeypatch):
    assert choose_place("auto", steady, CPU) == "device"
    needed = loading.bytes_of(steady)
    monkeypatch.setattr(loading, "available", lambda: Limit(2 * needed - 2, "of a test"))
    assert choose_place("auto", steady, CPU) == "disk"
    assert choose_place("disk", steady, CPU) == "disk"
    for place in ("memory", "device"):
        with pytest.raises(SettingsError, match=rf"trainer.data_on={place}: .* MiB are free.*take disk"):
            choose_place(place, steady, CPU)
    monkeypatch.setattr(loading, "available", lambda: Limit(4 * needed, "of a test"))
    assert choose_place("auto", steady, CPU, processes=2) == "device"
    assert choose_place("auto", steady, CPU, processes=3) == "disk"
