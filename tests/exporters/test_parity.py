import importlib.util
import json
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from surrogate.errors import SettingsError, SurrogateError
from surrogate.exporters._parity import ExportError, check, exportable
from surrogate.predictors.range_guard import Guard
from surrogate.registry import EXPORTERS, MODELS
from surrogate.spaces import Problem

TOLERANCE = 1e-5
# AOTInductor compiles C++ for each, which takes a minute.
QUICK = tuple(name for name in EXPORTERS.names() if name != "aoti")
TINY = ("model=fno", "model.hidden_channels=4", "model.n_layers=1", "model.n_modes=3")


@pytest.mark.parametrize("name", MODELS.names())
@pytest.mark.parametrize("form", QUICK)
def test_every_model_exports_to_every_format(form, name, make_run, tmp_path, capfd):
    exporter = EXPORTERS.module(form)
    path = tmp_path / "new" / f"model{exporter.SUFFIX}"
    assert exporter.export(make_run((16, 16), f"model={name}"), path, TOLERANCE) <= TOLERANCE
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS.names())
def test_every_model_compiles_to_a_package(name, make_run, tmp_path):
    path = tmp_path / "model.pt2"
    assert EXPORTERS.module("aoti").export(make_run((16, 16), f"model={name}"), path, TOLERANCE) <= TOLERANCE
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_without_a_compiler_a_package_says_so(run, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda name, **_: None)
    with pytest.raises(SettingsError, match=r"compiles C\+\+, and there is no"):
        EXPORTERS.module("aoti").export(run, tmp_path / "model.pt2", TOLERANCE)


@pytest.mark.parametrize("form", QUICK)
def test_a_step_that_adds_to_its_state_exports(form, make_run, tmp_path):
    run = make_run((24,), *TINY, "residual=true", "normaliser.outputs=pointwise", takes_state=True)
    exporter = EXPORTERS.module(form)
    assert exporter.export(run, tmp_path / f"step{exporter.SUFFIX}", TOLERANCE) <= TOLERANCE


@pytest.fixture(scope="module")
def run(make_run):
    return make_run((16, 16), *TINY)


@pytest.mark.parametrize("form", QUICK)
def test_a_file_beyond_the_tolerance_is_refused_and_what_was_there_stays(form, make_run, tmp_path):
    # So many modes take the path of the FFT in the run, which no export does: the two differ in the last bits.
    run = make_run((16, 16), *TINY, "model.n_modes=8")
    exporter = EXPORTERS.module(form)
    kept = tmp_path / f"model{exporter.SUFFIX}"
    kept.write_text("an earlier export")
    with pytest.raises(ExportError, match=r"relative L2 .* expected at most 1\.00e-30") as error:
        exporter.export(run, kept, 1e-30, overwrite=True)
    assert "\n" not in str(error.value)
    assert isinstance(error.value, SurrogateError)
    assert [file.name for file in tmp_path.iterdir()] == [kept.name]
    assert kept.read_text() == "an earlier export"


def test_the_check_sees_a_wrong_sample_wherever_it_is(run):
    eager = run.surrogate

    def wrong_for(index):
        marked = run.examples[0][index]

        def exported(fields):
            hit = (fields == marked).flatten(1).all(1)
            with torch.inference_mode():
                return eager(fields) * torch.where(hit, 1.001, 1.0)[:, None, None, None]

        return exported

    for index in range(len(run.examples[0])):
        with pytest.raises(ExportError):
            check(run, wrong_for(index), TOLERANCE)
    assert check(run, wrong_for(0), 1e-2) == pytest.approx(1e-3, rel=1e-3)


def test_the_check_sees_values_that_are_not_numbers(run):
    with pytest.raises(ExportError, match="nan"):
        check(run, lambda fields: torch.full((len(fields), 1, 16, 16), torch.nan), TOLERANCE)


def test_a_run_with_a_single_example_is_checked_in_both_batches(run):
    sizes = []

    def exported(fields):
        sizes.append(len(fields))
        with torch.inference_mode():
            return run.surrogate(fields)

    inputs, outputs = run.examples
    check(replace(run, examples=(inputs[:1], outputs[:1])), exported, TOLERANCE)
    assert set(sizes) == {1, 7}


def test_exporting_leaves_the_run_as_it_was(run, tmp_path):
    before = {name: tensor.clone() for name, tensor in run.surrogate.state_dict().items()}
    copy = exportable(run)
    assert all(part.path == "dft" for part in copy.modules() if hasattr(part, "path"))
    assert all(part.path == "auto" for part in run.surrogate.modules() if hasattr(part, "path"))
    for name, tensor in run.surrogate.state_dict().items():
        assert torch.equal(tensor, before[name])


@pytest.fixture(scope="module")
def file(run, tmp_path_factory):
    path = tmp_path_factory.mktemp("onnx") / "model.onnx"
    EXPORTERS.module("onnx").export(run, path, TOLERANCE)
    return path


def test_an_onnx_file_stands_alone_and_says_what_it_is(run, file):
    model = onnx.load(file, load_external_data=False)
    onnx.checker.check_model(model, full_check=True)
    assert not any(tensor.external_data for tensor in model.graph.initializer)
    (given,), (result,) = model.graph.input, model.graph.output
    shapes = [[axis.dim_param or axis.dim_value for axis in at.type.tensor_type.shape.dim] for at in (given, result)]
    assert (given.name, result.name, shapes) == ("input", "output", [["batch", 1, 16, 16]] * 2)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert Problem.model_validate_json(metadata["problem"]) == run.record.problem
    low, high = (json.loads(metadata["training_range"])[side][0] for side in ("low", "high"))
    assert low <= float(run.examples[0].min()) < float(run.examples[0].max()) <= high
    assert Guard.model_validate_json(metadata["training_guard"]) == run.surrogate.guard


def test_an_onnx_file_takes_physical_units_and_any_batch(run, file):
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    inputs = torch.cat([run.examples[0], 2 * run.examples[0]])
    with torch.inference_mode():
        expected = run.surrogate(inputs).numpy()
    (answer,) = session.run(["output"], {"input": inputs.numpy()})
    np.testing.assert_allclose(answer, expected, rtol=1e-4, atol=1e-6)


def test_without_its_packages_onnx_says_what_to_install(run, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "onnxruntime" else find(name))
    with pytest.raises(SettingsError, match=r"needs onnxruntime: pip install 'surrogate\[export\]'"):
        EXPORTERS.module("onnx").export(run, tmp_path / "model.onnx", TOLERANCE)
