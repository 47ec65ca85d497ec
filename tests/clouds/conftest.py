"""A small data set on clouds, made by hand: every sample has its own number of points, and its own weights."""

from __future__ import annotations

import numpy as np
import pytest

from surrogate.datasets.dataset import Dataset
from surrogate.datasets.plan import About, Plan, begin
from surrogate.datasets.sealing import seal
from surrogate.datasets.store import Header, Part, encode
from surrogate.files import make_folder, publish_bytes
from surrogate.spaces import Boundary, Cloud, DataSpec, FieldSpec

CAPACITY = 24
COUNT = {"train": 24, "valid": 8, "test": 8}


def specification(capacity=CAPACITY, times=(0.0,)):
    named = (("x", "coordinate"), ("y", "coordinate"), ("area", "weight"), ("source", "constant"), ("answer", "state"))
    return DataSpec(
        equation="",
        grid=Cloud(capacity=capacity, dimensions=2),
        boundary=Boundary(sides=()),
        fields=tuple(FieldSpec(name=name, unit="m", role=role) for name, role in named),
        times=times,
        task="map" if len(times) == 1 else "step",
    )


def draw(generator, n):
    """Return constants (n, 4, p) and states (n, 1, 1, p): points of the unit square, and an answer point by point."""
    constants = np.full((n, 4, CAPACITY), 7.0)
    states = np.full((n, 1, 1, CAPACITY), -7.0)
    constants[:, 2] = 0.0
    for sample in range(n):
        count = generator.integers(CAPACITY // 2, CAPACITY + 1)
        x, y = generator.random((2, count))
        source = generator.standard_normal() + np.sin(3 * x)
        constants[sample, :, :count] = x, y, generator.dirichlet(np.ones(count)), source
        states[sample, 0, 0, :count] = source**2 + y
    return constants, states


def write(folder, draw=draw, capacity=CAPACITY, times=(0.0,)) -> Dataset:
    """Write the data set whose splits are drawn by ``draw(generator, n) -> constants, states``."""
    settings = {"seed": 0, "source": "", "format": "", "split": []}
    plan = Plan.of("data convert", About(title="a cloud", source="a test", notes=""), settings, COUNT, 64)
    begin(folder, plan)
    header = Header(name=folder.name, spec=specification(capacity, times), split="train", seed=0, recipe=None)
    for number, piece in enumerate(plan.pieces()):
        n = len(piece.indices)
        constants, states = draw(np.random.default_rng(number), n)
        part = Part(
            header=header.model_copy(update={"split": piece.split}),
            indices=np.arange(n),
            constants=constants.astype(np.float32),
            states=states.astype(np.float32),
            residual=np.full(n, np.nan),
            iterations=np.full(n, -1),
            effort=np.zeros(n, np.int64),
        )
        make_folder((folder / piece.path).parent)
        publish_bytes(folder / piece.path, encode(part))
    return seal(folder, plan, header, {split: np.arange(n) for split, n in COUNT.items()})


@pytest.fixture(scope="session")
def cloud(tmp_path_factory) -> Dataset:
    return write(tmp_path_factory.mktemp("data") / "cloud")
