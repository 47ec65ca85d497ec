"""The words of a command line before Hydra sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

from surrogate.config.compose import compose_tree, points
from surrogate.config.words import prepared
from surrogate.errors import SettingsError, UsageError

AWKWARD = [
    "~/x",
    "runs/seed=0",
    "/a/run(1)",
    "été/x",
    "2024",
    "it's",
    "a b,c",
    "[x]",
    "${y}",
    "back\\slash",
    "end\\",
    "x:y",
]


@pytest.mark.parametrize("typed", AWKWARD)
def test_a_path_arrives_as_it_was_typed(typed):
    tree = compose_tree("eval", prepared([f"run={typed}"]))
    assert tree["run"] == str(Path(typed).expanduser().absolute())


def test_a_list_of_paths_arrives_as_it_was_typed():
    assert prepared(["ensemble=[~/a,runs/seed=0]"]) == [
        f"ensemble=['{Path('~/a').expanduser()}','{Path('runs/seed=0').absolute()}']"
    ]


@pytest.mark.parametrize("word", ["hydra.run.dir=/elsewhere", "hydra.job.chdir=true", "hydra/job_logging=default"])
def test_folders_and_logs_of_hydra_are_refused(word):
    with pytest.raises(UsageError, match="switched off"):
        prepared([word])


@pytest.mark.parametrize("word", ["fast", "=3", "data="])
def test_what_is_no_key_and_value_is_refused(word):
    with pytest.raises(UsageError, match="expected"):
        prepared([word])


def test_a_sweep_is_the_product_of_its_axes_in_order():
    names = [point.name for point in points(["model=fno,mgno", "seed=0,1", "trainer.epochs=3"])]
    assert names == ["fno-seed0", "fno-seed1", "mgno-seed0", "mgno-seed1"]


@pytest.mark.parametrize(
    ("word", "right"),
    [
        ("model=mgon", "mgno"),
        ("trainer.epohs=3", "trainer.epochs"),
        ("modle=fno", "model"),
        ("optimizer=adma", "adam"),
        ("experiment=small_darcy_rogh", "small_darcy_rough"),
    ],
)
def test_a_typo_is_answered_with_the_nearest_right_name(word, right):
    with pytest.raises((UsageError, SettingsError)) as caught:
        compose_tree("train", ["data=d", word])
    assert f"'{right}'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_recipe_typo_is_answered_with_the_nearest_recipe():
    with pytest.raises(UsageError, match="'darcy_rough'"):
        compose_tree("generate", ["recipe=darcy_rogh"])
