"""Laws of conversion: every sample of the foreign file once, where the seed deals it, and nothing claimed for it."""

import numpy as np
import pytest
import torch

from surrogate.datasets.conversion import convert
from surrogate.datasets.dataset import describe, open_dataset
from surrogate.datasets.manifest import read_part
from surrogate.datasets.verification import verify
from surrogate.errors import InputError, SettingsError

FORMAT = "neuraloperator"


@pytest.fixture
def source(tmp_path):
    random = torch.Generator().manual_seed(0)
    y = torch.rand(600, 8, 8, generator=random)
    torch.save({"x": y > 0.5, "y": y}, tmp_path / "flow.pt")
    return tmp_path / "flow.pt"


def indices(dataset, split):
    entries = [entry for entry in dataset.manifest.parts if entry.split == split]
    header = dataset.manifest.header(split)
    return np.concatenate([read_part(dataset.path, entry, header).indices for entry in entries])


def test_every_sample_lands_in_one_split_with_its_number_in_the_file(source, tmp_path):
    dataset = convert(source, FORMAT, (0.5, 0.3, 0.2), 0, tmp_path / "out")
    assert dataset.counts == {"train": 300, "valid": 180, "test": 120}
    dealt = {split: indices(dataset, split) for split in dataset.counts}
    assert sorted(np.concatenate(list(dealt.values()))) == list(range(600))
    original = torch.load(source, weights_only=True)["y"].numpy()  # noqa: TID251
    for split, numbers in dealt.items():
        np.testing.assert_array_equal(dataset.read(split)[1][:, 0, 0], original[numbers])
    assert verify(dataset)[1] == ()


def test_the_seed_alone_decides_the_deal(source, tmp_path):
    deals = [
        indices(convert(source, FORMAT, (0.9, 0.1, 0.0), seed, tmp_path / name), "valid").tolist()
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    ]
    assert deals[0] == deals[1]
    assert deals[0] != deals[2]


def test_a_data_set_may_be_all_test(source, tmp_path):
    dataset = convert(source, FORMAT, (0.0, 0.0, 1.0), 0, tmp_path / "out")
    assert dataset.counts == {"train": 0, "valid": 0, "test": 600}
    assert "split: test" in (dataset.path / "stats.yaml").read_text()


def test_nobody_certifies_foreign_data(source, tmp_path):
    certificate = describe(convert(source, FORMAT, (1.0, 0.0, 0.0), 0, tmp_path / "out"))["certificate"]
    assert certificate["status"] == "none"
    assert certificate["reason"] == "foreign data"


def test_the_same_command_finds_its_work_done_and_another_is_refused(source, tmp_path, hashes):
    out = tmp_path / "out"
    convert(source, FORMAT, (0.9, 0.1, 0.0), 0, out)
    before = hashes(out)
    assert convert(source, FORMAT, (0.9, 0.1, 0.0), 0, out).path == out
    with pytest.raises(SettingsError, match="seed is 0 there, 1 here"):
        convert(source, FORMAT, (0.9, 0.1, 0.0), 1, out)
    assert hashes(out) == before


def test_an_interrupted_conversion_is_finished_by_the_same_command(source, tmp_path, hashes):
    whole = convert(source, FORMAT, (0.9, 0.1, 0.0), 0, tmp_path / "whole")
    broken = convert(source, FORMAT, (0.9, 0.1, 0.0), 0, tmp_path / "broken").path
    (broken / "manifest.json").unlink()
    (broken / "data" / "train" / "part-00001.hdf5").unlink()
    with pytest.raises(InputError, match="1 of 4 parts are missing; give the same 'data convert' command again"):
        open_dataset(broken)
    convert(source, FORMAT, (0.9, 0.1, 0.0), 0, broken)
    assert hashes(broken) == hashes(whole.path)


@pytest.mark.parametrize("split", [(0.9, 0.2, 0.0), (0.5, 0.0, 0.0), (1.5, -0.5, 0.0)])
def test_fractions_that_do_not_share_out_the_whole_are_refused(source, tmp_path, split):
    with pytest.raises(SettingsError, match="split: "):
        convert(source, FORMAT, split, 0, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_missing_file_or_format_is_answered_with_the_nearest_and_leaves_nothing(source, tmp_path):
    with pytest.raises(InputError, match=r"did you mean '.*flow\.pt'"):
        convert(tmp_path / "flwo.pt", FORMAT, (1.0, 0.0, 0.0), 0, tmp_path / "out")
    with pytest.raises(SettingsError, match="did you mean 'neuraloperator'"):
        convert(source, "neuralop", (1.0, 0.0, 0.0), 0, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_sample_that_is_not_finite_is_named_and_leaves_nothing_or_what_was_there(source, tmp_path, hashes):
    out = tmp_path / "out"
    y = torch.rand(600, 8, 8)
    y[5, 2, 2] = torch.nan
    torch.save({"x": y > 0.5, "y": y}, tmp_path / "holed.pt")
    with pytest.raises(InputError, match="sample 5 holds a NaN"):
        convert(tmp_path / "holed.pt", FORMAT, (1.0, 0.0, 0.0), 0, out)
    assert not out.exists()
    convert(source, FORMAT, (1.0, 0.0, 0.0), 0, out)
    before = hashes(out)
    with pytest.raises(InputError, match="sample 5 holds a NaN"):
        convert(tmp_path / "holed.pt", FORMAT, (1.0, 0.0, 0.0), 0, out, overwrite=True)
    assert hashes(out) == before
