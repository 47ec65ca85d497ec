"""Laws of settings said in Python: they are the words of the command line, and Hydra is left as it was found."""

from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir, version
from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.words import prepared
from surrogate.errors import UsageError


def composed(command, **settings):
    return compose_tree(command, words_of(command, settings))


def test_keywords_compose_what_the_words_of_the_command_line_do():
    words = ["data=data/x", "model=mgno", "model.levels=4", "trainer.epochs=60", "optimizer.lr=1e-5", "seed=3"]
    tree = composed("train", data=Path("data/x"), model="mgno", **{"model.levels": 4}, epochs=60, lr=1e-5, seed=3)
    assert tree == compose_tree("train", prepared(words))


@pytest.mark.parametrize(
    "same",
    [
        {"trainer": {"epochs": 7, "augment": True}, "model": {"name": "mgno", "pre_smoothing": (1, 2)}},
        {"trainer.epochs": 7, "trainer.augment": True, "model": "mgno", "model.pre_smoothing": [1, 2]},
        {"epochs": np.int64(7), "trainer.augment": np.bool_(True), "model": "mgno", "model.pre_smoothing": [1, 2]},
    ],
)
def test_nested_dictionaries_dotted_keys_and_short_names_say_the_same(same):
    words = ["data=x", "model=mgno", "model.pre_smoothing=[1,2]", "trainer.epochs=7", "trainer.augment=true"]
    assert composed("train", data="x", **same) == compose_tree("train", prepared(words))


@pytest.mark.parametrize("path", ["a b,c=[d", "it's", "${seed}", "été/x", "~/x", "back\\slash"])
def test_any_path_is_taken_as_it_is_written(path):
    assert composed("train", data="x", out=path)["out"] == str(Path(path).expanduser().absolute())
    assert composed("compare", runs=[path, "b"])["runs"][0] == str(Path(path).expanduser().absolute())


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"epoch": 3}, "did you mean 'trainer.epochs'"),
        ({"model": "mgnoo"}, "did you mean 'mgno'"),
        ({"optimizer": {"lrr": 1e-3}}, "did you mean 'optimizer.lr'"),
        ({"seed": object()}, "seed: expected a number"),
        ({"epochs": 3, "trainer": {"epochs": 4}}, "given twice"),
    ],
)
def test_a_setting_that_cannot_be_is_an_exception_with_the_nearest_that_can(settings, says):
    with pytest.raises(UsageError, match=says):
        composed("train", data="x", **settings)


def test_a_program_that_uses_hydra_itself_finds_its_own_unchanged(tmp_path):
    (tmp_path / "mine.yaml").write_text("a: 1\n")
    store = ConfigStore.instance()
    store.store(group="recipe", name="mine", node={"b": 2})
    group = store.repo["recipe"]
    try:
        with initialize_config_dir(str(tmp_path), version_base="1.2"):
            mine, hydra, base = GlobalHydra.instance(), GlobalHydra.instance().hydra, version.getbase()
            assert composed("generate", recipe="burgers")["name"] == "burgers"
            with pytest.raises(UsageError, match="burgers"):
                composed("generate", recipe="burgerz")
            assert GlobalHydra.instance() is mine
            assert mine.hydra is hydra
            assert version.getbase() == base
            assert store.repo["recipe"] is group
            assert compose("mine") == {"a": 1}
    finally:
        del store.repo["recipe"]
