"""Laws of the words of a command line: whatever they are, settings or one line, and no file they name costs more."""

import os
import signal

import pytest

from surrogate.cli import run
from surrogate.config.compose import compose_tree, points
from surrogate.config.read import read
from surrogate.config.words import prepared
from surrogate.datasets.conversion_settings import ConvertConfig
from surrogate.errors import InputError, SurrogateError, UsageError
from surrogate.evaluation.compare.comparison_settings import CompareConfig
from surrogate.evaluation.evaluation_settings import EvalConfig
from surrogate.evaluation.gate.gate_settings import GateConfig
from surrogate.evaluation.prediction_settings import PredictConfig
from surrogate.exporters._export_settings import ExportConfig
from surrogate.interface.typed_settings import generate_settings, train_settings
from surrogate.solve.solve_settings import PreconditionConfig, SolveConfig

from .overrides import NEEDED, drawn

CLASSES = {
    "eval": EvalConfig,
    "compare": CompareConfig,
    "export": ExportConfig,
    "predict": PredictConfig,
    "solve": SolveConfig,
    "precondition": PreconditionConfig,
    "convert": ConvertConfig,
    "gate": GateConfig,
}


def settle(command, words):
    """Do with the words what the command does before its work begins."""
    overrides = [*NEEDED[command], *words]
    if command == "run":
        trees = run.stages(overrides, None)
        train_settings(trees["train"])
        generate_settings(trees["generate"])
        read(EvalConfig, trees["eval"])
        read(ExportConfig, trees["export"])
        return
    tree = compose_tree(command, prepared(overrides))
    if command in CLASSES:
        read(CLASSES[command], tree)
    else:
        {"train": train_settings, "generate": generate_settings}[command](tree)


def refused(command, words):
    """Return the line that refuses the words, None where they are taken; anything else than a line of ours fails."""
    try:
        settle(command, words)
    except SurrogateError as error:
        line = str(error)
    else:
        return None
    assert "\n" not in line
    assert len(line) <= 1000
    return line


def test_sixty_random_words_are_settings_or_one_line():
    assert sum(refused(*overrides) is not None for overrides in drawn(0, 60)) > 30


@pytest.mark.slow
def test_two_thousand_random_words_are_settings_or_one_line():
    assert sum(refused(*overrides) is not None for overrides in drawn(1, 2000)) > 1000


@pytest.mark.parametrize(
    ("command", "word", "says"),
    [
        ("train", "model=null", "there is no model 'null'; known: deeponet, fno"),
        ("train", "optimizer=1_000", "there is no optimizer '1_000'"),
        ("eval", "suite=-0.0", "there is no suite '-0.0'"),
        ("train", "schedule=[4,4,4]", "there is no schedule '[4,4,4]'"),
        ("train", "physics=[4,4,4]", "there is no physics '[4,4,4]'"),
        ("generate", f"equation.refine={'1' * 23}", "equation"),
        ("generate", f"seed={'9' * 5000}", "a number of 5,000 digits"),
        ("train", f"task={'x' * 5000}", "task: expected"),
        ("train", f"optimizer.lr={'[' * 50}{']' * 50}", "50 brackets within each other"),
        ("train", "++hydra.run.dir=/tmp/x", "Hydra's own folders"),
        ("train", "+hydra.callbacks.a._target_=os.getcwd", "Hydra's own folders"),
        ("precondition", "+model@x=${.}", "cannot be put together as settings"),
        ("run", "export=5", "export: expected settings such as export.KEY=VALUE"),
    ],
)
def test_a_word_that_stopped_a_command_with_a_traceback_is_named_in_a_line(command, word, says):
    assert says in refused(command, [word])


def test_a_word_that_a_sweep_cannot_read_is_named():
    with pytest.raises(UsageError, match="5,000 digits"):
        points(["seed=" + "9" * 5000])


def file_of(folder, name, text):
    (folder / "experiment").mkdir(exist_ok=True)
    (folder / "experiment" / f"{name}.yaml").write_text(f"# @package _global_\n{text}\n", encoding="utf-8")
    return ["data=data/none", f"experiment={name}"]


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} [{', '.join(['*' + chr(97 + level)] * 9)}]\n" for level in range(9)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [(BOMB, "anchors and aliases"), ("seed: " + "[" * 3000 + "]" * 3000, "20 levels"), ("- 1", "expected settings")],
)
def test_a_file_of_a_user_that_costs_more_than_settings_is_refused_before_omegaconf_reads_it(tmp_path, text, says):
    words = file_of(tmp_path, "mine", text)
    signal.signal(signal.SIGALRM, lambda *_: pytest.fail("it takes minutes"))
    signal.alarm(20)
    with pytest.raises(InputError, match=says):
        compose_tree("train", prepared(words), tmp_path)
    signal.alarm(0)


def test_a_pipe_among_a_users_files_is_no_choice(tmp_path):
    words = file_of(tmp_path, "mine", "seed: 1")
    os.mkfifo(tmp_path / "experiment" / "pipe.yaml")
    with pytest.raises(UsageError, match="there is no experiment 'pipe'"):
        compose_tree("train", prepared([words[0], "experiment=pipe"]), tmp_path)


def test_a_folder_of_a_user_may_have_any_name(tmp_path):
    folder = tmp_path / "a folder, [é] = 'mine'"
    folder.mkdir()
    words = file_of(folder, "mine", "seed: 7")
    assert compose_tree("train", prepared(words), folder)["seed"] == 7


def test_a_folder_of_a_user_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="there is no such folder of settings"):
        compose_tree("train", prepared(["data=data/none"]), tmp_path / "none")
