"""Hydra's and pydantic's complaints as one line each, with the nearest right name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException, OverrideParseException
from omegaconf.errors import OmegaConfBaseException
from pydantic import BaseModel, ValidationError

from surrogate.config.resources import bundled, groups
from surrogate.errors import SettingsError, SurrogateError, UsageError, nearest
from surrogate.registry import EQUATIONS, MODELS, SAMPLERS, Settings


@contextmanager
def explained(command: str, words: Sequence[str], config_dir: Path | None) -> Iterator[None]:
    """Turn what Hydra raises inside the block into one line for the user."""
    try:
        yield
    except MissingConfigException as error:
        raise _no_choice(str(error.missing_cfg_file), config_dir) from None
    except OverrideParseException as error:
        raise UsageError(f"'{error.override}': cannot be read as KEY=VALUE; quote lists: 'grid=[64,64]'") from None
    except (ConfigCompositionException, OmegaConfBaseException) as error:
        raise _no_key(command, str(error), words, config_dir) from None
    except HydraException as error:
        raise UsageError(str(error).strip().splitlines()[0]) from None


def readable(error: ValidationError, model: type[BaseModel], tree: dict[str, Any]) -> SettingsError:
    """Return the first complaint of pydantic about ``tree`` as one line: where, what, what was given."""
    cause = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in cause["loc"])
    if cause["type"] == "extra_forbidden":
        holder = _holder(model, cause["loc"][:-1], tree)
        return SettingsError(f"{where}: there is no such setting{nearest(str(cause['loc'][-1]), holder.model_fields)}")
    if cause["type"] == "missing":
        return SettingsError(f"{where}: needed, and not given")
    message = str(cause["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    original = cause.get("ctx", {}).get("error")
    if isinstance(original, SurrogateError):
        return SettingsError(str(original))
    return SettingsError(f"{where}: expected {message}, got {cause['input']!r}")


def _holder(model: type[BaseModel], path: tuple[int | str, ...], node: Any) -> type[BaseModel]:
    """Return the class of settings at ``path``; where a setting may be any module of ours, the node names it."""
    for part in path:
        field = model.model_fields.get(str(part))
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            break
        model, node = field.annotation, node.get(part) if isinstance(node, dict) else None
        if model is Settings and isinstance(node, dict):
            homes = [home for home in (EQUATIONS, SAMPLERS, MODELS) if node.get("name") in home.names()]
            model = homes[0].module(node["name"]).Settings if homes else model
    return model


def _no_choice(file: str, config_dir: Path | None) -> SurrogateError:
    group, _, choice = file.removesuffix(".yaml").rpartition("/")
    known = groups(config_dir).get(group, ())
    return UsageError(f"{group}={choice}: there is no {group} '{choice}'{nearest(choice, known)}")


def _no_key(command: str, message: str, words: Sequence[str], config_dir: Path | None) -> SurrogateError:
    if unchosen := re.search(r"You must specify '([^']*)'", message):
        group = unchosen.group(1)
        return UsageError(f"{group}: needed; give {group}=NAME" + nearest("", groups(config_dir).get(group, ())))
    named = re.search(r"Could not (?:override|append|delete|find)[^']*'([^']*)'", message)
    if named is None:
        return UsageError(message.strip().splitlines()[0])
    key = named.group(1).lstrip("+~")
    known = _known_keys(command, words, config_dir)
    return UsageError(f"{key}: there is no such setting{nearest(key, known)}")


def _known_keys(command: str, words: Sequence[str], config_dir: Path | None) -> set[str]:
    """Return every key the command knows: its own file's, its groups, and the keys within the chosen groups."""
    own = yaml.safe_load((bundled("conf") / f"{command}.yaml").read_text(encoding="utf-8"))
    known = _flat(own) | set(groups(config_dir))
    chosen = {
        key: value for entry in own.get("defaults", ()) if isinstance(entry, dict) for key, value in entry.items()
    }
    chosen |= dict(word.split("=", 1) for word in words if "=" in word)
    for group, choices in groups(config_dir).items():
        if group in chosen:
            choices = tuple(choice for choice in choices if choice == chosen[group])
        folder = bundled("data_recipes") if group == "recipe" else bundled("conf") / group
        for choice in choices:
            file = folder / f"{choice}.yaml"
            if file.is_file():
                text = file.read_text(encoding="utf-8")
                keys = _flat(yaml.safe_load(text) or {})
                known |= keys if "@package _global_" in text else {f"{group}.{key}" for key in keys}
    return known - {"defaults"}


def _flat(node: object, prefix: str = "") -> set[str]:
    if not isinstance(node, dict):
        return set()
    keys = {f"{prefix}{key}" for key in node}
    return keys.union(*(_flat(value, f"{prefix}{key}.") for key, value in node.items()))
