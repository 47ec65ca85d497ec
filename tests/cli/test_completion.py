"""A tab key in a real shell: what is typed becomes the word that was meant, whatever the shell takes words apart at."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer

from surrogate.cli import completion
from surrogate.cli.app import app

ROOT = Path(__file__).resolve().parent.parent.parent

# How each shell starts without a user's own files, and how it is told to show its line between <| and |> on Ctrl-G.
SHELLS = {
    "bash": (
        ("bash", "--norc", "--noprofile", "-i"),
        "set +o history; PS1='$ '; bind 'set enable-bracketed-paste off';"
        """bind -x '"\\C-g": printf "<|%s|>" "$READLINE_LINE"'""",
    ),
    "zsh": (
        ("zsh", "-f", "-i"),
        "PS1='$ '; autoload -Uz compinit; compinit -u -D; shown() { print -rn -- \"<|$BUFFER|>\" };"
        " zle -N shown; bindkey '^G' shown",
    ),
    "fish": (("fish", "--no-config", "-i"), "bind \\cg 'printf \"<|%s|>\" (commandline)'"),
}
# What is typed before the tab key, and the line after it.
TYPED = [
    ("surrogate gen", "surrogate generate "),
    ("surrogate train model=mg", "surrogate train model=mgno "),
    ("surrogate train trainer.ep", "surrogate train trainer.epochs="),
    ("surrogate train model=mgno model.restrict=da", "surrogate train model=mgno model.restrict=data "),
    ("surrogate train data=my", "surrogate train data=my\\ data "),
    ("surrogate eval runs/a", "surrogate eval runs/a:b "),
    ("surrogate train trainer.augment=t", "surrogate train trainer.augment=true "),
    ("surrogate generate darcy_ro", "surrogate generate darcy_rough "),
    ("surrogate nix ru", "surrogate nix ru"),
]


class Shell:
    """A shell at a terminal of its own."""

    def __init__(self, name: str, folder: Path, environment: dict[str, str]) -> None:
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(SHELLS[name][0][0], SHELLS[name][0], environment)

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def read(self, until: str, seconds: float = 60.0) -> str:
        """Return what it writes up to ``until``, a regular expression, and as much as there is by then."""
        text, end = "", time.monotonic() + seconds
        while time.monotonic() < end and not re.search(until, text):
            if select.select([self.terminal], [], [], 0.1)[0]:
                text += os.read(self.terminal, 65536).decode(errors="replace")
        return text

    def close(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a data set and a run whose names a shell stumbles over, and `surrogate` on the path."""
    folder = tmp_path_factory.mktemp("place")
    for name, mark in (("my data", "manifest.json"), ("runs/a:b", "run.json")):
        (folder / name).mkdir(parents=True)
        (folder / name / mark).touch()
    command = folder / "bin" / "surrogate"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m surrogate "$@"\n')
    command.chmod(0o755)
    return folder


def environment(folder: Path) -> dict[str, str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    own = {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(folder / "home"), "TERM": "dumb", "COLUMNS": "400"}
    return {"LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"} | own


@pytest.fixture(
    scope="module", params=["bash", *(pytest.param(one, marks=pytest.mark.slow) for one in ("zsh", "fish"))]
)
def shell(request, place):
    name = request.param
    if shutil.which(name) is None:
        pytest.skip(f"there is no {name} here")
    (place / f"completion.{name}").write_text(completion.script(name))
    with opened(name, place, f"source completion.{name}") as one:
        yield one


@contextmanager
def opened(name, place, first):
    """Give a shell that has done what comes first, and shows its prompt."""
    one = Shell(name, place, environment(place))
    try:
        before, after = (first, SHELLS[name][1]) if first.startswith("fpath") else (SHELLS[name][1], first)
        one.type(f"{before}\n{after}; echo rea''dy\n")
        # Behind the word comes a prompt; zsh reads keys itself from the mark on, which it makes behind that.
        assert "ready" in one.read(r"ready\s[\s\S]*" + (r"\x1b\[\?2004h" if name == "zsh" else "[$#>] "))
        yield one
    finally:
        one.close()


@pytest.mark.parametrize(("typed", "line"), TYPED)
def test_a_tab_key_ends_the_word(shell, typed, line):
    shell.type(f"{typed}\t\x07\x15")  # the tab key, what the line is now, the line away
    shown = shell.read(r"<\|.*\|>")
    assert re.findall(r"<\|(.*?)\|>", shown) == [line], shown


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh here")
def test_zsh_finds_what_is_installed_by_its_name_at_every_tab(place):
    (place / "functions").mkdir()
    (place / "functions" / "_surrogate").write_text(completion.script("zsh"))
    with opened("zsh", place, f"fpath+={place}/functions") as shell:
        for typed, line in TYPED[1:4]:
            test_a_tab_key_ends_the_word(shell, typed, line)


def completed(line: str, folder: Path, shell: str = "fish") -> subprocess.CompletedProcess[str]:
    """Ask as a shell does."""
    asked_for = {"_SURROGATE_COMPLETE": f"complete_{shell}", "_SURROGATE_LINE": line, "_SURROGATE_BREAKS": " =:"}
    code = (
        "from surrogate.cli.app import main\ntry:\n main()\nfinally:\n import sys; print(*sys.modules, file=sys.stderr)"
    )
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment(folder) | asked_for,
    )


def test_nothing_slow_is_imported_for_it_and_nothing_is_written(place):
    before = sorted(place.rglob("*"))
    done = completed("surrogate train model=mgno model.restrict=", place)
    assert done.stdout.split() == ["model.restrict=data", "model.restrict=residual"]
    assert {"torch", "numpy", "hydra", "pydantic", "h5py", "rich.markdown", "rich.progress"}.isdisjoint(
        done.stderr.split()
    )
    assert sorted(place.rglob("*")) == before


STRANGE = [
    "surrogate 'a",
    "surrogate train =",
    "surrogate train a..b=",
    "surrogate train \x1b[",
    "surrogate nix x",
    "surrogate train data=/nix/",
    "surrogate train data=~nix/",
    "surrogate run nix x",
]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_line_that_means_nothing_is_answered_by_nothing(place, monkeypatch, capsys, shell):
    monkeypatch.chdir(place)
    monkeypatch.setenv("_SURROGATE_COMPLETE", f"complete_{shell}")
    monkeypatch.setattr(sys, "argv", ["surrogate"])
    for line in STRANGE:
        monkeypatch.setenv("_SURROGATE_LINE", line)
        command = typer.main.get_command(app)
        completion.prepare()
        with pytest.raises(SystemExit) as ended:
            command(prog_name="surrogate", standalone_mode=False)
        assert (ended.value.code, *capsys.readouterr()) == (0, "\n", ""), line
