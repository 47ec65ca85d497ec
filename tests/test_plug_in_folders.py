"""A folder that a user opens adds names as an installed package does, and nothing but the user opens one."""

import json
import os
import subprocess
import sys

import pytest

import surrogate as sg
from surrogate import registry
from surrogate.config.compose import compose_tree
from surrogate.config.resources import is_choice
from surrogate.datasets.recorded_equation import recorded_equation
from surrogate.errors import InputError, SettingsError, UsageError
from surrogate.plug_in_folders import ROOMS, VARIABLE
from surrogate.registry import SCHEDULES
from surrogate.training.schedule import Moment, factor
from surrogate.typed_record import typed_record

HALVING = '''
"""Half the rate, always."""

from surrogate import registry

from .{shared} import HALF


class Settings(registry.Settings):
    divisor: float


def factor(settings, moment):
    return HALF * 2 / settings.divisor
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a schedule, a recipe and an experiment; closed again in the end."""
    monkeypatch.setenv(VARIABLE, "")
    mine = tmp_path / "mine"
    for place, text in {
        "schedules/halving.py": HALVING.format(shared="_shared"),
        "schedules/halving.yaml": "name: halving\ndivisor: 4.0\n",
        "schedules/_shared.py": "HALF = 0.5\n",
        "recipes/calm.yaml": "name: calm\ntitle: Calm waves\nequation: {name: fisher}\n",
        "conf/experiment/brief.yaml": "# @package _global_\ntrainer: {epochs: 3}\n",
    }.items():
        (mine / place).parent.mkdir(parents=True, exist_ok=True)
        (mine / place).write_text(text)
    return mine


def test_the_rooms_of_a_folder_are_the_registries_and_the_recipes():
    each = {
        one.group.removeprefix("surrogate.") for one in vars(registry).values() if isinstance(one, registry.Registry)
    }
    assert set(ROOMS) == each | {"recipes"}


def test_its_names_are_chosen_as_those_of_ours_once_it_is_open(folder):
    assert "halving" not in SCHEDULES
    assert sg.plugins(folder) == {"recipes": ("calm",), "schedules": ("halving",)}
    assert factor(SCHEDULES.read({"name": "halving", "divisor": 2.0}), Moment(0, 1, 1)) == 0.5
    tree = compose_tree("train", ["data=d", "out=r", "schedule=halving", "experiment=brief"])
    assert tree["schedule"] == {"name": "halving", "divisor": 4.0}
    assert tree["trainer"]["epochs"] == 3
    assert is_choice("recipe", "calm")


def test_its_modules_hide_nothing_that_is_installed(folder):
    (folder / "schedules" / "json.py").write_text('"""A schedule called as a module of Python."""\n')
    sg.plugins(folder)
    assert SCHEDULES.module("json").__doc__.startswith("A schedule")
    assert json.loads("1") == 1
    assert str(folder) not in sys.path


def test_processes_that_are_started_inherit_it(folder):
    sg.plugins(folder)
    script = "from surrogate.registry import SCHEDULES; print(SCHEDULES.module('halving').__doc__)"
    assert "Half the rate" in subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout


def test_no_setting_and_no_record_opens_a_folder(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder.parent)
    for name in ("mine/schedules/halving", f"{folder}/schedules/halving", "mine.schedules.halving", "halving"):
        with pytest.raises(SettingsError, match="there is no schedule"):
            SCHEDULES.module(name)
    with pytest.raises(UsageError, match="there is no schedule 'halving'"):
        compose_tree("train", ["data=d", "out=r", "schedule=halving"])
    with pytest.raises(UsageError, match="plugins: there is no such setting"):
        compose_tree("train", ["data=d", "out=r", f"plugins={folder}"])


def test_a_record_that_names_a_plug_in_which_is_not_here_says_which(tmp_path):
    class Record(registry.Frozen):
        schedule: registry.Settings

        @classmethod
        def model_validate_json(cls, text):
            return cls(schedule=SCHEDULES.read(json.loads(text)["schedule"]))

    with pytest.raises(
        InputError, match=r"run\.json: was made with the schedule 'halving', a plug-in .* --plugins FOLDER"
    ):
        typed_record(Record, '{"schedule": {"name": "halving"}}', tmp_path / "run.json")
    with pytest.raises(InputError, match="the data set was made with the equation 'calm_waves', a plug-in"):
        recorded_equation({"equation": {"name": "calm_waves"}})


def test_a_name_in_two_folders_is_refused(folder, tmp_path):
    other = tmp_path / "other"
    folder.rename(other)
    (folder / "schedules").mkdir(parents=True)
    (folder / "schedules" / "halving.py").write_text('"""Another."""\n')
    sg.plugins(folder, other)
    with pytest.raises(
        SettingsError, match=r"'halving': several plug-ins declare it .*mine; .*other; open or install one"
    ):
        SCHEDULES.module("halving")


@pytest.mark.parametrize(
    ("made", "line"),
    [
        ("", "mine: does not exist; expected a folder of parts of your own"),
        ("notes/todo.txt", "mine: has no part of yours; expected equations/NAME.py"),
        ("model/wide.py", "mine: model/wide.py is in no room; did you mean 'models/'"),
        ("models/two words.py", "mine: models/'two words': expected a name of letters, digits and _"),
    ],
)
def test_a_folder_without_parts_is_one_line(tmp_path, monkeypatch, made, line):
    monkeypatch.setenv(VARIABLE, "")
    if made:
        (tmp_path / "mine" / made).parent.mkdir(parents=True)
        (tmp_path / "mine" / made).write_text("")
    with pytest.raises(InputError, match=line):
        sg.plugins(tmp_path / "mine")
    assert not os.environ[VARIABLE]


def test_a_module_that_cannot_be_imported_is_named_by_its_file(folder):
    (folder / "schedules" / "halving.py").write_text("1 / 0\n")
    sg.plugins(folder)
    with pytest.raises(
        SettingsError, match=r"'halving' of the folder .*halving\.py cannot be imported: ZeroDivisionError"
    ):
        SCHEDULES.module("halving")


@pytest.mark.parametrize("words", [["--plugins", "mine", "list", "schedules"], ["list", "schedules", "--plugins=mine"]])
def test_the_option_may_stand_anywhere(folder, words):
    environment = os.environ | {VARIABLE: ""}
    command = [sys.executable, "-m", "surrogate", *words]
    done = subprocess.run(command, cwd=folder.parent, env=environment, capture_output=True, text=True, check=True)
    assert "halving" in done.stdout
    assert "Half the rate, always." in done.stdout


def test_a_variable_that_leads_nowhere_ends_no_help():
    environment = os.environ | {VARIABLE: "/nowhere"}
    for words, code in ((["--help"], 0), (["list", "schedules"], InputError.exit_code)):
        command = [sys.executable, "-m", "surrogate", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
