"""Laws of the reader of netCDF and zarr."""

import json

import h5py
import numpy as np
import pytest
import xarray

from surrogate.datasets.formats.xarray import read
from surrogate.datasets.reading_settings import Reading
from surrogate.errors import InputError, SettingsError

from . import imitations


def steady(folder):
    fields = {name: (("sample", "x", "y"), np.random.default_rng(0).normal(size=(3, 4, 5))) for name in ("a", "u")}
    xarray.Dataset(fields).to_netcdf(folder / "steady.nc", engine="h5netcdf")
    return folder / "steady.nc"


def test_units_coordinates_and_dates_are_those_of_the_file(tmp_path):
    foreign = read(imitations.labelled_netcdf(tmp_path).path)
    spec = foreign.spec
    assert {field.name: field.unit for field in spec.fields} == {"depth": "m", "wind": "m/s", "profile": "1", "u": "K"}
    assert spec.grid.origin == (40.0, 0.0)
    assert spec.grid.lengths == (20.0, 50.0)
    assert spec.times == (0.0, 21600.0, 43200.0, 64800.0)
    assert "2020-01-01" in foreign.notes


def test_where_nothing_varies_in_time_the_user_says_what_is_found(tmp_path):
    with pytest.raises(InputError, match="outputs=NAME says what is to be found"):
        read(steady(tmp_path))
    spec = read(steady(tmp_path), Reading(outputs=("u",))).spec
    assert [field.name for field in spec.states] == ["u"]
    assert spec.grid.lengths == (1.0, 1.0)


def test_axes_may_be_said_of_a_variable(tmp_path):
    data = xarray.Dataset({"u": (("runs", "hour", "lat"), np.random.default_rng(0).normal(size=(3, 4, 5)))})
    data.to_netcdf(tmp_path / "u.nc", engine="scipy")
    spec = read(tmp_path / "u.nc", Reading(axes={"u": ("n", "t", "x")})).spec
    assert (spec.grid.points, len(spec.times)) == ((5,), 4)
    with pytest.raises(SettingsError, match="expected them by name"):
        read(tmp_path / "u.nc", Reading(axes=("n", "t", "x")))


def test_a_zarr_store_of_python_objects_is_refused_unread(tmp_path):
    path = imitations.labelled_zarr2(tmp_path).path
    held = json.loads((path / "u" / ".zarray").read_text())
    (path / "u" / ".zarray").write_text(json.dumps(held | {"filters": [{"id": "pickle"}]}))
    with pytest.raises(InputError, match="the codec 'pickle'"):
        read(path)


def test_a_netcdf_file_whose_array_lies_elsewhere_is_refused(tmp_path):
    path = steady(tmp_path)
    with h5py.File(path, "r+") as file:
        layout = h5py.VirtualLayout((3, 4, 5), np.float64)
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "u", (3, 4, 5))
        file.create_virtual_dataset("secret", layout)
    with pytest.raises(InputError, match="stored in another file"):
        read(path, Reading(outputs=("u",)))
