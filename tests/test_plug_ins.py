"""What an installed package declares can be named as what is ours can."""

import subprocess
import sys

import pytest

from surrogate import plug_ins
from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.errors import SettingsError, UsageError
from surrogate.registry import LOSSES, SCHEDULES
from surrogate.training.schedule import Moment, factor
from surrogate.training.training_settings import TrainConfig

HALVING = '''
"""Half the rate, always."""

from surrogate import registry


class Settings(registry.Settings):
    divisor: float


def factor(settings, moment):
    return 1 / settings.divisor
'''


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a package with one module and its entry points into a folder of its own, where Python looks."""

    def make(package, points, source=HALVING, **yamls):
        folder = tmp_path / package
        inside, about = folder / package, folder / f"{package}-1.0.dist-info"
        inside.mkdir(parents=True)
        about.mkdir()
        (inside / "__init__.py").write_text("")
        (inside / "code.py").write_text(source)
        for name, text in yamls.items():
            (inside / f"{name}.yaml").write_text(text)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"[{group}]\n{name} = {value}\n" for (group, name), value in points.items()]
        (about / "entry_points.txt").write_text("\n".join(lines))
        monkeypatch.syspath_prepend(folder)
        plug_ins._declared.cache_clear()
        return folder

    yield make
    plug_ins._declared.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] in ("halving_pack", "other_pack")]:
        del sys.modules[name]


SCHEDULE = {("surrogate.schedules", "halving"): "halving_pack.code"}


def test_a_name_is_that_of_an_installed_module(install):
    install("halving_pack", SCHEDULE)
    assert "halving" in SCHEDULES
    assert "halving" in SCHEDULES.names()
    settings = SCHEDULES.read({"name": "halving", "divisor": 2.0})
    assert factor(settings, Moment(0, 1, 1)) == 0.5


def test_its_yaml_is_a_choice_of_the_group(install):
    install("halving_pack", SCHEDULE, halving="name: halving\ndivisor: 4.0\n")
    tree = compose_tree("train", ["data=d", "out=r", "schedule=halving", "schedule.divisor=8.0"])
    assert tree["schedule"] == {"name": "halving", "divisor": 8.0}
    assert (
        read(TrainConfig, {key: tree[key] for key in TrainConfig.model_fields if key in tree}).schedule.divisor == 8.0
    )
    with pytest.raises(
        UsageError, match=r"schedule\.divisr: there is no such setting; did you mean 'schedule\.divisor'"
    ):
        compose_tree("train", ["data=d", "out=r", "schedule=halving", "schedule.divisr=8.0"])
    with pytest.raises(UsageError, match="there is no schedule 'halvin'; did you mean 'halving'"):
        compose_tree("train", ["data=d", "out=r", "schedule=halvin"])


def test_without_a_yaml_it_has_its_name_alone(install):
    install("halving_pack", SCHEDULE)
    assert compose_tree("train", ["data=d", "out=r", "schedule=halving"])["schedule"] == {"name": "halving"}


def test_a_name_that_two_packages_declare_is_refused(install):
    for package in ("halving_pack", "other_pack"):
        install(package, {("surrogate.schedules", "halving"): f"{package}.code"})
    with pytest.raises(
        SettingsError, match=r"'halving': several packages declare it .*halving_pack 1\.0.*other_pack 1\.0"
    ):
        SCHEDULES.module("halving")
    with pytest.raises(SettingsError, match="several packages"):
        compose_tree("train", ["data=d", "out=r", "schedule=halving"])


def test_what_is_ours_stays_ours(install):
    install("halving_pack", {("surrogate.schedules", "cosine"): "halving_pack.code"})
    assert SCHEDULES.module("cosine").__name__ == "surrogate.training.schedules.cosine"


@pytest.mark.parametrize(
    ("value", "source", "line"),
    [
        ("absent_pack.code", HALVING, "'halving' of the package halving_pack 1.0: expected a module"),
        ("halving_pack.code:factor", HALVING, "expected a module in its entry point of surrogate.schedules"),
        ("halving_pack.code", "1 / 0", "halving_pack.code cannot be imported: ZeroDivisionError"),
        ("halving_pack.code", "", "schedule 'halving': its module has no class Settings"),
    ],
)
def test_a_module_that_cannot_be_had_is_one_line(install, value, source, line):
    install("halving_pack", {("surrogate.schedules", "halving"): value}, source)
    with pytest.raises(SettingsError, match=line.replace("(", r"\(")):
        SCHEDULES.read({"name": "halving", "divisor": 2.0})


def test_a_name_is_never_a_path_into_code():
    for name in ("os.path", "surrogate.training.losses.mse", "../mse", "_norm", "__init__"):
        with pytest.raises(SettingsError, match="there is no loss"):
            LOSSES.module(name)


def test_packages_are_looked_through_only_for_names_that_are_not_ours():
    script = (
        "from surrogate import plug_ins; from surrogate.config.compose import compose_tree;"
        "from surrogate.registry import SCHEDULES; SCHEDULES.module('cosine'); import surrogate.cli.app;"
        "compose_tree('train', ['data=d', 'out=r', 'model=mgno']);"
        "import sys; sys.exit(plug_ins._declared.cache_info().misses)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_list_says_whose_a_name_is(install, capsys):
    from surrogate.cli.listing import listing

    install("halving_pack", SCHEDULE | {("surrogate.schedules", "cosine"): "halving_pack.code"})
    listing("schedules")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines if "halving" in line.split()[0]] == [
        ["halving", "Half", "the", "rate,", "always.", "(halving_pack", "1.0)"]
    ]
    assert any("not used: halving_pack 1.0 declares it, and the name is ours" in line for line in lines)
