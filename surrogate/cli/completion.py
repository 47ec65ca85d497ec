"""Completion in bash, zsh and fish: `surrogate --install-completion`. It answers a shell: with offers, or with nothing.

A shell hands over the line as it was typed. Bash takes a word apart at ``=`` and ``:``: what it gets is cut to fit.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Any

import typer
from typer._click.core import ParameterSource
from typer._click.shell_completion import (
    CompletionItem,
    ShellComplete,
    _resolve_incomplete,
    add_completion_class,
    split_arg_string,
)
from typer._completion_shared import _completion_scripts

from surrogate.cli import plugged
from surrogate.errors import SurrogateError

# An offer that ends so is gone on with; after any other a blank follows.
_OPEN = (".", "=", "/", "[", ",")
_QUIET: dict[str, Any] = {"resilient_parsing": True, "help_option_names": ["-h", "--help"]}
_SPECIAL = re.compile(r"([\s\\'\"`$&|;<>()\[\]{}*?!#~])")

_BASH = """
%(complete_func)s() {
    local IFS=$'\\n'
    mapfile -t COMPREPLY < <(env %(autocomplete_var)s=complete_bash _SURROGATE_LINE="${COMP_LINE:0:COMP_POINT}" \\
        _SURROGATE_BREAKS="$COMP_WORDBREAKS" "$1" 2>/dev/null)
    [[ -n "${COMPREPLY[0]}" ]] || COMPREPLY=()
}
complete -o nospace -o nosort -F %(complete_func)s %(prog_name)s
"""
_ZSH = """
#compdef %(prog_name)s
%(complete_func)s() {
    local line word
    local -a final final_shown open open_shown
    for line in "${(@f)$(env %(autocomplete_var)s=complete_zsh \\
            _SURROGATE_LINE="${(j: :)words[1,CURRENT-1]} $PREFIX" ${words[1]} 2>/dev/null)}"; do
        [[ -z "$line" ]] && continue
        word="${line%%%%$'\\t'*}"
        if [[ "$word" == *[./=,\\[] ]]; then
            open+=("$word"); open_shown+=("${line//$'\\t'/  -- }")
        else
            final+=("$word"); final_shown+=("${line//$'\\t'/  -- }")
        fi
    done
    (( $#final )) && compadd -V final -l -d final_shown -a final
    (( $#open )) && compadd -V open -l -S '' -d open_shown -a open
}
if [[ "$funcstack[1]" == _%(prog_name)s ]]; then  # zsh has found it by its name, and calls it at every tab
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""
_FISH = """
complete --command %(prog_name)s --erase
complete --command %(prog_name)s --no-files --keep-order --arguments \
"(env %(autocomplete_var)s=complete_fish _SURROGATE_LINE=(commandline -cp | string collect) %(prog_name)s 2>/dev/null)"
"""


def words(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return what may stand among the settings of a command."""
    from surrogate.config.nouns import NOUNS
    from surrogate.config.offers import offers

    # `data convert` is convert among the settings, `data check` data_check, `gate check` gate.
    path = context.command_path.split()[1:]
    command = next((name for name in ("_".join(path), path[-1], path[0]) if name in NOUNS), path[-1])
    typed = [str(word) for word in context.params.get("words") or ()]
    folder = Path(context.params["config_dir"]) if context.params.get("config_dir") else None
    return [(one.text, one.about) for one in offers(command, typed, incomplete, folder)]


def paths(context: typer.Context, incomplete: str) -> list[str]:
    """Return what of ours, or what else, lies at a path that is begun."""
    from surrogate.config.offers import things
    from surrogate.kinds import DATASET, EXPORTED, PRECONDITIONER, RUN

    kinds = [DATASET] if context.info_name == "verify" else [DATASET, RUN, PRECONDITIONER, EXPORTED]
    return things(kinds, incomplete)


def anything(incomplete: str) -> list[str]:
    """Return the files and folders at a path that is begun."""
    from surrogate.config.offers import things

    return things([], incomplete)


class _Complete(ShellComplete):
    """What the three have in common."""

    def source_vars(self) -> dict[str, Any]:
        return {"complete_func": self.func_name, "autocomplete_var": self.complete_var, "prog_name": self.prog_name}

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ.get("_SURROGATE_LINE", "")
        typed = split_arg_string(line)
        begun = bool(typed) and (not line[-1:].isspace() or line.endswith("\\ "))
        return (typed[1:-1], typed[-1]) if begun and len(typed) > 1 else (typed[1:], "")

    def complete(self) -> str:
        try:
            given, incomplete = self.get_completion_args()
            folders, args = plugged.words(given)
            with contextlib.suppress(SurrogateError):
                plugged.open_folders(folders)  # lists names, and runs nothing
            items = [one for one in self.get_completions(args, incomplete) if str(one.value).startswith(incomplete)]
            return "\n".join(map(self.format_completion, items))
        except Exception:  # a shell waits: whatever is wrong with the line, the command itself will say it
            return ""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem]:
        """Return what may stand next; no word is converted, for which typer imports pydantic: half the time."""
        context = self.cli.context_class(self.cli, info_name=self.prog_name, **_QUIET)
        while inside := getattr(context.command, "commands", None):
            name = next((word for word in args if not word.startswith("-")), None)
            if name is None:
                break
            if name not in inside:
                return []
            args = args[args.index(name) + 1 :]
            context = inside[name].context_class(inside[name], info_name=name, parent=context, **_QUIET)
        parser = context.command.make_parser(context)
        read, _, _ = parser.parse_args(args=[*args])
        context._opt_prefixes.update(parser._opt_prefixes)
        for name, value in read.items():
            context.params[name] = value
            if value:
                context.set_parameter_source(name, ParameterSource.COMMANDLINE)
        what, incomplete = _resolve_incomplete(context, args, incomplete)
        return what.shell_complete(context, incomplete)

    def format_completion(self, item: CompletionItem) -> str:
        about = " ".join(re.sub(r"\[/?(?:bold|cyan|dim|not dim)?\]", "", item.help or "").split())
        return f"{item.value}\t{about[:60]}" if about else str(item.value)


class _Bash(_Complete):
    name = "bash"
    source_template = _BASH

    def format_completion(self, item: CompletionItem) -> str:
        line = os.environ.get("_SURROGATE_LINE", "")
        text = str(item.value)
        if _quoted(line):
            return text
        _, typed = self.get_completion_args()
        breaks = [sign for sign in os.environ.get("_SURROGATE_BREAKS", "") if sign in "=:"]
        cut = max((typed.rfind(sign) + 1 for sign in breaks), default=0)
        return _SPECIAL.sub(r"\\\1", text[cut:]) + ("" if text.endswith(_OPEN) else " ")


class _Zsh(_Complete):
    name = "zsh"
    source_template = _ZSH


class _Fish(_Complete):
    name = "fish"
    source_template = _FISH


def _quoted(line: str) -> bool:
    """Return whether a quotation mark is still open at the end of a line."""
    mark = ""
    for sign in re.sub(r"\\.", "", line):
        if mark in ("", sign) and sign in "'\"":
            mark = "" if mark else sign
    return bool(mark)


def prepare() -> None:
    """Make ``--install-completion`` and the shells use what is here; to be called when the app is made."""
    for shell in (_Bash, _Zsh, _Fish):
        add_completion_class(shell, shell.name)
        _completion_scripts[shell.name] = shell.source_template


def script(shell: str) -> str:
    """Return what a shell is to be given once, as ``--show-completion`` does."""
    from typer._completion_shared import get_completion_script

    prepare()
    return get_completion_script(prog_name="surrogate", complete_var="_SURROGATE_COMPLETE", shell=shell)
