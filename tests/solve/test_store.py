"""A preconditioner on disk: what was saved is read, what others wrote is refused."""

import json

import pytest
import torch
from typer.testing import CliRunner

from surrogate.cli.app import app
from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.environment import environment
from surrogate.errors import InputError
from surrogate.integrity import Digest, publish_record
from surrogate.predictors.tensor_files import tensor_bytes
from surrogate.solve.preconditioner import Preconditioner
from surrogate.solve.preconditioner_store import PreconditionerRecord, load_preconditioner, save_preconditioner
from surrogate.solve.solve_settings import PreconditionConfig


@pytest.fixture
def folder(tmp_path):
    settings = read(PreconditionConfig, compose_tree("precondition", ["data=/d", f"out={tmp_path}/p", "width=3"]))
    model = Preconditioner(3)
    torch.nn.init.ones_(model.head.weight)
    record = PreconditionerRecord(
        version=1,
        settings=settings,
        equation="darcy",
        data_hash="0",
        points=(8, 8),
        parameters=1,
        metrics={},
        seconds=1.0,
        environment=environment(torch.device("cpu")),
    )
    save_preconditioner(tmp_path / "p", model, record)
    return tmp_path / "p"


def change(folder, **entries):
    path = folder / "preconditioner.json"
    publish_record(path, json.loads(path.read_text()) | entries)


def put(folder, data):
    """Replace the weights by other bytes, which the record knows."""
    (folder / "weights.safetensors").write_bytes(data)
    change(folder, files={"weights.safetensors": Digest.of(data).model_dump()})


def test_what_was_saved_is_read(folder):
    model, record = load_preconditioner(folder)
    assert record.equation == "darcy"
    assert bool((model.head.weight == 1).all())


def test_info_says_what_it_is(folder):
    result = CliRunner().invoke(app, ["info", str(folder)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "darcy" in result.output
    assert "8 x 8 points" in result.output


def test_a_pickle_in_the_place_of_the_weights_is_refused_and_not_run(folder, tmp_path):
    # What pickle would run: open(".../harm", "w").
    harm = f"cbuiltins\nopen\n(S'{tmp_path}/harm'\nS'w'\ntR."
    put(folder, harm.encode())
    with pytest.raises(InputError, match="not a safetensors file"):
        load_preconditioner(folder)
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize("entries", [{"version": 2}, {"points": "many"}, {"stranger": 1}])
def test_a_record_of_another_kind_is_refused_with_its_key(folder, entries):
    change(folder, **entries)
    with pytest.raises(InputError, match=next(iter(entries))):
        load_preconditioner(folder)


def test_weights_that_are_not_finite_or_of_another_shape_are_refused(folder):
    weights = Preconditioner(3).state_dict()
    put(folder, tensor_bytes(weights | {"head.bias": torch.full((12,), torch.nan)}))
    with pytest.raises(InputError, match="not finite"):
        load_preconditioner(folder)
    put(folder, tensor_bytes(Preconditioner(4).state_dict()))
    with pytest.raises(InputError, match="expected"):
        load_preconditioner(folder)


def test_a_folder_of_something_else_is_one_line(tmp_path):
    with pytest.raises(InputError, match="no such preconditioner"):
        load_preconditioner(tmp_path / "absent")
    with pytest.raises(InputError, match="not a preconditioner"):
        load_preconditioner(tmp_path)
