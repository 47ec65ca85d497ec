"""Random words of a command line: the keys and groups of every command, with values that nobody sane would give."""

from __future__ import annotations

import random

from surrogate.config.compose import compose_tree
from surrogate.config.resources import groups
from surrogate.config.words import prepared

# What each command needs before anything else can be said of it.
NEEDED = {
    "generate": ("recipe=burgers",),
    "train": ("data=data/none",),
    "eval": ("run=runs/none",),
    "compare": ("runs=[runs/a,runs/b]",),
    "export": ("run=runs/none",),
    "predict": ("run=runs/none", "input=a.npy", "out=b.npy"),
    "solve": ("data=data/none",),
    "precondition": ("data=data/none", "out=runs/none"),
    "convert": ("input=a.pt", "format=neuraloperator"),
    "gate": ("run=runs/none", "baseline=gate.json"),
    "run": ("experiment=demo",),
}
VALUES = (
    *("null", "None", "true", "False", "", "''", '""', "~", "nan", "-inf", ".5", "-0.0", "0", "-1", "1_000", "0x10"),
    *("1" * 23, "9" * 400, "9" * 5000, "-" + "9" * 23, "1e400", "1e-400", "0." + "3" * 5000, "1e23", "2147483648"),
    *(
        "[]",
        "[4,4,4]",
        "[null]",
        "[[1],[2]]",
        "[1,2",
        "]",
        "{}",
        "{a:1}",
        "{name:fno}",
        "{name:null}",
        "{",
        "{1:{2:3}}",
    ),
    *("[" * 50 + "]" * 50, "[" * 2000, "x" * 5000, "é", "日本", "\u202e", "\x1b[31m", "a\nb", "\t", "\x00", "💥"),
    *(
        "${seed}",
        "${nope}",
        "${",
        "${}",
        "${oc.env:NOT_THERE}",
        "${oc.decode:'['}",
        "${hydra:runtime}",
        "${.}",
        "${..a}",
    ),
    *(
        "a=b",
        "a,b",
        "1,2",
        "range(3)",
        "choice(1,2)",
        "interval(0,1)",
        "glob(*)",
        "sort(3,1)",
        "str(1)",
        "int(x)",
        "f(",
    ),
    *(
        "'",
        '"',
        "\\",
        "'a",
        'a"b',
        "a b",
        "a:b",
        "/etc",
        "../..",
        "fno",
        "mgno",
        "darcy_rough",
        "default",
        "???",
        "@",
        "#",
    ),
    *(
        "_target_",
        "{_target_:os.getcwd}",
        "!!int 1",
        "&a",
        "*a",
        "|",
        ">",
        "-",
        "--",
        "$",
        "%s",
        "{0}",
        "\\x41",
        "0b1",
        "1:30",
    ),
)
PREFIXES = ("", "", "", "", "", "+", "++", "~")


def flat(node: object, prefix: str = "") -> list[str]:
    """Return the dotted keys of a tree, those of its inner nodes too."""
    if not isinstance(node, dict):
        return []
    return [name for key, held in node.items() for name in (f"{prefix}{key}", *flat(held, f"{prefix}{key}."))]


def keys(command: str) -> list[str]:
    """Return what can be said of a command: its keys, the groups, and some that are none."""
    known = flat(compose_tree(command, prepared(NEEDED[command])))
    wrong = [
        "",
        ".",
        "a..b",
        "model.",
        ".seed",
        "model/x",
        "model@x",
        "a b",
        "é",
        "hydra.run.dir",
        "_target_",
        "defaults",
    ]
    return [*known, *known, *groups(), *wrong]


def drawn(seed: int, count: int) -> list[tuple[str, tuple[str, ...]]]:
    """Return ``count`` pairs of a command and one to three random words."""
    draw = random.Random(seed)
    known = {command: keys(command) for command in NEEDED}
    made = []
    for _ in range(count):
        command = draw.choice(list(NEEDED))
        words = []
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            prefix, key = draw.choice(PREFIXES), draw.choice(known[command])
            value = draw.choice(VALUES)
            words.append(f"{prefix}{key}" if prefix == "~" and draw.random() < 0.5 else f"{prefix}{key}={value}")
        made.append((command, tuple(words)))
    return made
