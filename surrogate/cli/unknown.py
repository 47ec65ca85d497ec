"""What to say of a command or an option that there is not."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from surrogate.config.resources import is_choice
from surrogate.errors import alternatives, nearest, shown

# What others call what we have -> our commands for it.
_MEANT = {
    **dict.fromkeys(("serve", "infer", "inference", "deploy", "api"), ("predict", "export")),
    **dict.fromkeys(("test", "evaluate", "validate", "score", "report", "metrics"), ("eval",)),
    **dict.fromkeys(("benchmark", "bench", "time"), ("eval", "compare")),
    **dict.fromkeys(("fit", "learn", "sweep", "multirun", "tune", "resume", "continue", "finetune"), ("train",)),
    **dict.fromkeys(("show", "describe", "inspect", "status", "card"), ("info",)),
    **dict.fromkeys(("ls", "models", "recipes", "samplers", "equations", "formats"), ("list",)),
    **dict.fromkeys(("convert", "import", "ingest"), ("data convert",)),
    **dict.fromkeys(("verify", "certify"), ("data verify",)),
    **dict.fromkeys(("baseline", "ci"), ("gate check",)),
    **dict.fromkeys(("scaffold", "template", "init", "add"), ("new",)),
    **dict.fromkeys(("create", "make", "simulate", "build", "sample", "gen", "dataset"), ("generate",)),
    **dict.fromkeys(("plot", "draw", "view", "visualize", "visualise", "plots"), ("preview",)),
    **dict.fromkeys(("onnx", "save", "convert_model", "compile"), ("export",)),
    **dict.fromkeys(("demo", "pipeline", "all", "experiment"), ("run",)),
    "diff": ("compare",),
}


def command(name: str, group: str, known: list[str]) -> str:
    """Return the line for a command that ``group``, such as ``surrogate data``, does not have."""
    meant = _MEANT.get(name.lower().replace("-", "_"), ()) if group == "surrogate" else ()
    if meant:
        hint = f"; did you mean {alternatives([f'{group} {one}' for one in meant])}?"
        return f"there is no command 'surrogate {name}'{hint}"
    if there := _noun(name, group, known):
        return f"{shown(name)}: a command comes first; did you mean '{there}'?"
    return f"there is no command '{group} {name}'{nearest(name, known)}"


def _noun(name: str, group: str, known: list[str]) -> str:
    """Return the command that a path or a recipe is for, where one stands in a command's place; else empty."""
    with suppress(OSError, ValueError):
        if name not in known and (Path(name).exists() or "/" in name):
            return {"surrogate gate": f"surrogate gate check {name}"}.get(group, f"surrogate info {name}")
    return f"surrogate generate {name}" if group == "surrogate" and is_choice("recipe", name) else ""


def option(name: str, command: str, known: list[str]) -> str:
    """Return the line for an option that a command, such as ``data convert``, does not have."""
    from surrogate.config.known import COMMANDS
    from surrogate.config.known import known as settings
    from surrogate.config.suggest import alike, called

    ours = next((ours for ours, theirs in COMMANDS.items() if theirs in (command, f"{command} check")), None)
    key = name.lstrip("-").replace("-", "_")
    if ours is not None and not nearest(name, known).startswith("; did"):
        keys = settings(ours, ()).keys
        matches = [key] if key in keys else called(key, keys) or alike(key, keys)
        if matches:
            return f"{name}: there is no such option; settings are words: {matches[0]}=VALUE"
    return f"{name}: there is no such option{nearest(name, known)}"


def line(error: Any) -> str:
    """Return what to say of an error of the command line's own reader."""
    context = error.ctx
    if context is None:
        return str(error.format_message())
    path = context.command_path
    if type(error).__name__ == "NoSuchOption":
        known = [name for parameter in context.command.params for name in parameter.opts]
        return option(error.option_name, path.removeprefix("surrogate").strip(), known)
    if "No such command" in error.message:
        name = error.message.partition("'")[2].partition("'")[0]
        return command(name, path, sorted(getattr(context.command, "commands", {})))
    return str(error.format_message())


def twice(words: list[str]) -> str | None:
    """Return an option that stands twice among the words of a command line; the second would silence the first."""
    names = [word.partition("=")[0] for word in words if word.startswith("--") and len(word) > 2]
    return next((name for name in names if names.count(name) > 1), None)
