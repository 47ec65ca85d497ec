import json

import pytest
import torch

from surrogate.errors import InputError
from surrogate.integrity import publish_record
from surrogate.training.checkpoint import START, commit, read_saved, read_state


def at(epoch, step=0, **changes):
    return START.model_copy(update={"epoch": epoch, "step": step, **changes})


def tensors(value):
    return {"weights.a": torch.full((3,), float(value)), "optimizer.a.step": torch.tensor(float(value))}


def test_what_is_committed_is_read_back(tmp_path):
    cursor = at(2, 5, loss_sum=0.1 + 0.2, best_value=1e-9, best={"train_loss": 1 / 3}, scaler={"scale": 2.0, "n": 3})
    commit(tmp_path, cursor, tensors(7))
    state = read_state(tmp_path)
    assert state.current.cursor == cursor
    saved = read_saved(tmp_path, state.current)
    assert all(torch.equal(saved[name], tensor) for name, tensor in tensors(7).items())


def test_the_state_at_the_beginning_of_the_epoch_is_kept(tmp_path):
    for epoch, step in [(0, 0), (1, 0), (1, 3), (1, 5)]:
        commit(tmp_path, at(epoch, step), tensors(step))
    state = read_state(tmp_path)
    assert (state.current.cursor.step, state.epoch_start.cursor.step) == (5, 0)
    assert read_saved(tmp_path, state.epoch_start)["weights.a"][0] == 0
    assert len(list(tmp_path.glob("state-*"))) == 2
    commit(tmp_path, at(2), tensors(9))
    assert [file.name for file in tmp_path.glob("state-*")] == ["state-000002-000000-0.safetensors"]


def test_a_folder_without_a_state_has_none(tmp_path):
    assert read_state(tmp_path) is None


def test_every_flipped_bit_of_the_tensors_is_noticed(tmp_path):
    commit(tmp_path, at(1), tensors(1))
    saved = read_state(tmp_path).current
    whole = (tmp_path / saved.file).read_bytes()
    for position in range(len(whole)):
        data = bytearray(whole)
        data[position] ^= 1 << position % 8
        (tmp_path / saved.file).write_bytes(data)
        with pytest.raises(InputError, match="damaged"):
            read_saved(tmp_path, saved)


@pytest.mark.parametrize("name", ["../weights.safetensors", "/etc/passwd", "state-1-1-1.safetensors/../x"])
def test_a_state_can_name_no_file_but_its_own(tmp_path, name):
    commit(tmp_path, at(1), tensors(1))
    path = tmp_path / "state.json"
    publish_record(path, json.loads(path.read_text().replace("state-000001-000000-0.safetensors", name)))
    with pytest.raises(InputError, match=r"current\.file"):
        read_state(tmp_path)


def test_a_missing_file_is_named(tmp_path):
    commit(tmp_path, at(1), tensors(1))
    saved = read_state(tmp_path).current
    (tmp_path / saved.file).unlink()
    with pytest.raises(InputError, match=saved.file):
        read_saved(tmp_path, saved)
