"""What is read of an exported file, and what of it is never believed, opened or run."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
import torch
from onnx import TensorProto, helper

from surrogate.errors import InputError
from surrogate.predictors.exported.artefact import open_artefact
from surrogate.predictors.exported.artefact_card import CARD, Card, Form
from surrogate.predictors.exported.ending import with_end
from surrogate.registry import EXPORTERS

POINTS = (8, 8)


@pytest.fixture(scope="module")
def run(make_run):
    return make_run(POINTS, "model=fno", "model.hidden_channels=4", "model.n_layers=1", "model.n_modes=2")


def doubling(card, operator="Mul", domain="", channels=1, space=POINTS):
    """Return an ONNX model that doubles its input."""
    shape = ["batch", channels, *space]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("input", "output")]
    node = helper.make_node(operator, ["input", "two"], ["output"], domain=domain)
    two = helper.make_tensor("two", TensorProto.FLOAT, (), [2.0])
    opsets = [helper.make_opsetid("", 20), *([helper.make_opsetid(domain, 1)] if domain else [])]
    graph = helper.make_graph([node], "doubling", ends[:1], ends[1:], [two])
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    if card is not None:
        model.metadata_props.add(key=CARD, value=card if isinstance(card, str) else card.model_dump_json())
    return model


@pytest.fixture
def write(tmp_path):
    """Give the path of a model, or of bytes, that was written."""

    def written(model, name="file.onnx"):
        path = tmp_path / name
        path.write_bytes(model if isinstance(model, bytes) else with_end(model.SerializeToString(), ".onnx"))
        return path

    return written


def outside(tensor):
    """Let a tensor of a model lie in another file."""
    tensor.ClearField("float_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../secret.bin")


def test_an_onnx_file_stands_for_the_run_it_was_made_of(run, write):
    predictor = open_artefact(write(doubling(Card.of(run, Form())))).predictor()
    fields = run.examples[0]
    assert torch.equal(predictor.surrogate(fields), 2 * fields)
    assert torch.equal(predictor.surrogate.outside(3 * fields), run.surrogate.outside(3 * fields))
    assert predictor.surrogate.unlike(3 * fields) == run.surrogate.unlike(3 * fields)
    assert predictor.record.problem == run.record.problem


def test_a_card_names_no_place_of_the_machine_it_was_made_on(run):
    home = Path("/home/somebody")
    settings = run.record.settings.model_copy(update={"data": home / "data" / "rough", "out": home / "runs" / "x"})
    placed = replace(run, record=run.record.model_copy(update={"settings": settings}))
    text = Card.of(placed, Form()).model_dump_json()
    assert "somebody" not in text
    assert '"rough"' in text


def test_the_data_set_is_looked_for_beside_the_file_wherever_its_card_points(run, write):
    card = Card.of(run, Form()).model_dump_json().replace('"data":"nowhere"', '"data":"../../elsewhere/rough"')
    path = write(doubling(card))
    assert open_artefact(path).predictor().data == path.parent / "rough"


def test_tensors_in_other_files_are_never_opened(run, write):
    model = doubling(Card.of(run, Form()))
    outside(model.graph.initializer[0])
    with pytest.raises(InputError, match="other files"):
        open_artefact(write(model))


def test_tensors_in_other_files_are_found_inside_branches_too(run, write):
    model = doubling(Card.of(run, Form()))
    inner = helper.make_node("Constant", [], ["three"], value=helper.make_tensor("v", TensorProto.FLOAT, (), [3.0]))
    branch = helper.make_graph([inner], "branch", [], [helper.make_tensor_value_info("three", TensorProto.FLOAT, ())])
    model.graph.node.append(helper.make_node("If", ["yes"], ["unused"], then_branch=branch, else_branch=branch))
    outside(model.graph.node[1].attribute[0].g.node[0].attribute[0].t)
    with pytest.raises(InputError, match="other files"):
        open_artefact(write(model))


@pytest.mark.parametrize(("operator", "domain"), [("Mul", "com.evil"), ("Launch", "")])
def test_operators_of_others_are_refused_by_name(run, write, operator, domain):
    with pytest.raises(InputError, match=operator):
        open_artefact(write(doubling(Card.of(run, Form()), operator, domain)))


@pytest.mark.parametrize("changed", [{"channels": 2}, {"space": (8, 9)}, {"space": ("n", 8)}, {"space": (8,)}])
def test_tensors_that_are_not_those_of_the_fields_are_refused(run, write, changed):
    with pytest.raises(InputError, match=r"its input is .*expected input \(any, 1, 8, 8\)"):
        open_artefact(write(doubling(Card.of(run, Form()), **changed)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no card|not an ONNX file"),
        (b"\x08not a model" * 9, "not an ONNX file"),
        (doubling(None).SerializeToString(), "no card"),
        (doubling("{").SerializeToString(), "the card"),
        (doubling('{"schema_version": 2}').SerializeToString(), "schema_version"),
    ],
)
def test_a_file_that_is_none_of_ours_is_answered_in_one_line(write, content, message):
    with pytest.raises(InputError, match=message) as error:
        open_artefact(write(content))
    assert "\n" not in str(error.value)


def test_other_kinds_of_file_and_missing_ones_are_named(write, tmp_path):
    with pytest.raises(InputError, match=r"\.onnx or \.pt2"):
        open_artefact(write(b"x", "file.pkl"))
    write(b"x", "rough.onnx")
    with pytest.raises(InputError, match=r"did you mean '.*rough\.onnx'"):
        open_artefact(tmp_path / "ruogh.onnx")


def test_a_program_is_read_without_being_run_and_runs_only_by_its_hash(run, tmp_path):
    path = tmp_path / "model.pt2"
    EXPORTERS.module("torch").export(run, path, 1e-5)
    artefact = open_artefact(path)
    assert artefact.figures()["format"] == "torch.export"
    for trust, message in ((None, "a .pt2 is a program"), ("sha256:" + 64 * "0", "not the program that is trusted")):
        with pytest.raises(InputError, match=message):
            artefact.load(trust)
    with torch.inference_mode():
        expected = run.surrogate(run.examples[0])
    torch.testing.assert_close(artefact.load(f"sha256:{artefact.digest}")(run.examples[0]), expected)


def test_an_archive_without_our_card_is_no_program_of_ours(write):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x/data/aotinductor/model/x.so", b"machine code")
    with pytest.raises(InputError, match="no card"):
        open_artefact(write(buffer.getvalue(), "x.pt2"))
    with pytest.raises(InputError, match=r"not a \.pt2"):
        open_artefact(write(buffer.getvalue()[:-30], "y.pt2"))


@pytest.fixture(scope="module", params=["onnx", "torch"])
def exported(run, request, tmp_path_factory):
    """An exported file."""
    exporter = EXPORTERS.module(request.param)
    path = tmp_path_factory.mktemp("exported") / f"file{exporter.SUFFIX}"
    exporter.export(run, path, 1e-4)
    return path


def test_every_flipped_bit_of_an_exported_file_is_refused(exported, write):
    whole = exported.read_bytes()
    last = 8 * len(whole)
    generator = torch.Generator().manual_seed(0)
    chosen = [*torch.randint(last, (200,), generator=generator).tolist(), *range(last - 8 * 120, last)]
    for bit in chosen:
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(InputError) as error:
            open_artefact(write(bytes(flipped), exported.name))
        assert "\n" not in str(error.value)


def test_an_exported_file_that_another_program_wrote_anew_is_refused(exported, write):
    whole = exported.read_bytes()
    assert open_artefact(write(whole, exported.name)).unverified == ""
    with pytest.raises(InputError, match="damaged"):
        open_artefact(write(whole[:-64], exported.name))
    if exported.suffix == ".onnx":
        model = onnx.load_model_from_string(whole)
        model.doc_string = "optimised"
        with pytest.raises(InputError, match="changed by another program"):
            open_artefact(write(model.SerializeToString(), exported.name))


def test_a_file_that_was_exported_before_files_were_hashed_is_read_and_says_so(run, write):
    card = Card.of(run, Form()).model_copy(update={"ended": False})
    artefact = open_artefact(write(doubling(card).SerializeToString()))
    assert "before files were hashed" in artefact.unverified
    assert artefact.predictor().unverified == artefact.figures()["integrity"] == artefact.unverified


def test_info_gives_units_ranges_and_data(run, write):
    figures = open_artefact(write(doubling(Card.of(run, Form())))).figures()
    low, high = float(run.surrogate.input_low[0]), float(run.surrogate.input_high[0])
    assert figures["inputs"] == f"permeability [m2], {low:.4g} to {high:.4g} in training"
    assert figures["outputs"] == "pressure [Pa]"
    assert figures["trained on"] == "drawn (hash 0)"
