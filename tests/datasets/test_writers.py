"""Laws of data in other formats: read back bit for bit, written wholly or not at all, and what is lost is in a line."""

import tracemalloc

import h5py
import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import surrogate as sg
from surrogate.cli.app import app
from surrogate.datasets.export_job import named_arrays_of
from surrogate.datasets.exporting import export_data
from surrogate.errors import InputError, SettingsError
from surrogate.registry import DATA_WRITERS
from surrogate.spaces import Grid

# Libraries that read these files warn of what is theirs.
pytestmark = pytest.mark.filterwarnings("default")
SPLIT = (0.5, 0.25, 0.25)


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    """A data set of each kind: on a grid steady, moving on a line, in the plane with all sorts of fields, on clouds."""
    random, folder = np.random.default_rng(0), tmp_path_factory.mktemp("sets")

    def draw(*shape):
        return random.normal(size=shape).astype(np.float32)

    times = [0.0, 0.1, 0.2, 0.3]
    made = {
        "steady": {"a": draw(12, 6, 5), "u": draw(12, 6, 5), "lengths": (1, 2), "units": {"u": "Pa"}},
        "line": {"u": draw(12, 4, 8), "lengths": 1, "times": times, "boundary": "periodic"},
        "plane": {
            **{"nu": draw(12), "mask": draw(12, 6, 5), "u": draw(12, 4, 6, 5), "v": draw(12, 4, 6, 5)},
            **{"target": ["u", "v"], "lengths": 1, "times": times, "placement": "nodes"},
        },
        "flow": {
            **{name: draw(12, 4, 6, 5) for name in ("density", "pressure", "Vx", "Vy")},
            **{"target": ["density", "pressure", "Vx", "Vy"], "lengths": 1, "times": times},
        },
    }
    opened = {
        name: sg.from_arrays(**arrays, name=name, split=SPLIT, out=folder / name) for name, arrays in made.items()
    }
    points = [draw(count, 2) for count in (5, 7, 4, 7, 6, 5, 7, 3)]
    for name, times in (("cloud", None), ("moving_cloud", [0.0, 0.5])):
        rows = [len(one) for one in points]
        frames = [draw(*(() if times is None else (2,)), count) for count in rows]
        opened[name] = sg.from_points(
            coordinates=points,
            a=[draw(count) for count in rows],
            u=frames,
            times=times,
            name=name,
            split=SPLIT,
            out=folder / name,
        )
    return opened


def fields(data, split):
    """The fields of a split as a data set has them, by name."""
    return {
        array.field.name: np.concatenate([array.take(part) for part in data.dataset.parts(split)])
        for array in named_arrays_of(data.spec)
    }


def of_npz(folder, split, data):
    with np.load(folder / f"{split}.npz") as archive:
        assert data.spec.model_validate_json(str(archive["surrogate_spec"])) == data.spec
        return {field.name: archive[field.name] for field in data.spec.fields}


def of_xarray(opened, data):
    places = data.spec.domain.coordinates() if isinstance(data.spec.domain, Grid) else ()
    for axis, values in zip("xyz", places, strict=False):
        np.testing.assert_array_equal(opened[axis], values)
        assert opened[axis].attrs["axis"] == axis.upper()
    for field in data.spec.fields:
        assert opened[field.name].attrs["units"] == field.unit
        assert opened[field.name].dims[0] == "sample"
    return {field.name: opened[field.name].values for field in data.spec.fields}


def of_netcdf(folder, split, data):
    xarray = pytest.importorskip("xarray")
    with xarray.open_dataset(folder / f"{split}.nc", engine="h5netcdf") as opened:
        return of_xarray(opened, data)


def of_zarr(folder, split, data):
    xarray = pytest.importorskip("xarray")
    with xarray.open_zarr(folder / f"{split}.zarr", chunks=None) as opened:
        return of_xarray(opened, data)


def of_well(folder, split, data):
    well = pytest.importorskip("the_well.data")
    moving = len(data.spec.times) > 1
    steps = {"n_steps_input": int(moving), "n_steps_output": len(data.spec.times) - moving}
    samples = list(well.WellDataset(path=str(folder), well_split_name=split, **steps))
    constants = np.stack([s["constant_fields"] for s in samples]) if data.spec.constants else None
    states = np.stack([np.concatenate([s[k] for k in ("input_fields", "output_fields") if k in s]) for s in samples])
    read = {field.name: constants[..., place] for place, field in enumerate(data.spec.constants)}
    read |= {field.name: states[..., place] for place, field in enumerate(data.spec.states)}
    uniform = {field.name for field in data.spec.fields if field.role == "uniform"}
    read = {name: values.reshape(len(values), -1)[:, 0] if name in uniform else values for name, values in read.items()}
    return read if moving else {name: values[:, 0] if name == "u" else values for name, values in read.items()}


def of_pdebench(folder, split, data):
    (path,) = folder.glob(f"*_{split}.h*5")
    with h5py.File(path) as file:
        if path.suffix == ".hdf5":
            names = {"nu": "a", "tensor": "u"} if "tensor" in file else {}
            read = {names.get(name, name): array[:] for name, array in file.items() if "coordinate" not in name}
            read["u"] = read["u"][:, 0] if data.name == "steady" else read.get("u")
            return {field.name: read[field.name] for field in data.spec.fields}
        groups = [file[name] for name in sorted(file)]
        states = np.stack([group["data"][:] for group in groups])
        read = {field.name: states[..., place] for place, field in enumerate(data.spec.states)}
        return read | {
            field.name: np.stack([group[field.name][()] for group in groups]) for field in data.spec.constants
        }


def of_vtu(folder, split, data):
    meshio = pytest.importorskip("meshio")
    capacity, read = data.spec.domain.capacity, {}
    for number in range(data.counts[split]):
        paths = sorted((folder / split).glob(f"sample-{number:05d}*.vtu"))
        frames = [meshio.read(path) for path in paths]
        for field in data.spec.fields:
            if field.role == "coordinate":
                values = frames[0].points[:, "xyz".index(field.name)]
            else:
                values = np.stack([frame.point_data[field.name] for frame in frames])
                values = values if field.role == "state" and len(paths) > 1 else values[0]
            filled = np.zeros((*values.shape[:-1], capacity), np.float32)
            filled[..., : values.shape[-1]] = values
            read.setdefault(field.name, []).append(filled)
    return {name: np.stack(values) for name, values in read.items()}


def of_neuraloperator(folder, split, data):
    (path,) = folder.glob(f"{data.name}_{split}_*.pt")
    return torch.load(path, weights_only=True)  # noqa: TID251


READERS = {name.removeprefix("of_"): reader for name, reader in list(globals().items()) if name.startswith("of_")}
KINDS = {"steady": (), "line": (), "plane": (), "flow": pytest.mark.slow, "cloud": (), "moving_cloud": pytest.mark.slow}
CASES = [pytest.param(format, kind, marks=KINDS[kind]) for format in DATA_WRITERS.own for kind in KINDS]


@pytest.mark.parametrize(("format", "kind"), CASES)
def test_every_split_is_read_back_bit_for_bit_or_refused_with_a_reason(sets, tmp_path, format, kind):
    data, out = sets[kind], tmp_path / "out"
    if DATA_WRITERS.module(format).refusal(data.spec) is not None:
        with pytest.raises(SettingsError, match=f"format={format}: .* (grid|cloud)"):
            export_data(data.dataset, format, out)
        assert list(tmp_path.iterdir()) == []
        return
    written = export_data(data.dataset, format, out)
    assert {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} == {
        *written.files,
        "outputs.json",
    }
    for split in data.counts:
        read = READERS[format](out, split, data)
        if format == "neuraloperator":
            for ours, theirs in zip(data.pairs(split), (read["x"], read["y"]), strict=True):
                np.testing.assert_array_equal(ours.reshape(theirs.shape), theirs)
            continue
        ours = fields(data, split)
        assert ours.keys() == read.keys()
        for name, values in ours.items():
            np.testing.assert_array_equal(values, read[name], err_msg=name)


def test_data_of_which_a_part_is_damaged_leave_nothing(tmp_path):
    data = sg.from_arrays(a=np.ones((600, 4)), u=np.random.rand(600, 4), lengths=1, out=tmp_path / "data")
    part = data.path / "data" / "train" / "part-00001.hdf5"
    damaged = bytearray(part.read_bytes())
    damaged[-200] ^= 1
    part.write_bytes(damaged)
    for format in ("npz", "pdebench", "neuraloperator", "well", "netcdf", "zarr"):
        if DATA_WRITERS.module(format).refusal(data.spec) is None:
            with pytest.raises(InputError, match="damaged"):
                export_data(data.dataset, format, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_the_same_call_writes_the_same_and_another_is_refused(sets, tmp_path):
    out = tmp_path / "out"
    first = export_data(sets["steady"].dataset, "npz", out).files
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert export_data(sets["steady"].dataset, "npz", out).files == first
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    with pytest.raises(SettingsError, match="made with another data"):
        export_data(sets["plane"].dataset, "npz", out)
    with pytest.raises(SettingsError, match="made with another format"):
        export_data(sets["steady"].dataset, "netcdf", out)


def test_overwriting_removes_what_is_ours_and_keeps_what_is_not(sets, tmp_path):
    out = tmp_path / "out"
    export_data(sets["steady"].dataset, "npz", out)
    (out / "notes.txt").write_text("mine")
    (out / "test.npz").write_bytes(b"mine, too")
    export_data(sets["steady"].dataset, "netcdf", out, overwrite=True)
    names = {path.name for path in out.iterdir()}
    assert names == {"train.nc", "valid.nc", "test.nc", "outputs.json", "notes.txt", "test.npz"}
    assert (out / "test.npz").read_bytes() == b"mine, too"


@pytest.mark.slow
def test_memory_does_not_grow_with_the_data_set(tmp_path):
    def peak(count, format):
        fields = {name: np.random.rand(count, 24, 24).astype(np.float32) for name in "au"}
        data = sg.from_arrays(**fields, lengths=1, split=(1, 0, 0), out=tmp_path / f"{count}{format}").dataset
        del fields
        tracemalloc.start()
        export_data(data, format, tmp_path / f"out{count}{format}")
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    for format in ("npz", "pdebench", "neuraloperator"):
        peak(256, format)  # what is imported first
        assert peak(2048, format) < 1.3 * peak(512, format), format


def test_what_a_format_cannot_say_is_said(sets, tmp_path):
    words = [
        "data",
        "export",
        f"data={sets['line'].path}",
        "format=neuraloperator",
        f"out={tmp_path / 'pt'}",
        "task=step",
    ]
    ran = CliRunner().invoke(app, words)
    assert ran.exit_code == 0
    assert "neuraloperator's files have no times" in ran.stdout
    assert torch.load(tmp_path / "pt" / "line_train_8.pt", weights_only=True)["x"].shape == (6 * 3, 8)  # noqa: TID251


def test_a_field_that_is_called_as_an_axis_is_refused_where_axes_have_names(tmp_path):
    data = sg.from_arrays(x=np.ones((4, 4)), u=np.random.rand(4, 4), lengths=1, out=tmp_path / "data")
    for format in ("netcdf", "zarr", "npz"):
        with pytest.raises(SettingsError, match="the field 'x' is called as an axis is"):
            export_data(data.dataset, format, tmp_path / "out")
    assert not (tmp_path / "out").exists()
