"""Whatever is mistyped is answered in one line with what was meant, and what is suggested is accepted."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from surrogate.config.compose import compose_tree
from surrogate.config.known import known
from surrogate.config.read import read
from surrogate.config.resources import groups
from surrogate.config.suggest import no_such_setting
from surrogate.config.words import prepared
from surrogate.datasets.conversion_settings import ConvertConfig
from surrogate.errors import SurrogateError
from surrogate.evaluation.compare.comparison_settings import CompareConfig
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.gate.gate_settings import GateConfig
from surrogate.evaluation.prediction_settings import PredictConfig
from surrogate.exporters._export_settings import ExportConfig
from surrogate.interface.typed_settings import generate_settings, train_settings
from surrogate.solve.solve_settings import PreconditionConfig, SolveConfig

SETTINGS = {
    "eval": EvalConfig,
    "export": ExportConfig,
    "predict": PredictConfig,
    "solve": SolveConfig,
    "precondition": PreconditionConfig,
    "compare": CompareConfig,
    "convert": ConvertConfig,
    "gate": GateConfig,
}
MOST_LETTERS = 6 * 80


def rows(name: str) -> list[tuple[str, tuple[str, ...], str, str]]:
    """Return the command, the words that go with it, the mistake, and what is right, of every line of a table."""
    mistakes = []
    for line in (Path(__file__).parent / name).read_text().splitlines()[1:]:
        command_line, wrong, right = (part.strip() for part in line.split("|"))
        command, *words = command_line.split()
        mistakes.append((command, (*words, *(["data=d"] if command == "train" else [])), wrong, right))
    return mistakes


KEYS, VALUES = rows("mistaken_keys.txt"), rows("mistaken_values.txt")


def typed(command: str, words: tuple[str, ...]):
    """Compose and read what a command reads, without doing it."""
    from surrogate.cli.run import stages

    if command == "run":
        trees = stages(words, None)
        read(EvalConfig, trees["eval"])
        read(ExportConfig, trees["export"])
        return train_settings(trees["train"]), generate_settings(trees["generate"])
    tree = compose_tree(command, prepared(words))
    if command in ("train", "generate"):
        return {"train": train_settings, "generate": generate_settings}[command](tree)
    return read(SETTINGS[command], tree)


def refusal(command: str, *words: str) -> str:
    with pytest.raises(SurrogateError) as caught:
        typed(command, words)
    return str(caught.value)


def suggested(line: str) -> list[str]:
    suggestion = line.partition("did you mean ")[2]
    return re.findall(r"'([^']+)'", suggestion)


def key_of(word: str) -> str:
    return word.partition("=")[0]


@pytest.mark.parametrize(("command", "words", "wrong", "right"), KEYS)
def test_a_wrong_key_is_answered_with_the_right_one_first(command, words, wrong, right):
    line = no_such_setting(command, key_of(wrong), words, None)
    assert suggested(line)[:1] == [key_of(right)], line


@pytest.mark.parametrize(("command", "words", "wrong", "right"), KEYS)
def test_whatever_is_suggested_for_a_key_is_taken_by_the_command_and_was_not_typed(command, words, wrong, right):
    line = no_such_setting(command, key_of(wrong), words, None)
    assert set(suggested(line)) <= set(known(command, words).keys) - {key_of(wrong)}
    assert "\n" not in line
    assert len(line) <= MOST_LETTERS


@pytest.mark.parametrize(("command", "words", "wrong", "right"), KEYS[::12])
def test_the_command_says_what_the_table_says(command, words, wrong, right):
    assert refusal(command, *words, wrong) == no_such_setting(command, key_of(wrong), words, None)


def test_every_right_word_is_accepted():
    chosen = set(groups()) - {"loss", "optimizer", "schedule"}
    together = defaultdict(list)
    for command, words, _, right in KEYS + VALUES:
        batches = together[command, words]
        # A key once in a batch; the choice of a group says which keys there are, so that it has one of its own.
        alone = key_of(right).rpartition(".")[2] in chosen or not words
        free = [batch for batch in batches if not alone and key_of(right) not in map(key_of, batch)]
        if free:
            free[0].append(right)
        elif [right] not in batches:
            batches.append([right])
    for (command, words), batches in together.items():
        for batch in batches:
            typed(command, (*words, *batch))


@pytest.mark.parametrize(("command", "words", "wrong", "right"), VALUES)
def test_a_wrong_value_is_answered_with_the_right_one(command, words, wrong, right):
    line = refusal(command, *words, wrong)
    assert right.partition("=")[2] in suggested(line), line
    assert "\n" not in line
    assert len(line) <= MOST_LETTERS
