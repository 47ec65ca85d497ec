"""Samples read one by one are those that are read together."""

import shutil

import numpy as np
import pytest

from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.reader import Reader
from surrogate.errors import InputError


@pytest.fixture
def copy(unbroken, tmp_path):
    return shutil.copytree(unbroken, tmp_path / "darcy")


def test_any_samples_in_any_order_are_read_from_any_part(unbroken):
    dataset = open_dataset(unbroken)
    constants, states = dataset.read("train")
    reader = Reader(dataset, "train")
    assert len(reader) == 10
    for chosen in ([3], [9, 0, 4, 4, 8, 3], range(10)):
        samples = np.array(chosen, np.int64)
        rows = reader.read(samples, np.zeros((len(samples), 1), np.int64))
        np.testing.assert_array_equal(rows[0], constants[samples])
        np.testing.assert_array_equal(rows[1], states[samples])


def test_a_read_takes_the_bytes_of_the_fields_and_no_more(unbroken):
    reader = Reader(open_dataset(unbroken), "train")
    reader.read(np.array([1, 5, 6]), np.zeros((3, 1), np.int64))
    assert reader.reads == 3 * 2, "one read for each field of each sample"


def test_every_flipped_bit_is_seen_when_the_reader_opens(copy):
    dataset = open_dataset(copy)
    path = copy / "data" / "valid" / "part-00000.hdf5"
    data = path.read_bytes()
    for position in np.random.default_rng(0).integers(0, 8 * len(data), 20):
        flipped = bytearray(data)
        flipped[position // 8] ^= 1 << (position % 8)
        path.write_bytes(flipped)
        with pytest.raises(InputError, match="damaged"):
            Reader(dataset, "valid")


def test_a_part_that_is_cut_short_while_it_is_read_is_an_error(copy):
    reader = Reader(open_dataset(copy), "valid")
    path = copy / "data" / "valid" / "part-00000.hdf5"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match="has become shorter"):
        reader.read(np.array([2]), np.zeros((1, 1), np.int64))
