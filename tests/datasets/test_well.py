"""The Well's own loader reads what we store."""

import numpy as np
import pytest

from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.store import encode

well = pytest.importorskip("the_well.data")
normalization = pytest.importorskip("the_well.data.normalization")
pytestmark = pytest.mark.filterwarnings("default")


def test_a_steady_data_set_gives_its_constants_and_its_solution(unbroken):
    theirs = well.WellDataset(path=str(unbroken), well_split_name="train", n_steps_input=0, n_steps_output=1)
    constants, states = open_dataset(unbroken).read("train")
    assert len(theirs) == len(constants)
    for sample, constant, state in zip(theirs, constants, states, strict=True):
        np.testing.assert_array_equal(sample["constant_fields"], np.moveaxis(constant, 0, -1))
        np.testing.assert_array_equal(sample["output_fields"], np.moveaxis(state, 1, -1))
    walls = [[0, 0], [0, 0]]
    assert sample["boundary_conditions"].tolist() == walls
    x, y = open_dataset(unbroken).spec.grid.coordinates()
    np.testing.assert_allclose(sample["space_grid"], np.stack(np.meshgrid(x, y, indexing="ij"), -1), rtol=1e-6)


def test_its_normalisation_takes_our_statistics(unbroken):
    theirs = well.WellDataset(
        path=str(unbroken),
        well_split_name="train",
        n_steps_input=0,
        n_steps_output=1,
        use_normalization=True,
        normalization_type=normalization.ZScoreNormalization,
    )
    fields = np.stack([sample["constant_fields"] for sample in theirs])
    assert fields.mean() == pytest.approx(0, abs=1e-4)
    assert fields.std() == pytest.approx(1, rel=1e-4)


def test_a_moving_part_gives_windows_of_its_times(part, tmp_path):
    folder = tmp_path / "data" / "valid"
    folder.mkdir(parents=True)
    for number in range(2):
        (folder / f"part-0000{number}.hdf5").write_bytes(encode(part))
    theirs = well.WellDataset(path=str(tmp_path), well_split_name="valid", n_steps_input=1, n_steps_output=2)
    assert len(theirs) == 2 * 7 * 2
    sample = theirs[1]
    np.testing.assert_array_equal(sample["input_fields"], np.moveaxis(part.states[0, 1:2], 1, -1))
    np.testing.assert_array_equal(sample["output_fields"], np.moveaxis(part.states[0, 2:4], 1, -1))
    assert sample["boundary_conditions"].tolist() == [[0, 0], [2, 2]]
    np.testing.assert_allclose(sample["output_time_grid"], [0.5, 1.0])
