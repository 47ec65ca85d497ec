"""Laws of plain arrays: values come back as they were, guesses are shown, and two readings are refused in a line."""

import h5py
import numpy as np
import pytest
import scipy.io

from surrogate.datasets.conversion import convert
from surrogate.datasets.formats.arrays import read
from surrogate.datasets.reading_settings import Reading
from surrogate.datasets.recognition import recognised
from surrogate.errors import InputError, SettingsError, SurrogateError

RANDOM = np.random.default_rng(0)
COUNT, NX, NY, FRAMES = 30, 12, 10, 5
A = RANDOM.normal(size=(COUNT, NX, NY))
U = RANDOM.normal(size=(COUNT, NX, NY))
W = RANDOM.normal(size=(COUNT, FRAMES, NX, NY))


def matlab(path, **arrays):
    """Write a file as MATLAB does in version 7.3: axes in the other order, and the class beside."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, array in arrays.items():
            array = np.asarray(array)
            written = file.create_dataset(name, data=array.T, chunks=array.T.shape, compression="gzip")
            written.attrs["MATLAB_class"] = np.bytes_("double")
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


def hdf5(path, **arrays):
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, chunks=True, compression="gzip", shuffle=True)


def folder(path, **arrays):
    path.mkdir()
    for name, array in arrays.items():
        np.save(path / f"{name}.npy", array)


WRITERS = {
    "a.npz": lambda path, **arrays: np.savez(path, **arrays),
    "packed.npz": lambda path, **arrays: np.savez_compressed(path, **arrays),
    "fortran.npz": lambda path, **arrays: np.savez(path, **{key: np.asfortranarray(a) for key, a in arrays.items()}),
    "v5.mat": lambda path, **arrays: scipy.io.savemat(path, arrays),
    "v73.mat": matlab,
    "a.h5": hdf5,
    "folder": folder,
}


@pytest.mark.parametrize("name", WRITERS)
def test_values_come_back_as_they_were_from_every_kind_of_file(tmp_path, name):
    WRITERS[name](tmp_path / name, a=A, u=U)
    read = recognised(tmp_path / name)
    assert read.format == "arrays"
    rows = np.array([7, 3, 3, 29, 4])
    constants, states = read.foreign.read(rows)
    np.testing.assert_array_equal(constants[:, 0], A[rows].astype(np.float32))
    np.testing.assert_array_equal(states[:, 0, 0], U[rows].astype(np.float32))
    dataset = convert(tmp_path / name, None, (1.0, 0.0, 0.0), 0, tmp_path / "out")
    np.testing.assert_array_equal(sorted(dataset.read("train")[0][:, 0, 0, 0]), sorted(A[:, 0, 0].astype(np.float32)))


def saved(folder, **arrays):
    np.savez(folder / "a.npz", **arrays)
    return folder / "a.npz"


# What people bring, what they say of it, and how the arrays are read: axes of each field, task.
READ = [
    ({"a": A, "u": U}, {}, {"a": "n,x,y", "u": "n,x,y"}, "map"),
    ({"a": A[..., None], "u": U[..., None]}, {}, {"a": "n,x,y,c", "u": "n,x,y,c"}, "map"),
    ({"a": A[:, None], "u": U}, {}, {"a": "n,c,x,y", "u": "n,x,y"}, "map"),
    ({"a": A, "u": W}, {"times": (0.0, 1.0, 2.0, 3.0, 4.0)}, {"a": "n,x,y", "u": "n,t,x,y"}, "step"),
    ({"a": A, "u": W}, {"times": "0:1"}, {"a": "n,x,y", "u": "n,t,x,y"}, "step"),
    ({"a": A, "u": W, "t": np.linspace(0, 1, FRAMES)}, {}, {"a": "n,x,y", "u": "n,t,x,y"}, "step"),
    ({"a": A, "u": np.moveaxis(W, 1, -1)}, {"times": "0:1"}, {"a": "n,x,y", "u": "n,x,y,t"}, "step"),
    ({"u": W, "t": np.linspace(0, 1, FRAMES), "x": np.arange(NX), "y": np.arange(NY)}, {}, {"u": "n,t,x,y"}, "step"),
    ({"a": A, "u": W}, {"axes": ("n", "c", "x", "y")}, {"a": "n,x,y", "u_4": "n,c,x,y"}, "map"),
    ({"a": A, "u": W}, {"axes": ("n", "t", "x", "y")}, {"a": "n,x,y", "u": "n,t,x,y"}, "step"),
    ({"p": A, "q": U}, {"inputs": ("q",), "outputs": ("p",)}, {"q": "n,x,y", "p": "n,x,y"}, "map"),
    ({"p": A, "q": U}, {"inputs": ("q",)}, {"q": "n,x,y", "p": "n,x,y"}, "map"),
    ({"input": A[:, 0], "output": U[:, 0]}, {}, {"input": "n,x", "output": "n,x"}, "map"),
    ({"a": A.T, "u": U.T}, {"axes": ("y", "x", "n")}, {"a": "y,x,n", "u": "y,x,n"}, "map"),
    ({"f": A[:, 0, 0], "u": U}, {"axes": ("n", "x", "y")}, {"f": "n", "u": "n,x,y"}, "map"),
    ({"f": A[:, 0, :3], "a": A, "u": U}, {}, {"f_2": "n,c", "a": "n,x,y", "u": "n,x,y"}, "map"),
    ({"u": W[0, :, 0].T, "x": np.arange(NY), "t": np.arange(FRAMES)}, {}, {"u": "x,t"}, "step"),
    ({"a": A, "u": U, "x": np.arange(NY), "y": np.arange(NX)}, {}, {"a": "n,y,x", "u": "n,y,x"}, "map"),
    ({"a": A > 0, "u": U, "visc": np.array([[0.01]])}, {}, {"a": "n,x,y", "u": "n,x,y"}, "map"),
    ({"a": (10 * A).astype(np.int64), "u": U}, {}, {"a": "n,x,y", "u": "n,x,y"}, "map"),
]


@pytest.mark.parametrize(("arrays", "given", "axes", "task"), READ)
def test_axes_are_guessed_where_that_is_safe(tmp_path, arrays, given, axes, task):
    foreign = read(saved(tmp_path, **arrays), Reading(**given))
    assert {name: foreign.held[name].axes for name in axes} == axes
    assert foreign.spec.task == task


# What can be read in two ways, or in none, and what the line says.
REFUSED = [
    ({"a": A, "u": W}, {}, r"u \(30, 5, 12, 10\) can be read in 2 ways; give axes=n,c,x,y or axes=n,t,x,y"),
    ({"u": W}, {}, "can be read in"),
    ({"p": A, "q": U}, {}, "which is given, and which is to be found.*inputs=p outputs=q"),
    ({"a": A[:10, :10], "u": U[:10, :10]}, {}, "axes=n,x,y or axes=x,y,n"),
    ({"a": A[:10, :10].T, "u": U[:10, :10].T}, {}, "axes=n,x,y or axes=x,y,n"),
    ({"a": np.moveaxis(A, 0, -1), "u": np.moveaxis(U, 0, -1)}, {}, "axes=n,x,y or axes=x,y,n"),
    ({"a": A[:, 0, 0], "u": U}, {}, "axes=n,t,x or axes=n,x,t or axes=n,x,y"),
    ({"a": A + 1j, "u": U}, {}, "'a' holds complex numbers; store real and imaginary part"),
    ({"a": A, "u": U}, {"inputs": ("b",)}, "inputs: there is no array 'b' in a.npz; known: a, u"),
    ({"a": A, "u": U[:20]}, {}, "do not fit each other"),
    ({"a": A, "u": U}, {"axes": ("n", "x")}, "axes: n,x are 2; 'a' has 3"),
    ({"a": A, "u": U}, {"axes": ("n", "x", "z")}, "axes: has x,z for space; expected x,y"),
    ({"a": A, "u": U}, {"lengths": (1.0, 2.0, 3.0)}, "lengths: 3 entries; expected one for each of 2"),
    ({"a": A, "u": W}, {"times": (0.0, 1.0), "axes": ("n", "t", "x", "y")}, "times: 2; expected one for each of 5"),
    ({"a": A, "u": U, "x": np.geomspace(1, 9, NX), "y": np.arange(NY)}, {}, "x are not equally far apart"),
    ({"x": np.arange(3.0)}, {}, "coordinates and single numbers alone"),
    ({"a": A, "u": U}, {"units": {"v": "m"}}, "units: there is no array 'v'"),
]


@pytest.mark.parametrize(("arrays", "given", "line"), REFUSED)
def test_what_cannot_be_read_or_in_two_ways_is_refused_in_a_line(tmp_path, arrays, given, line):
    with pytest.raises(SurrogateError, match=line) as caught:
        read(saved(tmp_path, **arrays), Reading(**given))
    assert "\n" not in str(caught.value)


# Coordinates, and the box that they are of.
BOXES = [
    (np.linspace(-1, 1, NX), (-1, 2, "nodes")),
    ((np.arange(NX) + 0.5) / NX, (0, 1, "cells")),
    (np.arange(NX) / NX, (0, 1, "left")),
    (np.linspace(0, 2 * np.pi, NX, endpoint=False), (0, 2 * np.pi, "left")),
    (np.linspace(0, 1, NX)[None].astype(np.float32), (0, 1, "nodes")),
]


@pytest.mark.parametrize(("x", "box"), BOXES)
def test_coordinates_say_where_the_box_is_and_where_its_points_lie(tmp_path, x, box):
    grid = read(saved(tmp_path, a=A, u=U, x=x, y=np.arange(NY))).spec.grid
    assert (grid.origin[0], grid.lengths[0]) == pytest.approx(box[:2])
    assert grid.placement[0] == box[2]
    np.testing.assert_allclose(grid.coordinates()[0], np.ravel(x), atol=1e-6)


def test_coordinates_that_fall_are_turned_with_their_fields(tmp_path):
    foreign = read(saved(tmp_path, a=A, u=U, x=np.linspace(1, 0, NX), y=np.arange(NY)))
    np.testing.assert_array_equal(foreign.all()[0][:, 0], A[:, ::-1].astype(np.float32))


def test_coordinates_of_every_point_are_those_of_axes(tmp_path):
    x, y = np.meshgrid(np.linspace(0, 3, NX), np.linspace(0, 2, NY), indexing="ij")
    assert read(saved(tmp_path, a=A, u=U, x=x, y=y)).spec.grid.lengths == (3, 2)


def test_what_is_guessed_is_shown_with_the_key_that_says_otherwise(tmp_path):
    guesses = " ".join(read(saved(tmp_path, a=A, u=W), Reading(axes=("n", "t", "x", "y"))).guesses)
    for key in ("inputs=", "outputs=", "boundary=", "lengths=", "placement=", "times="):
        assert key in guesses
    fields = {"inputs": ("a",), "outputs": ("u",), "axes": ("n", "x", "y")}
    given = Reading(**fields, lengths=(1.0,), boundary=("open",), placement=("cells",))
    assert read(saved(tmp_path, a=A, u=U), given).guesses == ()


@pytest.mark.parametrize("what", ["struct", "cell"])
def test_a_struct_or_a_cell_of_matlab_is_refused_by_its_name(tmp_path, what):
    held = {"run": {"a": A}} if what == "struct" else {"run": np.array([A, U], dtype=object)}
    scipy.io.savemat(tmp_path / "a.mat", held)
    with pytest.raises(InputError, match=f"run, a {what}"):
        read(tmp_path / "a.mat")


def test_complex_numbers_of_an_old_mat_file_are_refused(tmp_path):
    scipy.io.savemat(tmp_path / "a.mat", {"a": A, "u": U + 1j})
    with pytest.raises(InputError, match="'u' holds complex numbers"):
        read(tmp_path / "a.mat")


def test_a_field_with_a_nan_is_refused_with_its_sample(tmp_path):
    holed = U.copy()
    holed[17, 3, 3] = np.nan
    with pytest.raises(InputError, match="sample 17 holds a NaN"):
        convert(saved(tmp_path, a=A, u=holed), None, (1.0, 0.0, 0.0), 0, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_units_in_the_attributes_of_a_file_are_kept(tmp_path):
    hdf5(tmp_path / "a.h5", a=A, u=U)
    with h5py.File(tmp_path / "a.h5", "a") as file:
        file["u"].attrs["units"] = "m/s"
    assert [field.unit for field in read(tmp_path / "a.h5", Reading(units={"a": "K"})).spec.fields] == ["K", "m/s"]


def test_a_file_that_leads_out_of_itself_is_refused(tmp_path):
    hdf5(tmp_path / "b.h5", u=U)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a"] = A
        layout = h5py.VirtualLayout(U.shape, "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "b.h5"), "u", U.shape)
        file.create_virtual_dataset("u", layout)
    with pytest.raises(InputError, match="'/u' is stored in another file"):
        read(tmp_path / "a.h5")


def test_a_text_is_no_array_and_says_what_reads_it(tmp_path):
    (tmp_path / "a.dat").write_text("hello")
    with pytest.raises(InputError, match="no format of 'surrogate list formats' reads that"):
        recognised(tmp_path / "a.dat")


@pytest.mark.parametrize("given", [{"axes": ("n", "n", "x")}, {"axes": ("n", "w")}, {"lengths": (0.0,)}])
def test_settings_that_cannot_be_are_refused(given):
    with pytest.raises((ValueError, SettingsError)):
        Reading(**given)
