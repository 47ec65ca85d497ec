"""pydantic's complaints as one line each: which setting, what was expected, what was given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import ValidationError

from surrogate.config.suggest import alike, called
from surrogate.errors import SettingsError, SurrogateError, alternatives, nearest, typed

# What a pattern means.
_PATTERNS: dict[str, str] = {
    "^sha256:[0-9a-f]{64}$": "sha256: and 64 digits of 0-9 and a-f",
    "^[ntcxyz]$": "letters of n, t, c, x, y and z, as in n,c,x,y",
    r"^[^:\s]+:[^:\s]+$": "START:END, as in 0:2",
}
# What was expected, from pydantic's name of the complaint and its figures.
_EXPECTED: dict[str, Callable[[dict[str, Any]], str]] = {
    "int_type": lambda _: "an integer",
    "int_from_float": lambda _: "an integer",
    "int_parsing": lambda _: "an integer",
    "int_parsing_size": lambda _: "an integer of fewer digits",
    "float_type": lambda _: "a number",
    "float_parsing": lambda _: "a number",
    "finite_number": lambda _: "a finite number",
    "bool_type": lambda _: "true or false",
    "bool_parsing": lambda _: "true or false",
    "string_type": lambda _: "text",
    "path_type": lambda _: "a path",
    "tuple_type": lambda _: "a list",
    "list_type": lambda _: "a list",
    "dict_type": lambda _: "names with values",
    "model_type": lambda _: "settings of its own, as in KEY.NAME=VALUE",
    "model_attributes_type": lambda _: "settings of its own, as in KEY.NAME=VALUE",
    "greater_than": lambda its: f"a number greater than {_figure(its['gt'])}",
    "greater_than_equal": lambda its: f"a number of at least {_figure(its['ge'])}",
    "less_than": lambda its: f"a number less than {_figure(its['lt'])}",
    "less_than_equal": lambda its: f"a number of at most {_figure(its['le'])}",
    "too_short": lambda its: f"at least {its['min_length']} {_entries(its['min_length'])}",
    "too_long": lambda its: f"at most {its['max_length']} {_entries(its['max_length'])}",
    "string_too_short": lambda its: f"at least {its['min_length']} {_letters(its['min_length'])}",
    "string_too_long": lambda its: f"at most {its['max_length']} {_letters(its['max_length'])}",
    "string_pattern_mismatch": lambda its: _PATTERNS.get(its["pattern"], f"text that matches {its['pattern']}"),
}


def readable(error: ValidationError, tree: Any, within: str = "") -> SettingsError:
    """Return the first complaint of pydantic about ``tree`` as one line.

    Args:
        error: what pydantic raised.
        tree: what it read, complete: settings that it does hold are suggested for one that it should not.
        within: put before every name, such as ``eval.`` for a stage of `surrogate run`.
    """
    cause, place = _first(error)
    original = cause.get("ctx", {}).get("error")
    if isinstance(original, SurrogateError):
        return SettingsError(str(original))
    where, given, entry = _where(place, tree)
    name = f"{within}{where}" or "the settings"
    if cause["type"] == "extra_forbidden":
        keys = [key for key in _keys(tree) if not _extra(key, error)]
        close = called(where, keys) or alike(where, keys)
        hint = f"; did you mean {alternatives([within + key for key in close])}?" if close else _beside(where, keys)
        return SettingsError(f"{name}: there is no such setting{hint}")
    if cause["type"] == "missing" and entry:
        return SettingsError(f"{name}: expected more entries than {len(given)}, got {typed(given)}")
    if cause["type"] == "missing":
        return SettingsError(f"{name}: needed, and not given; give {name}=VALUE")
    if cause["type"] == "union_tag_invalid":
        tag = cause["ctx"] | {"expected": cause["ctx"]["expected_tags"]}
        key = str(tag["discriminator"]).strip("'")
        chosen = cause["input"].get(key) if isinstance(cause["input"], dict) else tag["tag"]
        return SettingsError(f"{name}.{key}: {_choice({'ctx': tag, 'input': chosen})}")
    if cause["type"] == "literal_error":
        return SettingsError(f"{name}: {_choice(cause)}")
    wording = _EXPECTED.get(cause["type"])
    expected = _stripped(cause["msg"]) if wording is None else wording(cause.get("ctx", {}))
    if "too_" in cause["type"] and isinstance(given, list):
        return SettingsError(f"{name}: expected {expected}, got {len(given)}: {typed(given)}")
    if expected == "a list":
        expected += f", as in '{name}={_list_of(cause['input'])}'"
    inside = f" in {typed(given)}" if entry else ""
    return SettingsError(f"{name}: expected {expected}, got {typed(cause['input'])}{inside}")


def _first(error: ValidationError) -> tuple[Any, tuple[int | str, ...]]:
    """Return the first complaint and where it is: the settings of a module of ours are read by a reader of their own.

    What does not exist comes before what does not fit: a value often misses because its name is another one's.
    """
    causes = list(_all(error, ()))
    unknown = [one for one in causes if one[0]["type"] == "extra_forbidden"]
    first = (unknown or causes)[0]
    # Of the halves of a union the one that went furthest was meant.
    if not unknown:
        key = [part for part in first[1] if isinstance(part, str)][:2]
        first = max((one for one in causes if list(one[1][: len(key)]) == key), key=lambda one: len(one[1]))
    return first


def _all(error: ValidationError, before: tuple[int | str, ...]) -> Iterator[tuple[Any, tuple[int | str, ...]]]:
    for cause in error.errors(include_url=False):
        inner = cause.get("ctx", {}).get("error")
        place = (*before, *cause["loc"])
        if isinstance(inner, ValidationError):
            yield from _all(inner, place)
        else:
            yield cause, place


def _where(place: tuple[int | str, ...], tree: Any) -> tuple[str, Any, bool]:
    """Return the name of a setting as one types it, what was given there, and whether an entry of a list is meant.

    What pydantic names beside (which of several classes, which half of a union) is left out.
    """
    names, node = list[str](), tree
    for number, part in enumerate(place):
        if isinstance(part, int):
            return ".".join(names), node, True
        if isinstance(node, dict) and (part in node or number == len(place) - 1):
            names.append(part)
            node = node.get(part)
    return ".".join(names), node, False


def _choice(cause: Any) -> str:
    """Return the line for a value that is none of a few, with the nearest."""
    words = str(cause["ctx"]["expected"])
    choices = words.replace("'", "").replace(" or ", ", ").split(", ")
    # Numbers are near by their size, not by their digits: 3 is no slip for 32.
    names = [name for name in choices if not _is_number(name)]
    close = nearest(cause["input"], names) if isinstance(cause["input"], str) else ""
    hint = close if "did you mean" in close else ""
    return f"expected {words.replace(chr(39), '')}, got {typed(cause['input'])}{hint}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _stripped(message: str) -> str:
    return message.removeprefix("Value error, ").removeprefix("Input should be ").removeprefix("expected ")


def _figure(number: float) -> str:
    """Return a bound as one types it: a count with its digits."""
    return f"{number:,.0f}" if number == int(number) and abs(number) < 1e15 else f"{number:g}"


def _list_of(value: object) -> str:
    """Return a list as one types it, of what was given in its place where that is one entry."""
    single = isinstance(value, int | float | str) and not isinstance(value, bool)
    text = str(value) if single else ""
    return f"[{text}]" if text.replace("_", "").replace(".", "").isalnum() else "[A,B]"


def _letters(number: int) -> str:
    return "letter" if number == 1 else "letters"


def _entries(number: int) -> str:
    return "entry" if number == 1 else "entries"


def _keys(node: object, prefix: str = "") -> Iterator[str]:
    for key, value in node.items() if isinstance(node, dict) else ():
        if isinstance(value, dict) and value:
            yield from _keys(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def _extra(key: str, error: ValidationError) -> bool:
    """Return whether ``key``, or what holds it, is one that pydantic does not know."""
    unknown = [".".join(str(part) for part in at) for its, at in _all(error, ()) if its["type"] == "extra_forbidden"]
    return any(key == name or key.startswith(f"{name}.") for name in unknown)


def _beside(where: str, keys: list[str]) -> str:
    """Return what else is known where ``where`` was looked for."""
    parent = where.rpartition(".")[0]
    beside = [key for key in keys if key.startswith(f"{parent}.")] if parent else keys
    return nearest("", beside)
