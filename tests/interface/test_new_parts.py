"""Templates of one's own parts keep their contracts as they are, and write over nothing."""

import re

import pytest

import surrogate as sg
from surrogate.config.compose import compose_tree
from surrogate.errors import SettingsError, UnknownName, UsageError
from surrogate.plug_in_folders import VARIABLE
from surrogate.registry import EQUATIONS, FORMATS, METRICS, MODELS

BEGUN = {
    "line_waves": ("equation", {"family": "line"}),
    "square_waves": ("equation", {"family": "square"}),
    "near": ("model", {}),
    "middle_error": ("metric", {}),
    "lab_files": ("format", {}),
    "calm": ("recipe", {"like": "fisher"}),
}


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """One part of each template, in a folder that is open."""
    folder = tmp_path_factory.mktemp("parts") / "mine"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "")
        begun = {name: sg.new(kind, name, out=folder, **more) for name, (kind, more) in BEGUN.items()}
        sg.plugins(folder)
        yield begun


def test_their_names_can_be_chosen(parts):
    assert all(file.is_file() for part in parts.values() for file in part.files)
    for registry, name in (
        (EQUATIONS, "line_waves"),
        (MODELS, "near"),
        (METRICS, "middle_error"),
        (FORMATS, "lab_files"),
    ):
        assert name in registry.names()
    assert compose_tree("generate", ["recipe=square_waves", "out=d"])["equation"]["rate"] == 4.0
    assert compose_tree("generate", ["recipe=calm", "out=d"])["equation"]["name"] == "fisher"
    assert compose_tree("train", ["data=d", "out=r", "model=near"])["model"]["hidden_channels"] == 16


def test_an_equation_is_said_in_at_most_forty_lines(parts):
    assert all(len(parts[name].files[0].read_text().splitlines()) <= 40 for name in ("line_waves", "square_waves"))


@pytest.mark.parametrize("name", ["square_waves", "middle_error", "lab_files"])
def test_a_part_keeps_its_contract_as_it_is(parts, name):
    (part,) = sg.check_contract(name)
    assert part.passed, part.broken
    assert all(law.verdict == "holds" for law in part.laws)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["line_waves", "near", "calm"])
def test_every_part_does(parts, name):
    (part,) = sg.check_contract(name, slow=True)
    assert part.passed, part.broken


@pytest.mark.slow
@pytest.mark.parametrize("name", ["line_waves", "square_waves"])
def test_data_of_an_equation_are_certified(parts, name, tmp_path):
    data = sg.generate(name, train=4, valid=2, test=2, part_size=4, workers=1, out=tmp_path / "data")
    assert data.certificate.startswith("passed")


def test_nothing_is_written_over(parts):
    file = parts["near"].files[0]
    file.write_text(file.read_text() + "# mine\n")
    with pytest.raises(SettingsError, match=r"near\.py: exists, and nothing was written"):
        sg.new("model", "near", out=parts["near"].folder)
    assert file.read_text().endswith("# mine\n")


@pytest.mark.parametrize(
    ("words", "settings", "line"),
    [
        (("thing", "x"), {}, "there is no template of a kind 'thing'; known: equation, format, metric, model, recipe"),
        (("model", "3x"), {}, "'3x': expected a name of small letters, digits and _, such as my_model"),
        (("model", "../x"), {}, "expected a name of small letters"),
        (("model", "lambda"), {}, "expected a name of small letters"),
        (("model", "fno"), {}, "fno: there is a model of that name; choose another"),
        (("equation", "darcy_rough"), {}, "darcy_rough: there is a recipe of that name"),
        (("model", "x"), {"like": "burgers"}, "like: belongs to 'surrogate new recipe'"),
        (("equation", "x"), {"family": "sphere"}, "family: expected line or square, got sphere"),
        (("recipe", "x"), {"like": "burger"}, "like: there is no recipe 'burger'; did you mean 'burgers'"),
    ],
)
def test_what_cannot_be_begun_is_one_line(tmp_path, words, settings, line):
    with pytest.raises((UsageError, SettingsError), match=re.escape(line).replace("sphere", "'?sphere'?")):
        sg.new(*words, out=tmp_path / "mine", **settings)
    assert not (tmp_path / "mine").exists()


def test_a_law_that_fails_is_named_with_what_it_means(parts, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    folder = tmp_path / "wrong"
    (file,) = sg.new("metric", "doubled", out=folder).files
    file.write_text(file.read_text().replace('unit="field"', 'unit="share"'))
    sg.plugins(folder)
    (part,) = sg.check_contract("doubled")
    assert len(part.broken) == 1, part.broken
    (law,) = part.broken
    assert not part.passed
    assert law.law == "its unit is what it declares"
    assert law.meaning.startswith("Eight times larger fields")
    assert "not close" in law.why
    assert part.line() == "the metric doubled keeps 3 of 4 laws; 1 fails"
    assert part.to_dict()["laws"][-1]["verdict"] == "fails"


@pytest.mark.parametrize(
    ("name", "settings", "line"),
    [
        ("fmo", {}, "there is no part 'fmo'; did you mean 'fno'"),
        ("fno", {"kind": "metric"}, "there is no metric 'fno'"),
        ("fno", {"kind": "modle"}, "kind: there is no contract of a kind 'modle'; did you mean 'model'"),
        ("fno", {"input": "x.npz"}, "input: belongs to formats, and fno is a model"),
    ],
)
def test_what_cannot_be_checked_is_one_line(name, settings, line):
    with pytest.raises((UnknownName, UsageError), match=line):
        sg.check_contract(name, **settings)
