"""What is offered on a command line is what the command takes, read from conf/ without what composes it."""

from __future__ import annotations

import random

import pytest

from surrogate.config.compose import compose_tree
from surrogate.config.enumerated import TYPED, values
from surrogate.config.known import COMMANDS, known
from surrogate.config.nouns import NOUNS
from surrogate.config.offers import offers
from surrogate.config.resources import groups
from surrogate.config.shipped_settings import default_choices, flat, settings
from surrogate.config.words import prepared

CHOICES = [(command, ()) for command in COMMANDS if command not in ("run", "generate")]
CHOICES += [("train", (f"{group}={choice}",)) for group in ("model", "experiment") for choice in groups()[group][:7]]
CHOICES += [("generate", (f"recipe={choice}",)) for choice in groups()["recipe"][::9]]


@pytest.mark.parametrize(("command", "words"), CHOICES)
def test_the_settings_are_those_that_are_composed(command, words):
    composed = known(command, words)
    assert {key for key, _ in flat(settings(command, words))} | composed.groups == {*composed.keys} | composed.groups


@pytest.mark.slow
@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "run"])
def test_the_settings_are_those_that_are_composed_with_every_choice_of_every_group(command):
    for group in default_choices(command):
        for choice in groups()[group]:
            words = () if group == "recipe" or command != "generate" else ("recipe=burgers",)
            test_the_settings_are_those_that_are_composed(command, (*words, f"{group}={choice}"))


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with data sets, runs, a sweep and files."""
    marks = {"data/tiny": "manifest.json", "runs/old": "run.json", "runs/sweep/a": "run.json", "mine": "manifest.json"}
    for folder, mark in marks.items():
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / mark).touch()
    (tmp_path / "notes").mkdir()
    for name in ("a.npy", "b.txt", "net.onnx", "evil\x1b[31m.npy"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)


OFFERED = [
    ("train data=", "data=mine data=data/tiny"),
    ("train data=data/", "data=data/tiny"),
    ("train data=no", "data=notes/"),
    ("train m", "mine model= model."),
    ("train data/tiny m", "model= model."),
    ("train model=stable", "model=stable_fno"),
    ("train -m model=fno,mg", "model=fno,mgno"),
    ("train model=mgno model.pre", "model.pre_smoothing="),
    ("train model=fno model.pre", ""),
    ("train trainer.precision=b", "trainer.precision=bfloat16"),
    ("train normaliser.inputs=", "normaliser.inputs=none normaliser.inputs=scalar normaliser.inputs=channel"),
    ("train trainer.trackers=[csv,ten", "trainer.trackers=[csv,tensorboard"),
    ("train trainer.epochs=", "trainer.epochs=50"),
    ("train seed=3 see", ""),
    ("train resume=", "resume=runs/old resume=runs/sweep/"),
    ("generate darcy_rou", "darcy_rough"),
    ("generate darcy_rough equation.permeability.field.boundary=n", "equation.permeability.field.boundary=neumann"),
    ("eval ", "runs/old net.onnx a.npy runs/sweep/"),
    ("eval so", "solver solver."),
    ("eval suite=gen", "suite=generalisation"),
    ("eval runs=", "runs=[runs/old runs=[runs/sweep/"),
    ("eval runs=[runs/old,runs/s", "runs=[runs/old,runs/sweep/"),
    ("compare runs/old runs/sweep/", "runs/sweep/a"),
    ("predict runs/old input=", "input=a.npy input=b.txt"),
    ("convert b", "b.txt"),
    ("preview mi", "mine"),
    ("run demo generate.gr", "generate.grid="),
    ("run demo generate.equation.perm", "generate.equation.permeability."),
    ("run de", "demo"),
    ("tune data/tiny trainer.precision=b", "trainer.precision=bfloat16"),
    ("tune data/tiny method=t", "method=tpe"),
    ("check dar", "darcy darcy_3d"),
    ("solve method=mul", "method=multigrid"),
]


@pytest.mark.parametrize(("line", "first"), OFFERED)
def test_what_is_offered(place, line, first):
    command, *words, incomplete = line.split(" ")
    offered = [one.text for one in offers(command, [word for word in words if word != "-m"], incomplete)]
    assert offered[: len(first.split())] == first.split()
    assert first or not offered


def test_a_name_that_a_terminal_would_obey_is_not_offered(place):
    assert not [one for one in offers("predict", ["runs/old"], "input=") if "\x1b" in one.text]


def test_whatever_is_typed_is_gone_on_with_or_answered_by_nothing(place):
    draw = random.Random(0)
    pieces = [
        "model",
        "trainer",
        "=",
        ".",
        "[",
        ",",
        "/",
        "data",
        "runs",
        "é",
        "~",
        "+",
        " ",
        "mgno",
        "'",
        "\x00",
        "..",
    ]
    for _ in range(300):
        command = draw.choice([*NOUNS])
        typed = ["".join(draw.choices(pieces, k=draw.randrange(5))) for _ in range(3)]
        assert all(one.text.startswith(typed[-1]) for one in offers(command, typed[:-1], typed[-1]))


@pytest.mark.parametrize("command", TYPED)
def test_every_value_that_is_offered_is_taken(command):
    words = ["recipe=darcy_rough"] if command == "generate" else []
    tree = settings(command, words)
    words += [f"{key}=x" for key, value in flat(tree) if value == "???" and not values(command, key, tree)]
    offered = [f"{key}={value}" for key, _ in flat(tree) for value in values(command, key, tree)[-1:]]
    single = [word for word in offered if not word.startswith(("gate.metrics", "trainer.trackers", "cluster.kind"))]
    now = dict(flat(compose_tree(command, prepared([*words, *single], command))))
    for word in single:
        key, _, value = word.partition("=")
        assert str(now[key]).lower().replace("none", "null") in (value, "null", "none"), word
