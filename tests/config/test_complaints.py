"""Whatever value a setting is given, of whatever type and size, it is taken or refused in one line that helps."""

from __future__ import annotations

import copy
import re

import pytest

from surrogate.config.compose import compose_tree
from surrogate.config.enumerated import TYPED, values
from surrogate.config.read import read
from surrogate.config.shipped_settings import flat
from surrogate.config.words import prepared
from surrogate.errors import SurrogateError
from surrogate.interface.typed_settings import generate_settings, train_settings

SETTINGS = [
    ("train", ("data=d", "model=mgno")),
    ("train", ("data=d", "model=deeponet", "physics=residual", "schedule=step")),
    ("generate", ("recipe=poisson_mixed", "cluster=slurm")),
    ("generate", ("recipe=navier_stokes",)),
    ("eval", ("run=r", "suite=cost")),
    ("eval", ("run=r", "suite=generalisation")),
    ("predict", ("run=r", "input=a", "out=b")),
    ("export", ("run=r",)),
    ("compare", ("runs=[a,b]",)),
    ("solve", ("run=r",)),
    ("precondition", ("data=d", "out=o")),
    ("convert", ("input=a",)),
    ("gate", ("run=r", "baseline=b")),
]
VALUES = ("higgh", 1.5, 3, -1, 0, 1e30, True, [1], ["a"], {"a": 1}, None, "", 10**12, float("nan"))
# What another's library says, or Python's own way to write a value.
FOREIGN = re.compile(r"pydantic|Input should|String should|type=|got (True|False|None)\b|1e\+09|\n")


def typed(command, tree):
    """Return a composed tree as settings."""
    own = {"train": train_settings, "generate": generate_settings}
    if command in own:
        return own[command](tree)
    module, _, name = TYPED[command].partition(":")
    return read(getattr(__import__(f"surrogate.{module}", fromlist=[name]), name), tree)


def refusals(command, words, share):
    """Give key, value and the line that refuses it, for a share of the settings."""
    tree = compose_tree(command, prepared(list(words)))
    # A path is always text, as words are read.
    keys = [key for key, _ in flat(tree) if key != "inputs"]
    for key in keys[:: round(1 / share)]:
        for value in VALUES:
            changed = copy.deepcopy(tree)
            *holders, last = key.split(".")
            node = changed
            for holder in holders:
                node = node[holder]
            node[last] = value
            try:
                typed(command, changed)
            except SurrogateError as error:
                yield tree, key, value, str(error)


def odd(command, tree, key, value, line):
    """Whether a line says what no user would, or suggests what was not nearly typed."""
    suggested = re.findall(r"'([^']+)'", line.partition("did you mean ")[2])
    few = values(command, key, tree)
    guessed = bool(suggested) and (not isinstance(value, str) or (few and not set(suggested) <= set(few)))
    return bool(FOREIGN.search(line) or guessed or len(line) > 500)


def strange(command, words, share):
    every = list(refusals(command, words, share))
    assert every
    return [line for tree, key, value, line in every if odd(command, tree, key, value, line)]


@pytest.mark.parametrize(("command", "words"), SETTINGS)
def test_a_value_that_does_not_fit_is_refused_in_a_line_that_helps(command, words):
    assert strange(command, words, 0.25) == []


@pytest.mark.slow
@pytest.mark.parametrize(("command", "words"), SETTINGS)
def test_so_it_is_for_every_setting(command, words):
    assert strange(command, words, 1.0) == []


def slips(word):
    """Give a word with two letters exchanged, one left out, one twice, its capitals, and its dashes."""
    middle = len(word) // 2
    yield from (word[:middle] + word[middle + 1 :], word[:middle] + word[middle] + word[middle:], word.upper())
    yield word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]


@pytest.mark.parametrize(("command", "words"), [SETTINGS[0], *SETTINGS[6:]])
def test_a_slip_in_a_name_of_few_is_answered_with_the_name(command, words):
    tree = compose_tree(command, prepared(list(words)))
    lost = []
    for key, _ in flat(tree):
        names = [one for one in values(command, key, tree) if len(one) > 5 and one.isidentifier()]
        for wrong in slips(names[-1]) if names and key not in ("format", "metrics", "trainer.trackers") else ():
            *holders, last = key.split(".")
            changed = copy.deepcopy(tree)
            node = changed
            for holder in holders:
                node = node[holder]
            node[last] = wrong
            with pytest.raises(SurrogateError) as caught:
                typed(command, changed)
            lost += [] if f"'{names[-1]}'" in str(caught.value) else [f"{key}={wrong}: {caught.value}"]
    assert lost == []
