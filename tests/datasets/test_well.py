"""The Well's own loader reads what we store, and every rule of its format holds."""

import h5py
import numpy as np
import pytest
import yaml

from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.generation import generate
from surrogate.datasets.store import encode

well = pytest.importorskip("the_well.data")
normalization = pytest.importorskip("the_well.data.normalization")
pytestmark = pytest.mark.filterwarnings("default")

KINDS = ("periodic", "wall", "open")
STATISTICS = ("mean", "std", "rms", "mean_delta", "std_delta", "rms_delta")


@pytest.fixture(scope="module")
def moving(recipe_of, tmp_path_factory):
    """A small data set of stirred flow."""
    equation = {"resolution": 16, "horizon": 1.0, "frames": 6, "steps": 10, "tolerance": 0.1}
    config = recipe_of("navier_stokes", tmp_path_factory.mktemp("well") / "flow", equation)
    for _ in generate(config, lambda: False):
        pass
    return config.out


@pytest.fixture(params=["steady", "moving"])
def folder(request, unbroken):
    """A data set of each kind."""
    return unbroken if request.param == "steady" else request.getfixturevalue("moving")


def parts(folder):
    return sorted(folder.glob("data/*/*.hdf5"))


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


def test_a_moving_data_set_gives_every_window_of_every_trajectory(moving):
    theirs = well.WellDataset(path=str(moving), well_split_name="train", n_steps_input=2, n_steps_output=3)
    dataset = open_dataset(moving)
    _, states = dataset.read("train")
    windows = states.shape[1] - 4
    assert len(theirs) == len(states) * windows
    for number, sample in enumerate(theirs):
        trajectory, first = states[number // windows], number % windows
        np.testing.assert_array_equal(sample["input_fields"], np.moveaxis(trajectory[first : first + 2], 1, -1))
        np.testing.assert_array_equal(sample["output_fields"], np.moveaxis(trajectory[first + 2 : first + 5], 1, -1))
        # The loader counts the time from the start of its window.
        np.testing.assert_allclose(sample["input_time_grid"], dataset.spec.times[:2], rtol=1e-6)
    periodic = [[2, 2], [2, 2]]
    assert sample["boundary_conditions"].tolist() == periodic


@pytest.mark.parametrize("split", ["train", "valid", "test"])
def test_its_data_module_finds_every_split(folder, split):
    steps = {"n_steps_input": 0 if open_dataset(folder).spec.task == "map" else 1, "n_steps_output": 1}
    theirs = well.WellDataset(path=str(folder), well_split_name=split, **steps)
    assert theirs.metadata.dataset_name == open_dataset(folder).name
    assert sum(theirs.metadata.n_trajectories_per_file) == open_dataset(folder).counts[split]


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


# The rules of scripts/check_thewell_formatting.py and docs/data_format.md, version 1.2.0, in our words.


def test_the_root_has_every_attribute_of_its_type(folder):
    for path in parts(folder):
        with h5py.File(path) as file:
            assert isinstance(file.attrs["dataset_name"], str)
            assert file.attrs["grid_type"] in ("cartesian", "spherical")
            assert file.attrs["n_spatial_dims"] == len(file["dimensions"].attrs["spatial_dims"])
            assert file.attrs["n_trajectories"] > 0
            for parameter in file.attrs["simulation_parameters"]:
                assert parameter in file.attrs
                assert parameter in file["scalars"]
            assert set(file["scalars"].attrs["field_names"]) == set(file["scalars"])


def test_every_part_of_a_split_agrees_on_name_axes_and_resolution(folder):
    for split in ("train", "valid", "test"):
        kinds = set()
        for path in folder.glob(f"data/{split}/*.hdf5"):
            with h5py.File(path) as file:
                axes = tuple(file["dimensions"].attrs["spatial_dims"])
                points = tuple(file["dimensions"][axis].shape for axis in axes)
                kinds.add((file.attrs["dataset_name"], file.attrs["n_spatial_dims"], axes, points))
        assert len(kinds) == 1


def test_the_dimensions_are_float32_arrays_that_say_what_they_vary_with(folder):
    for path in parts(folder):
        with h5py.File(path) as file:
            group = file["dimensions"]
            assert set(group) == {"time", *group.attrs["spatial_dims"]}
            for name, array in group.items():
                assert array.dtype == np.float32
                assert array.ndim == 1
                assert np.all(np.diff(array[:]) > 0)
                assert array.attrs["sample_varying"].dtype == np.bool_
                assert not array.attrs["sample_varying"]
                assert array.attrs["time_varying"] == (name == "time")


def test_every_boundary_is_a_mask_over_its_axis_that_holds_at_both_ends(folder):
    for path in parts(folder):
        with h5py.File(path) as file:
            covered = []
            for name, condition in file["boundary_conditions"].items():
                (axis,) = condition.attrs["associated_dims"]
                covered.append(axis)
                assert condition.attrs["bc_type"] in KINDS
                assert axis in name
                assert condition.attrs["bc_type"] in name
                assert {"associated_fields", "sample_varying", "time_varying"} <= set(condition.attrs)
                assert condition["mask"].dtype == np.bool_
                assert condition["mask"].shape == file["dimensions"][axis].shape
                assert condition["mask"][0]
                assert condition["mask"][-1]
            assert sorted(covered) == sorted(file["dimensions"].attrs["spatial_dims"])


def test_every_field_has_the_shape_that_its_flags_say(folder):
    for path in parts(folder):
        with h5py.File(path) as file:
            axes = file["dimensions"].attrs["spatial_dims"]
            for order in range(3):
                group = file[f"t{order}_fields"]
                assert list(group.attrs["field_names"]) == list(dict.fromkeys(group.attrs["field_names"]))
                assert set(group.attrs["field_names"]) == set(group)
                for field in group.values():
                    shape = (file.attrs["n_trajectories"],) * bool(field.attrs["sample_varying"])
                    shape += file["dimensions/time"].shape * bool(field.attrs["time_varying"])
                    for axis, varies in zip(axes, field.attrs["dim_varying"], strict=True):
                        shape += file["dimensions"][axis].shape * bool(varies)
                    assert field.shape == shape + (len(axes),) * order
                    assert field.dtype == np.float32
                    assert np.isfinite(field[...]).all()


def test_no_field_is_constant_or_holds_the_same_trajectory_twice(folder):
    for path in parts(folder):
        with h5py.File(path) as file:
            for field in file["t0_fields"].values():
                rows = field[...].reshape(len(field), -1)
                assert (np.ptp(rows, axis=1) > 0).all()
                assert len(np.unique(rows, axis=0)) == len(rows)


def test_the_statistics_name_every_field_under_every_key(folder):
    table = yaml.safe_load((folder / "stats.yaml").read_text())
    with h5py.File(parts(folder)[0]) as file:
        names = set(file["t0_fields"].attrs["field_names"])
    for key in STATISTICS:
        assert set(table[key]) == names
