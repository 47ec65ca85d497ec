"""Laws of the reader of neuraloperator's files, on the files that library ships and on files that are none."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from surrogate.datasets.conversion import convert
from surrogate.datasets.formats.neuraloperator import read
from surrogate.errors import InputError
from surrogate.registry import FORMATS


def saved(folder: Path, content) -> Path:
    torch.save(content, folder / "x.pt")
    return folder / "x.pt"


def tensors(path: Path):
    return torch.load(path, weights_only=True)  # noqa: TID251


def test_the_format_is_registered():
    assert "neuraloperator" in FORMATS.names()


@pytest.mark.parametrize(
    ("name", "count", "points"), [("train_16", 1000, 16), ("test_16", 50, 16), ("test_32", 50, 32)]
)
def test_darcy_files_are_an_inclusion_and_a_pressure_on_a_grid_without_its_right_end(reference, name, count, points):
    path = reference / "neuraloperator" / f"darcy_{name}.pt"
    foreign, original = read(path), tensors(path)
    constants, states = foreign.all()
    assert constants.shape == (count, 1, points, points)
    assert states.shape == (count, 1, 1, points, points)
    np.testing.assert_array_equal(constants[:, 0], original["x"].numpy())
    np.testing.assert_array_equal(states[:, 0, 0], original["y"].numpy())
    assert foreign.spec.grid.spacing == (1 / points, 1 / points)
    assert set(foreign.spec.grid.placement) == {"left"}


def test_the_coarse_darcy_file_is_the_fine_one_at_the_points_that_both_grids_have(reference):
    coarse, fine = (read(reference / "neuraloperator" / f"darcy_test_{n}.pt") for n in (16, 32))
    np.testing.assert_array_equal(coarse.all()[1], fine.all()[1][..., ::2, ::2])
    np.testing.assert_allclose(coarse.spec.grid.coordinates(), np.array(fine.spec.grid.coordinates())[:, ::2])


@pytest.mark.parametrize(("name", "count"), [("train_16", 800), ("test_16", 400)])
def test_burgers_files_are_seventeen_times_of_a_velocity(reference, name, count):
    foreign = read(reference / "neuraloperator" / f"burgers_{name}.pt")
    assert [array.shape for array in foreign.all()] == [(count, 0, 16), (count, 17, 1, 16)]
    assert foreign.spec.times[1] == 0.06
    assert foreign.spec.times[-1] == 0.96
    assert foreign.spec.boundary.periodic == (True,)


def test_the_mean_of_a_velocity_is_kept_over_the_times_of_a_burgers_file(reference):
    states = read(reference / "neuraloperator" / "burgers_test_16.pt").all()[1][:, :, 0]
    drift = np.abs(states.mean(axis=2) - states[:, :1].mean(axis=2))
    assert np.median(drift) < 1e-3


def test_a_shipped_file_becomes_a_data_set(reference, tmp_path):
    source = reference / "neuraloperator" / "darcy_train_16.pt"
    dataset = convert(source, "neuraloperator", (0.9, 0.1, 0.0), 0, tmp_path / "darcy16")
    assert dataset.counts == {"train": 900, "valid": 100, "test": 0}
    assert dataset.read("train")[0].shape == (900, 1, 16, 16)


def good(**changed):
    y = torch.rand(3, 4, 4)
    return {"x": y > 0.5, "y": y} | changed


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"x": torch.rand(3, 4, 4)}, r"has keys \['x'\]"),
        (good(z=torch.zeros(1)), r"has keys \['x', 'y', 'z'\]"),
        (good(x=torch.rand(3, 4, 4)), "x is float32"),
        (good(y=torch.rand(3, 4, 5)), r"y is float32 \(3, 4, 5\)"),
        (good(y=torch.rand(3, 4, 4, dtype=torch.float64)), "y is float64"),
        (good(x=torch.zeros(0, 4, 4, dtype=torch.bool), y=torch.zeros(0, 4, 4)), "no samples"),
        (good(y=3), "'y' is a int"),
        (good(x=torch.eye(3).to_sparse()), "expected a dense tensor"),
        (good(x=torch.zeros(1, dtype=torch.bool).expand(1 << 20, 4, 4)), "more numbers than the file holds"),
        ({"x": torch.rand(3, 4), "y": torch.rand(3, 5, 4), "visc": torch.ones(1, 1)}, "not the first time"),
        ({"x": torch.rand(3, 4), "y": torch.rand(3, 5, 6), "visc": torch.ones(1, 1)}, r"expected floats \(n, i\)"),
        ([torch.rand(3)], "holds a list"),
        ({1: torch.rand(3)}, "holds a dict"),
    ],
)
def test_another_content_is_refused_in_one_line(tmp_path, content, reason):
    with pytest.raises(InputError, match=reason) as caught:
        read(saved(tmp_path, content))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"text", bytes(1000)])
def test_what_is_not_a_torch_file_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "x.pt").write_bytes(content)
    with pytest.raises(InputError, match="not a torch file") as caught:
        read(tmp_path / "x.pt")
    assert "\n" not in str(caught.value)


class Trap:
    def __init__(self, canary):
        self.canary = canary

    def __reduce__(self):
        return os.mkdir, (str(self.canary),)


def test_a_program_in_a_file_is_not_run(tmp_path):
    path = saved(tmp_path, good(z=Trap(tmp_path / "canary")))
    with pytest.raises(InputError, match="not a torch file of plain tensors"):
        read(path)
    assert not (tmp_path / "canary").exists()
