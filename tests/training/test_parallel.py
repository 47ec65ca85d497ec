"""Which items are whose, who may start and who may write; what processes do together is in test_paths.py."""

import math

import pytest
import torch

from surrogate.errors import SettingsError
from surrogate.training import parallel
from surrogate.training.opening import claimed
from surrogate.training.train import train


@pytest.mark.parametrize("processes", [1, 2, 3, 5])
@pytest.mark.parametrize("parts", [1, 2, 4])
@pytest.mark.parametrize("items", [1, 2, 4, 7, 12])
def test_the_shares_of_all_processes_are_the_batch_and_its_mean(items, parts, processes):
    chosen = torch.arange(100, 100 + items)
    given = [parallel.shares_of(chosen, parts, process, processes) for process in range(processes)]
    counted = [share for shares in given for share in shares if share.weight > 0]
    assert torch.equal(torch.cat([share.indices for share in counted]), chosen)
    assert {share.weight for share in counted} == {1 / items}
    assert len({len(shares) for shares in given}) == 1, "all processes meet equally often"
    assert all(len(share.indices) for shares in given for share in shares), "there is always something to work on"
    assert max(len(share.indices) for share in counted) == math.ceil(math.ceil(items / processes) / parts)


@pytest.mark.parametrize("mode", ["ddp", "fsdp"])
def test_several_processes_are_started_by_torchrun(mode):
    with pytest.raises(SettingsError, match=rf"trainer.parallel={mode}: .*torchrun --nproc-per-node N"):
        parallel.choose_mode(mode)
    assert parallel.choose_mode("auto") == "alone"


def test_a_folder_has_one_writer_at_a_time(steady, settings, tmp_path):
    config = settings(steady, tmp_path / "run")
    first = train(config, lambda: False)
    assert next(first).number == 1
    with pytest.raises(SettingsError, match=r"another process trains there now"):
        next(train(config, lambda: False))
    assert [epoch.number for epoch in first] == [2, 3]


def test_a_claim_ends_with_its_owner_and_leaves_no_file(tmp_path):
    for _ in range(2):
        with claimed(tmp_path), pytest.raises(SettingsError), claimed(tmp_path):
            pass
    assert list(tmp_path.iterdir()) == []


def test_how_a_run_is_computed_is_no_part_of_what_it_is(steady, settings, tmp_path):
    config = settings(steady, tmp_path / "run", "trainer.epochs=1")
    list(train(config, lambda: False))
    other = {"accumulate": 2, "recompute": True, "compile": True, "data_on": "disk", "profile": True}
    changed = config.model_copy(update={"trainer": config.trainer.model_copy(update=other)})
    assert list(train(changed, lambda: False)) == []
