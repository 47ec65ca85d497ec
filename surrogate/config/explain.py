"""Hydra's complaints as one line each, with the nearest right name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException

from surrogate.config.known import known as known_keys
from surrogate.config.resources import choices, groups, is_choice
from surrogate.config.shipped_settings import default_choices
from surrogate.config.suggest import no_such_setting
from surrogate.errors import SurrogateError, UsageError, nearest, shown

# Commands to which an equation is a name: data that are said to be of it.
_JUDGED_BY_NAME = ("convert", "data_check")
_LISTED = 12  # choices that are listed
_EXAMPLES = {"recipe": "darcy_rough", "experiment": "small_darcy_rough"}


@contextmanager
def explained(command: str, words: Sequence[str], config_dir: Path | None, within: str = "") -> Iterator[None]:
    """Turn what Hydra raises inside the block into one line for the user."""
    try:
        yield
    except MissingConfigException as error:
        raise _no_choice(str(error.missing_cfg_file), config_dir, within) from None
    except OverrideParseException as error:
        raise UsageError(f"'{error.override}': cannot be read as KEY=VALUE; quote lists: 'grid=[64,64]'") from None
    except (ConfigCompositionException, OmegaConfBaseException) as error:
        raise _no_key(command, str(error), words, config_dir, within) from None
    except HydraException as error:
        raise UsageError(str(error).strip().splitlines()[0]) from None


def settled(command: str, words: Sequence[str], config_dir: Path | None, within: str = "") -> list[str]:
    """Return the words without those that leave a group unchosen that is so by itself, such as ``suite=null``.

    Raises:
        UsageError: what is no name where a group is chosen, or a setting taken away: Hydra would fail on it, or let
            it be.
    """
    known, kept = groups(config_dir), list[str]()
    for word in words:
        key, _, value = word.lstrip("+").partition("=")
        text, name = value.strip("'\""), key.removeprefix("~")
        if key == "model.name" and is_choice("model", text, config_dir):
            raise UsageError(f"{within}{word}: would leave another model's settings; choose it by model={text}")
        if key == "equation" and command not in _JUDGED_BY_NAME and not text.startswith("{"):
            example = f"recipe={text}" if is_choice("recipe", text, config_dir) else "recipe=NAME"
            raise UsageError(f"{word}: it comes with its recipe, {example}; its settings are equation.NAME=VALUE")
        if key.startswith("~") and name not in known and not name.startswith("cluster.options."):
            raise UsageError(f"{within}{word}: no setting can be taken away; leave the word out for its default")
        if text in ("null", "") and default_choices(command).get(key, "") is None:
            continue
        if key in known and not is_choice(key, text, config_dir):
            several = "," in text and "[" not in text
            raise UsageError(_several(command, [word])) if several else _no_choice(f"{key}/{text}", config_dir, within)
        kept.append(word)
    return kept


def _no_choice(file: str, config_dir: Path | None, within: str) -> SurrogateError:
    group, _, choice = file.removesuffix(".yaml").rpartition("/")
    hint = nearest(choice, choices(group, config_dir))
    return UsageError(f"{within}{group}={choice}: there is no {group} '{choice}'{hint}")


def _no_key(command: str, message: str, words: Sequence[str], config_dir: Path | None, within: str) -> SurrogateError:
    if unchosen := re.search(r"You must specify '([^']*)'", message):
        name = f"{within}{unchosen.group(1)}"
        for key in (word.lstrip("+~").partition("=")[0] for word in words):
            if key not in known_keys(command, words, config_dir) and not within:
                return UsageError(no_such_setting(command, key, words, config_dir))
        return UsageError(f"{name}: needed; give {name}=NAME{offered(unchosen.group(1), config_dir)}")
    if there := re.search(r"An item is already at '([^']*)'", message):
        key = f"{within}{there.group(1)}"
        return UsageError(f"+{key}: a + adds what is not there, and '{key}' is; write {key}=VALUE without it")
    if "sweep" in message.lower():
        return UsageError(f"{within}{_several(command, words)}")
    named = re.search(r"Could not (?:override|append|delete|find)[^']*'([^']*)'", message)
    if named is None:
        given = f"{' '.join(shown(word) for word in words)}: cannot be put together as settings"
        return UsageError((message.strip() or given).splitlines()[0])
    key = named.group(1).lstrip("+~").partition("=")[0]
    if within:
        command, key, words = "run", f"{within}{key}", [f"{within}{word}" for word in words]
    return UsageError(no_such_setting(command, key, words, config_dir))


def offered(group: str, config_dir: Path | None) -> str:
    """Return what there is to choose of a group, or one of it and where the others are listed."""
    known = choices(group, config_dir)
    if len(known) <= _LISTED:
        return nearest("", known)
    return f", such as {_EXAMPLES.get(group, known[0])}; 'surrogate list {group}s' lists all"


def _several(command: str, words: Sequence[str]) -> str:
    """Return the line for a sweep that was not asked for."""
    swept = next((word for word in words if "," in word and "[" not in word), words[0] if words else "")
    key, _, value = swept.partition("=")
    sweep = " are a sweep, 'surrogate train -m';" if command == "train" else ";"
    return f"{swept}: several values{sweep} expected one, or a list as in '{key}=[{value}]'"
