"""Laws of the gate: nothing that leads out of a file, or declares more than it has, is followed."""

import io

import h5py
import numpy as np
import pytest

from surrogate.datasets.store import decode, encode
from surrogate.errors import InputError


def external_link(file, canary):
    file["t1_fields/x"] = h5py.ExternalLink(str(canary), "/secret")


def soft_link(file, canary):
    file["t1_fields/x"] = h5py.SoftLink("/dimensions")


def external_storage(file, canary):
    file.create_dataset("scalars/x", (8,), "u1", external=[(str(canary), 0, 8)])


def virtual(file, canary):
    layout = h5py.VirtualLayout((8,), "f4")
    layout[:] = h5py.VirtualSource(str(canary), "secret", (8,))
    file.create_virtual_dataset("scalars/x", layout)


def text(file, canary):
    file["scalars/x"] = "text"


def reference(file, canary):
    file.create_dataset("scalars/x", data=file["dimensions"].ref, dtype=h5py.ref_dtype)


def compressed(file, canary):
    file.create_dataset("scalars/x", data=np.zeros(1000), compression="gzip")


def bomb(file, canary):
    file.create_dataset("scalars/x", (1 << 40,), "f4", chunks=(1 << 20,))


def loop(file, canary):
    file["scalars/x"] = file["/"]


def crowd(file, canary):
    for number in range(300):
        file.create_group(f"scalars/{number}")


def named_type(file, canary):
    file["scalars/x"] = np.dtype("f4")


def long_attribute(file, canary):
    file["scalars"].attrs["x"] = np.zeros(9000)


HOSTILE = [
    external_link,
    soft_link,
    external_storage,
    virtual,
    text,
    reference,
    compressed,
    bomb,
    loop,
    crowd,
    named_type,
    long_attribute,
]


@pytest.mark.parametrize("plant", HOSTILE, ids=lambda plant: plant.__name__)
def test_a_part_with_something_hostile_in_it_is_refused_in_one_line(part, tmp_path, plant):
    canary = tmp_path / "canary"
    with h5py.File(canary, "w") as file:
        file["secret"] = np.ones(8, np.float32)
    memory = io.BytesIO(encode(part))
    with h5py.File(memory, "r+") as file:
        plant(file, canary)
    with pytest.raises(InputError) as caught:
        decode(memory.getvalue(), part.header, "x.hdf5")
    assert str(caught.value).startswith("x.hdf5: ")
    assert "damaged" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("field", ["height", "slope"])
def test_a_field_that_is_a_link_to_another_file_is_refused_before_it_is_followed(part, field):
    memory = io.BytesIO(encode(part))
    with h5py.File(memory, "r+") as file:
        del file[f"t0_fields/{field}"]
        file[f"t0_fields/{field}"] = h5py.ExternalLink("/nowhere.hdf5", "/x")
    with pytest.raises(InputError, match="lead out of the file"):
        decode(memory.getvalue(), part.header, "x")
