"""A small data set of a real recipe to search on, and the words of a search of seconds."""

from __future__ import annotations

import pytest

from surrogate.cli.app import app
from surrogate.config.words import prepared
from surrogate.errors import Stopped
from surrogate.interface.search_settings import trial_settings, tune_settings
from surrogate.tuning.tune import result, search

DATA = ("recipe=poisson", "grid=[8,8]", "count.train=16", "count.valid=8", "count.test=4", "certificate.samples=0")
FIXED = ("model=fno", "model.n_modes=3", "model.n_layers=2", "trainer.epochs=4", "trainer.batch_size=8")
FIXED += ("trainer.device=cpu", "trainer.threads=1", "trainer.trackers=[]", "allow_uncertified=true")
SEARCH = ("model.hidden_channels=4,6,8", "optimizer.lr=tag(log,interval(1e-3,1e-1))")


@pytest.fixture(scope="session")
def words():
    """The words of these searches: what is held, and what is searched."""
    return FIXED, SEARCH


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tuning") / "poisson"
    assert not app(["generate", *DATA, f"out={folder}"], prog_name="surrogate", standalone_mode=False)
    return folder


@pytest.fixture(scope="session")
def settings(data):
    """Give the settings of a search, composed once: ``settings("trials=4", ...)``; the last word of a key counts."""
    known = {}

    def make(*words):
        if words not in known:
            every = [*FIXED, *SEARCH, *words, f"data={data}", "out=study"]
            last = {word.partition("=")[0]: word for word in every}
            known[words] = tune_settings(prepared(list(last.values())))
        return known[words]

    return make


@pytest.fixture
def config(settings, tmp_path):
    """Give the settings of a search in a folder of this test: ``config("trials=4", ..., out="study")``."""
    return lambda *words, out="study": settings(*words).model_copy(update={"out": tmp_path / out})


@pytest.fixture
def run():
    """Give what runs a search until ``stop`` of its epochs are done, None: to the end, and returns what is known."""

    def until(config, stop=None):
        done = []
        try:
            list(
                search(
                    config,
                    lambda values, folder: trial_settings(config, values, folder),
                    lambda: stop is not None and len(done) >= stop,
                    after=lambda trial, epoch: done.append((trial.number, epoch.number)),
                )
            )
        except Stopped:
            assert stop is not None
        return result(config.out)

    return until
