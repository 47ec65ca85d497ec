"""Laws of a finished data set: it is read whole or not at all, and says what is wrong with it in one line."""

import json
import shutil

import numpy as np
import pytest

from surrogate.datasets.dataset import describe, open_dataset
from surrogate.datasets.verification import verify
from surrogate.errors import InputError
from surrogate.integrity import publish_record


@pytest.fixture
def copy(unbroken, tmp_path):
    return shutil.copytree(unbroken, tmp_path / "darcy")


def refused(path, match):
    with pytest.raises(InputError, match=match) as caught:
        open_dataset(path)
    assert "\n" not in str(caught.value)


def test_reading_gives_every_sample_of_a_split_in_float32(unbroken):
    dataset = open_dataset(unbroken)
    assert dataset.counts == {"train": 10, "valid": 3, "test": 5}
    constants, states = dataset.read("train")
    assert (constants.shape, states.shape) == ((10, 1, 16, 16), (10, 1, 1, 16, 16))
    assert constants.dtype == states.dtype == np.float32


def test_a_limit_gives_the_first_samples(unbroken):
    dataset = open_dataset(unbroken)
    for limit in (1, 4, 6, 100):
        for some, every in zip(dataset.read("train", limit), dataset.read("train"), strict=True):
            np.testing.assert_array_equal(some, every[:limit])


def test_splits_share_no_sample(unbroken):
    dataset = open_dataset(unbroken)
    samples = np.concatenate([dataset.read(split)[0] for split in ("train", "valid", "test")])
    assert len(np.unique(samples.reshape(18, -1), axis=0)) == 18


def test_the_hash_is_of_the_content_and_not_of_the_place(unbroken, copy):
    assert open_dataset(copy).hash == open_dataset(unbroken).hash


def test_a_sound_data_set_verifies(unbroken):
    assert verify(open_dataset(unbroken))[1] == ()


def test_every_flipped_bit_is_seen_by_reading_and_by_verifying(copy):
    dataset = open_dataset(copy)
    path = copy / "data" / "test" / "part-00000.hdf5"
    data = path.read_bytes()
    for position in np.random.default_rng(0).integers(0, 8 * len(data), 40):
        flipped = bytearray(data)
        flipped[position // 8] ^= 1 << (position % 8)
        path.write_bytes(flipped)
        with pytest.raises(InputError, match="damaged"):
            dataset.read("test")
        assert len(verify(dataset)[1]) == 1


def test_a_part_that_is_missing_or_cut_short_is_named(copy):
    part = copy / "data" / "valid" / "part-00000.hdf5"
    part.write_bytes(part.read_bytes()[:-1])
    refused(copy, "valid/part-00000.hdf5: has .* bytes, expected")
    part.unlink()
    refused(copy, "valid/part-00000.hdf5: is missing")


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"schema_version": 2}'])
def test_a_manifest_that_is_none_is_refused(copy, content):
    (copy / "manifest.json").write_text(content)
    refused(copy, "not a manifest of version 1" if content else "not JSON")


@pytest.mark.parametrize(("key", "value"), [("samples", 10**9), ("points", [4096, 4096]), ("times", [0.0] * 10_000)])
def test_a_manifest_cannot_claim_more_samples_than_its_parts_have_bytes_for(copy, key, value):
    manifest = json.loads((copy / "manifest.json").read_text())
    place = {"samples": manifest["parts"][0], "points": manifest["spec"]["grid"], "times": manifest["spec"]}[key]
    place[key] = value
    publish_record(copy / "manifest.json", manifest)
    refused(copy, "cannot hold [0-9,]+ such samples")


def test_a_manifest_cannot_name_a_file_outside_its_folder(copy):
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["parts"][0]["path"] = "data/train/../../../part-00000.hdf5"
    publish_record(copy / "manifest.json", manifest)
    refused(copy, "parts.0.path")


def test_a_folder_that_is_missing_is_answered_with_the_nearest(copy):
    refused(copy.parent / "dracy", "no such data set; did you mean '.*darcy'")


def test_a_file_is_told_from_a_folder(copy):
    refused(copy / "manifest.json", "data convert")


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "x").mkdir()
    refused(tmp_path / "x", "a folder, and not a data set")


def test_an_unfinished_data_set_says_how_many_parts_it_lacks(copy):
    (copy / "manifest.json").unlink()
    (copy / "data" / "train" / "part-00001.hdf5").unlink()
    refused(copy, "1 of 6 parts are missing; give the same 'generate' command again")


def test_a_split_without_samples_says_which_there_are(copy):
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["parts"] = [entry for entry in manifest["parts"] if entry["split"] != "test"]
    publish_record(copy / "manifest.json", manifest | {"files": {}})
    certificate = json.loads((copy / "certificate.json").read_text())
    publish_record(copy / "certificate.json", certificate | {"data": None})
    with pytest.raises(InputError, match="'test' has no samples; there are: train 10, valid 3"):
        open_dataset(copy).read("test")


def test_the_description_is_json_and_holds_the_certificate(unbroken):
    described = describe(open_dataset(unbroken))
    assert json.loads(json.dumps(described)) == described
    assert described["counts"] == {"train": 10, "valid": 3, "test": 5}
    assert described["certificate"]["status"] == "passed"
