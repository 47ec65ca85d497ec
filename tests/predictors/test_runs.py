import json
import struct

import pytest
import torch

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.environment import environment
from surrogate.errors import InputError
from surrogate.integrity import Digest, publish_record
from surrogate.predictors.runs import DataRecord, RunRecord, load_run, read_record, save_run, store
from surrogate.predictors.surrogate import build
from surrogate.predictors.surrogate_settings import RecordedSettings
from surrogate.predictors.tensor_files import read_tensors
from surrogate.registry import MODELS
from surrogate.spaces import Boundary, FieldSpec, Grid, Problem
from surrogate.training.training_settings import TrainConfig


def problem():
    return Problem.on_grid(
        inputs=(FieldSpec(name="a", unit="1", role="constant"),),
        outputs=(FieldSpec(name="u", unit="m", role="state"),),
        grid=Grid.box((16, 16), "cells"),
        boundary=Boundary.uniform("dirichlet", 2),
        task="map",
    )


def fields(seed):
    return 5 + torch.randn(40, 1, 16, 16, generator=torch.Generator().manual_seed(seed))


def saved(folder, model="fno"):
    """Save a surrogate fitted and not trained, and return it."""
    tree = compose_tree("train", [f"data={folder.parent}/data", f"model={model}"])
    config = read(TrainConfig, tree | {"data": str(folder.parent / "data"), "out": str(folder)})
    surrogate = build(config, problem()).eval()
    surrogate.fit(fields(0), fields(1))
    record = RunRecord(
        version=1,
        status="finished",
        problem=problem(),
        settings=RecordedSettings.of(config),
        data=DataRecord(name="data", hash="0" * 64),
        parameters=sum(parameter.numel() for parameter in surrogate.parameters()),
        metrics={"valid_relative_l2": 0.5},
        seconds=1.0,
        environment=environment(torch.device("cpu")),
        guard=surrogate.guard,
    )
    save_run(folder, surrogate, record, (fields(2)[:3], fields(3)[:3]))
    return surrogate


@pytest.mark.parametrize("model", MODELS.names())
def test_a_model_read_back_gives_the_same_outputs(model, tmp_path):
    surrogate = saved(tmp_path / "run", model)
    run = load_run(tmp_path / "run")
    with torch.no_grad():
        assert torch.equal(run.surrogate(fields(4)[:5]), surrogate(fields(4)[:5]))
    assert torch.equal(run.examples[0], fields(2)[:3])
    assert torch.equal(run.surrogate.input_low, fields(0).amin((0, 2, 3)))
    assert run.surrogate.guard == surrogate.guard
    assert run.surrogate.guard.samples == 40


def test_the_record_is_read_as_it_was_written(tmp_path):
    saved(tmp_path / "run")
    record = read_record(tmp_path / "run")
    assert record.settings.data == tmp_path / "data"
    assert record.settings.out == tmp_path / "run"
    assert record.problem == problem()
    assert record.figures()["valid relative L2"] == "0.5"


def test_a_project_can_be_moved(tmp_path):
    saved(tmp_path / "here/runs/a")
    (tmp_path / "here").rename(tmp_path / "there")
    record = read_record(tmp_path / "there/runs/a")
    assert record.settings.data == tmp_path / "there/runs/data"
    assert str(tmp_path) not in (tmp_path / "there/runs/a/run.json").read_text()


def refused(folder):
    """Return the one line with which loading the run is refused."""
    with pytest.raises(InputError) as error:
        load_run(folder)
    assert "\n" not in str(error.value)
    return str(error.value)


def change_tensors(folder, change):
    tensors = read_tensors(folder / "weights.safetensors")
    change(tensors)
    store(folder, "weights.safetensors", tensors)


def announce(folder, name):
    """Let the record of the run know the file as it is now."""
    digest = Digest.of((folder / name).read_bytes()).model_dump()
    change_record(folder, lambda tree: tree["files"].update({name: digest}))


def test_an_unknown_tensor_is_refused_with_the_nearest_name(tmp_path):
    saved(tmp_path)
    change_tensors(tmp_path, lambda tensors: tensors.update(input_lo=torch.zeros(1)))
    assert "unknown tensor 'input_lo'; did you mean 'input_low'?" in refused(tmp_path)


def test_a_missing_tensor_is_refused(tmp_path):
    saved(tmp_path)
    change_tensors(tmp_path, lambda tensors: tensors.pop("input_low"))
    assert "'input_low' is missing" in refused(tmp_path)


def test_a_wrong_shape_is_refused(tmp_path):
    saved(tmp_path)
    change_tensors(tmp_path, lambda tensors: tensors.update(input_low=torch.zeros(2)))
    assert "'input_low' is (2,) torch.float32, expected (1,) torch.float32" in refused(tmp_path)


def test_a_wrong_type_is_refused(tmp_path):
    saved(tmp_path)
    change_tensors(tmp_path, lambda tensors: tensors.update(input_low=torch.zeros(1, dtype=torch.float64)))
    assert "torch.float64" in refused(tmp_path)


def test_weights_that_are_not_finite_are_refused(tmp_path):
    saved(tmp_path)
    change_tensors(tmp_path, lambda tensors: tensors["input_low"].fill_(float("nan")))
    assert "not finite" in refused(tmp_path)


@pytest.mark.parametrize("damage", ["cut", "empty", "garbage", "header", "pickle"])
def test_a_damaged_file_of_weights_is_refused(tmp_path, damage):
    saved(tmp_path)
    path = tmp_path / "weights.safetensors"
    data = path.read_bytes()
    torch_file = tmp_path / "other"
    torch.save({"a": torch.zeros(1)}, torch_file)
    path.write_bytes(
        {
            "cut": data[:-1],
            "empty": b"",
            "garbage": bytes(range(256)) * 10,
            "header": struct.pack("<Q", 2**60) + data[8:],
            "pickle": torch_file.read_bytes(),
        }[damage]
    )
    assert "its SHA-256 is not the one in run.json" in refused(tmp_path)
    announce(tmp_path, "weights.safetensors")
    assert "not a safetensors file" in refused(tmp_path)


def change_record(folder, change):
    tree = json.loads((folder / "run.json").read_text())
    change(tree)
    publish_record(folder / "run.json", tree)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda tree: tree.update(version=2), "version"),
        (lambda tree: tree.update(extra=1), "extra"),
        (lambda tree: tree.pop("problem"), "problem"),
        (lambda tree: tree["settings"].update(seed="0"), "settings.seed"),
        (lambda tree: tree["settings"]["model"].update(name="os.system"), "the model 'os.system', a plug-in"),
        (lambda tree: tree["settings"]["model"].update(_target_="os.system"), "_target_"),
    ],
)
def test_a_record_that_says_something_else_is_refused(tmp_path, change, line):
    saved(tmp_path)
    change_record(tmp_path, change)
    assert line in refused(tmp_path)


def test_a_record_that_is_no_json_is_refused(tmp_path):
    saved(tmp_path)
    (tmp_path / "run.json").write_text("{")
    assert "run.json" in refused(tmp_path)


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    assert "not a run" in refused(tmp_path)


def test_a_run_without_weights_is_refused(tmp_path):
    saved(tmp_path)
    (tmp_path / "weights.safetensors").unlink()
    assert "has not finished its first epoch" in refused(tmp_path)
