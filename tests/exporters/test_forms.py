"""Roll-outs in one graph, and graphs for any grid."""

import pytest
import torch

from surrogate.errors import SettingsError
from surrogate.operators.resampling import resample
from surrogate.operators.spectral import _tables_in_graph, axis_tables
from surrogate.predictors.exported.artefact import open_artefact
from surrogate.predictors.exported.artefact_card import Form
from surrogate.predictors.rollout import roll_out
from surrogate.registry import EXPORTERS

TOLERANCE = 1e-5
TINY = ("model=fno", "model.hidden_channels=4", "model.n_layers=1", "model.n_modes=3")


def test_a_roll_out_is_the_step_on_its_own_output(make_run, tmp_path):
    run = make_run((24,), *TINY, "residual=true", takes_state=True)
    path = tmp_path / "roll-out.onnx"
    assert EXPORTERS.module("onnx").export(run, path, TOLERANCE, Form(steps=3)) <= TOLERANCE
    inputs = 1.5 * run.examples[0][:4]
    with torch.inference_mode():
        expected = roll_out(run.surrogate, run.record.problem, inputs, 3)
    torch.testing.assert_close(open_artefact(path).load()(inputs), expected, rtol=1e-4, atol=1e-5)


def test_what_makes_no_steps_is_not_rolled_out(make_run, tmp_path):
    with pytest.raises(SettingsError, match="makes no steps"):
        EXPORTERS.module("onnx").export(make_run((16, 16), *TINY), tmp_path / "x.onnx", TOLERANCE, Form(steps=2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["onnx", "torch"])
def test_one_graph_answers_on_every_grid(form, make_run, tmp_path):
    # The box is padded by an eighth, so grids are multiples of 8.
    run = make_run((16, 16), *TINY)
    exporter = EXPORTERS.module(form)
    path = tmp_path / f"any{exporter.SUFFIX}"
    assert exporter.export(run, path, TOLERANCE, Form(dynamic_grid=True)) <= TOLERANCE
    artefact = open_artefact(path)
    call, problem = artefact.load(f"sha256:{artefact.digest}"), run.record.problem
    for points in ((8, 16), (16, 16), (40, 24)):
        fields = resample(run.examples[0][:3], problem.grid.resized(points), problem.boundary.periodic)
        with torch.inference_mode():
            torch.testing.assert_close(call(fields), run.surrogate(fields), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("points", "words", "message"),
    [
        ((16, 16), ("model=mgno",), "this mgno is not one map on every grid"),
        ((18, 16), TINY, "a multiple of 8 cells, and not 18 points"),
        ((16, 16), (*TINY, "normaliser.outputs=pointwise"), "not one map on every grid"),
        ((16, 16), (*TINY, "physics.hard_boundary=true"), "hard_boundary"),
        ((16, 16), (*TINY, "model.basis=boundary"), "not one map on every grid"),
    ],
)
def test_a_model_tied_to_its_grid_says_so(make_run, tmp_path, points, words, message):
    with pytest.raises(SettingsError, match=message) as error:
        EXPORTERS.module("onnx").export(make_run(points, *words), tmp_path / "x.onnx", TOLERANCE, Form(1, True))
    assert "\n" not in str(error.value)


def test_tables_made_in_a_graph_are_those_made_beforehand():
    axes = ((16, 5), (12, 4))
    made = _tables_in_graph(axes, torch.float64, torch.device("cpu"))
    for axis, (n, m) in enumerate(axes):
        analysis, synthesis = (torch.from_numpy(table) for table in axis_tables(n, m, last=axis == 1))
        torch.testing.assert_close(made.analysis[axis], analysis, rtol=0, atol=1e-14)
        torch.testing.assert_close(made.synthesis[axis], synthesis, rtol=0, atol=1e-14)
