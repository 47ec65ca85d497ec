"""Laws of every reader of published files, on imitations written as the publishers write them."""

import h5py
import numpy as np
import pytest

from surrogate.datasets.reading_settings import Reading
from surrogate.datasets.recognition import recognised
from surrogate.datasets.source import hash_of
from surrogate.errors import SurrogateError

from . import imitations

WRITERS = {
    "well": (imitations.well_folder, imitations.well_single),
    "pdebench": (
        imitations.pdebench_burgers,
        imitations.pdebench_darcy,
        imitations.pdebench_gas,
        imitations.pdebench_groups,
        imitations.pdebench_incompressible,
    ),
    "fno_mat": (imitations.fno_darcy, imitations.fno_burgers, imitations.fno_flow, imitations.fno_trajectory),
    "deepxde": (imitations.deepxde_aligned, imitations.deepxde_plane, imitations.deepxde_unaligned),
    "poseidon": (imitations.poseidon_velocity, imitations.poseidon_poisson),
    "pdearena": (imitations.pdearena_flow, imitations.pdearena_line),
    "apebench": (imitations.apebench_folder,),
    "xarray": (
        imitations.labelled_netcdf,
        imitations.labelled_netcdf3,
        imitations.labelled_zarr,
        imitations.labelled_zarr2,
    ),
    "mesh": (imitations.mesh_folder,),
}
CASES = [pytest.param(name, write, id=write.__name__) for name, writers in WRITERS.items() for write in writers]


@pytest.mark.parametrize(("name", "write"), CASES)
def test_a_published_file_is_recognised_and_every_value_read_in_any_order(tmp_path, name, write):
    imitation = write(tmp_path)
    read = recognised(imitation.path, None, Reading(**imitation.says))
    assert read.format == name
    foreign = read.foreign
    rows = np.random.default_rng(0).permutation(foreign.count)
    constants, states = foreign.read(rows)
    held = {field.name: constants[:, place] for place, field in enumerate(foreign.spec.constants)}
    held |= {field.name: states[:, :, place] for place, field in enumerate(foreign.spec.states)}
    assert set(held) == set(imitation.fields)
    for field, expected in imitation.fields.items():
        wanted = expected[rows].astype(np.float32)
        wanted = wanted.reshape(-1, *[1] * (held[field].ndim - 1)) if wanted.ndim == 1 else wanted
        exact = 0 if field != "weight" else 1e-6
        np.testing.assert_allclose(held[field], np.broadcast_to(wanted, held[field].shape), exact, exact, err_msg=field)
    counts = None if foreign.splits is None else {split: len(taken) for split, taken in foreign.splits.items()}
    assert counts == imitation.splits


HDF5 = [
    case for case in CASES if case.values[1].__name__.startswith(("well_single", "pdebench", "poseidon", "pdearena_l"))
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "write"), HDF5)
def test_a_file_that_lacks_something_is_read_or_refused_in_one_line(tmp_path, name, write):
    path = write(tmp_path).path
    content = path.read_bytes()
    with h5py.File(path) as file:
        held = [("", list(file.attrs))]
        file.visititems(lambda place, item: held.append((place, list(item.attrs))))
    for number, (place, key) in enumerate((place, key) for place, keys in held for key in (None, *keys)):
        changed = tmp_path / str(number) / path.name
        changed.parent.mkdir()
        changed.write_bytes(content)
        with h5py.File(changed, "r+") as file:
            if key is not None:
                del (file[place] if place else file).attrs[key]
            elif place:
                del file[place]
        refused = ""
        try:
            foreign = recognised(changed, name).foreign
            foreign.read(np.arange(foreign.count))
        except SurrogateError as error:
            refused = str(error)
        assert "\n" not in refused


@pytest.mark.parametrize("write", [imitations.labelled_zarr, imitations.labelled_zarr2, imitations.well_folder])
def test_the_hash_of_a_folder_depends_on_every_file_in_it(tmp_path, write):
    path = write(tmp_path).path
    seen = {hash_of(path)}
    files = [file for file in path.rglob("*") if file.is_file()]
    for file in files:
        file.write_bytes(file.read_bytes() + b" ")
        seen.add(hash_of(path))
    assert len(seen) == len(files) + 1
