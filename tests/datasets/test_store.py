"""Laws of a part: what is written is what is read, the bytes follow from the content, damage is seen."""

import dataclasses
import io
import json

import h5py
import numpy as np
import pytest

from surrogate.datasets.store import Header, decode, encode
from surrogate.errors import InputError
from surrogate.spaces import Boundary, DataSpec, FieldSpec, Grid


def equal(left, right):
    return left.dtype == right.dtype and np.array_equal(left, right, equal_nan=True)


def test_a_part_is_read_as_it_was_written(part):
    read = decode(encode(part), part.header, "x")
    assert read.header == part.header
    for field in ("indices", "constants", "states", "residual", "iterations"):
        assert equal(getattr(read, field), getattr(part, field)), field


@pytest.mark.parametrize("points", [(9,), (4, 5, 6)])
def test_a_part_in_one_or_three_dimensions_without_constants_is_read_as_it_was_written(part, points):
    spec = DataSpec(
        equation="flow",
        grid=Grid.box(points, "left"),
        boundary=Boundary.uniform("periodic", len(points)),
        fields=(FieldSpec(name="u", unit="1", role="state"),),
        times=(0.0,),
        task="map",
    )
    random = np.random.default_rng(1)
    flow = dataclasses.replace(
        part,
        header=Header(name="flow", spec=spec, split="train", seed=0, recipe=None),
        constants=np.empty((7, 0, *points), np.float32),
        states=random.normal(size=(7, 1, 1, *points)).astype(np.float32),
        residual=np.full(7, np.nan),
    )
    read = decode(encode(flow), flow.header, "x")
    assert equal(read.states, flow.states)
    assert equal(read.constants, flow.constants)
    assert np.isnan(read.residual).all()


def test_the_bytes_are_the_same_every_time(part):
    assert encode(part) == encode(part)


def test_the_order_of_the_axes_in_memory_does_not_matter(part):
    turned = dataclasses.replace(part, states=np.asfortranarray(part.states))
    assert encode(turned) == encode(part)


def test_another_shape_than_the_spec_gives_is_a_mistake_of_the_caller(part):
    with pytest.raises(ValueError, match="expected shapes"):
        encode(dataclasses.replace(part, states=part.states[:, :-1]))


def test_a_flipped_bit_in_the_numbers_is_seen_without_a_manifest(part):
    data = encode(part)
    numbers = np.ascontiguousarray(part.states[:, :, 1]).tobytes()
    start = data.index(numbers)
    for position in np.random.default_rng(0).integers(0, 8 * len(numbers), 50):
        flipped = bytearray(data)
        flipped[start + position // 8] ^= 1 << (position % 8)
        with pytest.raises(InputError):
            decode(bytes(flipped), part.header, "x")


@pytest.mark.parametrize("content", [b"", b"no HDF5", b"\x89HDF\r\n\x1a\n" + bytes(500)])
def test_what_is_not_hdf5_is_refused_in_one_line(part, content):
    with pytest.raises(InputError, match="not a part of a data set of ours") as caught:
        decode(content, part.header, "x.hdf5")
    assert "\n" not in str(caught.value)


def test_a_part_cut_short_is_refused(part):
    data = encode(part)
    with pytest.raises(InputError):
        decode(data[: len(data) // 2], part.header, "x")


@pytest.mark.parametrize("other", [{"split": "train"}, {"seed": 4}, {"recipe": None}])
def test_a_part_of_another_data_set_is_refused(part, other):
    with pytest.raises(InputError, match="another data set"):
        decode(encode(part), part.header.model_copy(update=other), "x")


def test_a_part_written_before_the_spec_had_an_optional_key_is_still_read(part):
    memory = io.BytesIO(encode(part))
    with h5py.File(memory, "r+") as file:
        text = json.loads(file.attrs["surrogate_spec"])
        del text["symmetries"]
        file.attrs["surrogate_spec"] = json.dumps(text)
    assert equal(decode(memory.getvalue(), part.header, "x").states, part.states)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_first_sample_that_is_not_finite_is_found(part, bad):
    assert part.first_bad_sample() is None
    states = part.states.copy()
    states[4:, 2, 0, 1, 1] = bad
    assert dataclasses.replace(part, states=states).first_bad_sample() == 14
