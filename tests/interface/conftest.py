"""A small data set made of arrays, and a run of two epochs on it."""

import numpy as np
import pytest

import surrogate as sg

SMALL = {
    "model": {"name": "fno", "hidden_channels": 8, "n_layers": 2, "n_modes": [4, 4]},
    "epochs": 2,
    "trainer": {"threads": 1, "device": "cpu"},
}


def arrays(count=12, points=(16, 16)):
    """Return fields and their smoothed squares."""
    a = np.random.default_rng(0).standard_normal((count, *points)).astype(np.float32)
    return a, (a + np.roll(a, 1, 1) + np.roll(a, 1, 2)) ** 2


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    a, u = arrays()
    out = tmp_path_factory.mktemp("arrays") / "data"
    return sg.from_arrays(a=a, u=u, lengths=(1, 1), boundary="periodic", split=(0.5, 0.25, 0.25), out=out)


@pytest.fixture(scope="session")
def run(data, tmp_path_factory):
    return sg.train(data, out=tmp_path_factory.mktemp("runs") / "run", **SMALL)
