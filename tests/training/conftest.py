"""Data sets small enough to train on in a second, and the settings of such a training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.dataset import Dataset
from surrogate.datasets.plan import About, Plan, begin
from surrogate.datasets.sealing import seal
from surrogate.datasets.store import Header, Part, encode
from surrogate.files import make_folder, publish_bytes
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid
from surrogate.training.training_settings import TrainConfig

# Also what the defaults may change for a better one: these tests are about the loop, not about the recipe.
SMALL = (
    "model=fno",
    "loss=h1_fd",
    "optimizer.lr=1e-3",
    "model.hidden_channels=4",
    "model.n_layers=2",
    "model.n_modes=3",
    "trainer.epochs=3",
    "trainer.batch_size=4",
    "trainer.device=cpu",
)


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    """One thread, so that bits can be compared, put back afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def write(folder: Path, spec: DataSpec, count: dict[str, int], draw: Callable) -> Dataset:
    """Write the data set whose splits are drawn by ``draw(generator, n) -> constants, states``."""
    about = About(title="a test", source="drawn by a test", notes="")
    settings = {"seed": 0, "source": "", "format": "", "split": []}
    plan = Plan.of("data convert", about, settings, count, 64)
    begin(folder, plan)
    for number, piece in enumerate(plan.pieces()):
        n = len(piece.indices)
        constants, states = draw(np.random.default_rng(number), n)
        header = Header(name=folder.name, spec=spec, split=piece.split, seed=0, recipe=None)
        part = Part(
            header=header,
            indices=np.asarray(piece.indices),
            constants=constants.astype(np.float32),
            states=states.astype(np.float32),
            residual=np.full(n, np.nan),
            iterations=np.full(n, -1),
            effort=np.zeros(n, np.int64),
        )
        make_folder((folder / piece.path).parent)
        publish_bytes(folder / piece.path, encode(part))
    header = Header(name=folder.name, spec=spec, split="train", seed=0, recipe=None)
    return seal(folder, plan, header, {split: np.arange(n) for split, n in count.items()})


def steady_spec(points: int = 8) -> DataSpec:
    return DataSpec(
        equation="poisson",
        grid=Grid.box((points, points), "cells"),
        boundary=Boundary.uniform("dirichlet", 2),
        fields=(
            FieldSpec(name="source", unit="1", role="constant"),
            FieldSpec(name="answer", unit="m", role="state"),
        ),
        times=(0.0,),
        task="map",
        symmetries=("flip", "transpose"),
    )


def poisson(generator: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw sources of a few sine waves on the unit square and the solutions of -laplace u = f, in thousandths."""
    x = (np.arange(8) + 0.5) / 8
    waves = np.stack([np.outer(np.sin(np.pi * i * x), np.sin(np.pi * j * x)) for i in (1, 2) for j in (1, 2)])
    eigenvalues = np.pi**2 * np.array([2, 5, 5, 8])
    coefficients = generator.standard_normal((n, 4))
    source, answer = (np.einsum("nk,kxy->nxy", c, waves) for c in (coefficients, coefficients / eigenvalues))
    return source[:, None], 1000 * answer[:, None, None]


@pytest.fixture(scope="session")
def steady(tmp_path_factory) -> Dataset:
    """16 train and 6 valid pairs on 8 x 8 cells."""
    folder = tmp_path_factory.mktemp("data") / "steady"
    return write(folder, steady_spec(), {"train": 16, "valid": 6, "test": 0}, poisson)


@pytest.fixture(scope="session")
def fewer(tmp_path_factory) -> Dataset:
    """The first 9 train and all valid pairs of ``steady``."""
    folder = tmp_path_factory.mktemp("data") / "fewer"
    return write(folder, steady_spec(), {"train": 9, "valid": 6, "test": 0}, poisson)


@pytest.fixture(scope="session")
def unvalidated(tmp_path_factory) -> Dataset:
    """16 train pairs and no others."""
    folder = tmp_path_factory.mktemp("data") / "unvalidated"
    return write(folder, steady_spec(), {"train": 16, "valid": 0, "test": 0}, poisson)


def moving_spec() -> DataSpec:
    return DataSpec(
        equation="advection",
        grid=Grid.box((16,), "left"),
        boundary=Boundary.uniform("periodic", 1),
        fields=(FieldSpec(name="speed", unit="m/s", role="constant"), FieldSpec(name="wave", unit="m", role="state")),
        times=(0.0, 0.1, 0.2, 0.3, 0.4),
        task="step",
    )


def moved(generator: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw periodic waves of 5 frames, each frame the one before moved by one point."""
    wave = generator.standard_normal((n, 1, 16))
    return np.ones((n, 1, 16)), np.stack([np.roll(wave, t, axis=2) for t in range(5)], axis=1)


@pytest.fixture(scope="session")
def frames(tmp_path_factory) -> Dataset:
    """4 train and 2 valid periodic waves of 5 frames, each frame the one before moved by one point."""
    return write(tmp_path_factory.mktemp("data") / "frames", moving_spec(), {"train": 4, "valid": 2, "test": 0}, moved)


@pytest.fixture(scope="session")
def scaled(tmp_path_factory) -> Callable[..., Dataset]:
    """Give ``steady``, or ``frames``, in other units: ``scaled(unit of inputs, unit of outputs, moving)``."""
    made: dict[tuple[float, float, bool], Dataset] = {}

    def make(inputs: float, outputs: float, moving: bool = False) -> Dataset:
        def draw(generator: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
            constants, states = (moved if moving else poisson)(generator, n)
            return inputs * constants, outputs * states

        key = (inputs, outputs, moving)
        if key not in made:
            spec = moving_spec() if moving else steady_spec()
            folder = tmp_path_factory.mktemp("scaled") / "fields"
            made[key] = write(folder, spec, {"train": 8, "valid": 4, "test": 0}, draw)
        return made[key]

    return make


@pytest.fixture(scope="session")
def settings() -> Callable[..., TrainConfig]:
    """Give the settings of a small training: ``settings(dataset, out, "trainer.epochs=2", ...)``."""
    trees: dict[tuple[str, ...], dict] = {}

    def make(dataset: Dataset, out: Path, *words: str) -> TrainConfig:
        if words not in trees:
            trees[words] = compose_tree("train", ["data=somewhere", *SMALL, *words])
        return read(TrainConfig, trees[words] | {"data": str(dataset.path), "out": str(out)})

    return make


@pytest.fixture(scope="session")
def outlier(tmp_path_factory) -> Dataset:
    """16 train and 6 valid pairs, one training input of which is so large that a network overflows on it."""

    def spiked(generator, n):
        source, answer = poisson(generator, n)
        if n == 16:
            source[5] *= 1e37
        return source, answer

    folder = tmp_path_factory.mktemp("data") / "outlier"
    return write(folder, steady_spec(), {"train": 16, "valid": 6, "test": 0}, spiked)


@pytest.fixture(scope="session")
def noise(tmp_path_factory) -> Dataset:
    """16 train and 6 valid pairs without any law: the better they are learned, the worse the others are predicted."""

    def unrelated(generator, n):
        return generator.standard_normal((n, 1, 8, 8)), generator.standard_normal((n, 1, 1, 8, 8))

    folder = tmp_path_factory.mktemp("data") / "noise"
    return write(folder, steady_spec(), {"train": 16, "valid": 6, "test": 0}, unrelated)
