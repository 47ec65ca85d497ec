"""Laws of the statistics: they are numpy's over all samples, however these came."""

import dataclasses

import numpy as np
import pytest

from surrogate.datasets.statistics import Moments, Statistics


def test_the_table_is_what_numpy_says_of_all_samples(part):
    statistics = Statistics(part.header.spec)
    statistics.add(part)
    table = statistics.table()
    height = part.states[:, :, 0].astype(np.float64)
    slope = part.constants[:, 0].astype(np.float64)
    change = np.diff(height, axis=1)
    for suffix, name, values in (("", "height", height), ("", "slope", slope), ("_delta", "height", change)):
        assert table[f"mean{suffix}"][name] == pytest.approx(values.mean(), rel=1e-12)
        assert table[f"std{suffix}"][name] == pytest.approx(values.std(), rel=1e-12)
        assert table[f"rms{suffix}"][name] == pytest.approx(np.sqrt(np.square(values).mean()), rel=1e-12)


def test_splitting_the_samples_changes_nothing(part):
    whole, pieces = Statistics(part.header.spec), Statistics(part.header.spec)
    whole.add(part)
    for rows in (slice(0, 1), slice(1, 5), slice(5, 7)):
        pieces.add(dataclasses.replace(part, constants=part.constants[rows], states=part.states[rows]))
    for kind, fields in whole.table().items():
        assert pieces.table()[kind] == pytest.approx(fields, rel=1e-12)


def test_a_large_mean_does_not_drown_the_deviation():
    moments = Moments()
    values = 1e8 + np.arange(1000.0)
    for piece in np.split(values, 10):
        moments.add(piece)
    assert moments.std == pytest.approx(np.arange(1000.0).std(), rel=1e-9)


def test_what_has_one_time_does_not_change(part):
    spec = part.header.spec.model_copy(update={"times": (0.0,)})
    statistics = Statistics(spec)
    steady = dataclasses.replace(part, header=part.header.model_copy(update={"spec": spec}), states=part.states[:, :1])
    statistics.add(steady)
    assert set(statistics.table()["rms_delta"].values()) == {0.0}
