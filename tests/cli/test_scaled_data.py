"""The same data in other units, from a stranger's file to the table of errors: the same per cent."""

from __future__ import annotations

import pytest
import torch
from typer.testing import CliRunner

from surrogate.cli.app import app


def printed(*words):
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


@pytest.fixture(scope="module")
def lines_of(tmp_path_factory):
    """Give ``lines_of(unit)``: what a training and an evaluation say of outputs in that unit, relative lines alone."""

    def tell(unit):
        folder = tmp_path_factory.mktemp("units")
        pattern = torch.rand(32, 8, 8, generator=torch.Generator().manual_seed(0)) > 0.5
        answer = torch.nn.functional.avg_pool2d(pattern[:, None].float(), 3, 1, 1)[:, 0]
        torch.save({"x": pattern, "y": unit * answer}, folder / "fields.pt")
        at = {name: f"{folder}/{name}" for name in ("data", "run")}
        printed("data", "convert", f"input={folder}/fields.pt", "format=neuraloperator", f"out={at['data']}")
        small = ("model=fno", "model.hidden_channels=4", "model.n_layers=1", "model.n_modes=2", "trainer.epochs=2")
        trained = printed("train", f"data={at['data']}", f"out={at['run']}", "loss=h1_fd", *small)
        measured = printed("eval", f"run={at['run']}", "split=valid", "device=cpu")
        return (
            [" ".join(line.split()) for line in trained if line.startswith(("train loss", "valid ", "best epoch"))],
            [" ".join(line.split()) for line in measured if "%" in line],
        )

    return tell


def test_a_training_and_an_evaluation_say_the_same_in_any_unit(lines_of):
    plain = lines_of(1.0)
    assert [line for line in plain[0] if line.startswith("valid H1 by differences 0.")]
    assert [line.split(" ")[0] for line in plain[1][1:]] == ["relative", "H1", "VRMSE"]
    assert lines_of(1e18) == plain
    assert lines_of(1e-9) == plain
