"""One sample is solved before the others: what a recipe cannot hold on its grid is said before anything is made."""

import re

import pytest

from surrogate.config.compose import compose_tree
from surrogate.config.read import read
from surrogate.datasets.dataset import open_dataset
from surrogate.datasets.generation import generate
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.pilot import refuse_in_vain
from surrogate.datasets.samples import header_of
from surrogate.errors import SettingsError, Stopped

# Fronts on so few nodes that their recipe's limits cannot hold.
COARSE = ("recipe=fisher", "grid=16", "equation.resolution=16", "equation.frames=3", "equation.tolerance=0.5")
COUNTS = ("count.train=3", "count.valid=1", "count.test=1", "certificate.samples=2")


def settings(out, *words):
    return read(GenerateConfig, compose_tree("generate", [*COARSE, *COUNTS, *words]) | {"out": str(out)})


def finish(config):
    for _ in generate(config, lambda: False):
        pass
    return open_dataset(config.out)


@pytest.fixture(scope="module")
def refusal(tmp_path_factory):
    """What is said of limits that cannot hold, and the folder."""
    out = tmp_path_factory.mktemp("coarse") / "data"
    with pytest.raises(SettingsError) as error:
        finish(settings(out))
    return str(error.value), out


def test_a_recipe_whose_limits_cannot_hold_is_refused_before_anything_is_written(refusal):
    message, out = refusal
    assert re.search(r"grid of 16 .*floor \S+e-\d+, at most 1\.0e-06", message)
    assert not out.exists()


def test_the_limits_that_a_refusal_names_are_held(refusal, tmp_path):
    words = re.findall(r"certificate\.\w+=[\d.]+e-?\d+", refusal[0])
    assert words
    assert finish(settings(tmp_path / "data", *words)).certificate.status == "passed"


def test_without_a_pilot_the_data_are_made_and_their_certificate_fails(tmp_path):
    assert finish(settings(tmp_path / "data", "pilot=false")).certificate.status == "failed"


def test_a_pilot_changes_no_byte(tmp_path, hashes):
    free = ("certificate.floor=1", "certificate.second=1", "certificate.drift=1")
    with_one, without = (tmp_path / name for name in ("with", "without"))
    finish(settings(with_one, *free))
    finish(settings(without, *free, "pilot=false"))
    assert hashes(with_one) == hashes(without)


def test_the_certificate_solves_nothing_again_that_the_pilot_solved(tmp_path, monkeypatch):
    config = settings(tmp_path / "data", "certificate.floor=1", "certificate.second=1", "certificate.drift=1")
    solved = {}
    refuse_in_vain(config, header_of(config), solved, lambda: False)
    monkeypatch.setattr(
        "surrogate.datasets.generation.refuse_in_vain", lambda config, header, empty, stop: empty.update(solved)
    )
    known = dict(solved)
    poisoned = {key: (states * float("nan"), work) for key, (states, work) in known.items()}
    solved.update(poisoned)
    # Had the certificate solved the sample again, its figures were finite.
    assert finish(config).certificate.label_error is None


def test_settings_that_solve_nothing_are_refused_before_anything_is_written(tmp_path):
    config = settings(tmp_path / "data", "equation.tolerance=1e-17")
    with pytest.raises(SettingsError, match=r"train sample \d is not solved with any of \d settings"):
        finish(config)
    assert not config.out.exists()


def test_a_pilot_can_be_stopped(tmp_path):
    config = settings(tmp_path / "data")
    with pytest.raises(Stopped, match="nothing was written"):
        for _ in generate(config, lambda: True):
            pass
    assert not config.out.exists()


def test_what_asks_for_no_certificate_has_no_pilot(tmp_path):
    assert finish(settings(tmp_path / "data", "certificate.samples=0")).certificate.status == "none"


@pytest.mark.parametrize("name", ["plucked_string", "wave_1d"])
def test_waves_with_kinks_hold_on_their_own_grid_what_their_recipe_promises(tmp_path, name):
    config = read(GenerateConfig, compose_tree("generate", [f"recipe={name}"]) | {"out": str(tmp_path / "data")})
    solved = {}
    refuse_in_vain(config, header_of(config), solved, lambda: False)
    assert solved
