"""The settings of a search, and of each training in it, from words."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from surrogate.config.compose import compose_tree
from surrogate.config.keywords import words_of
from surrogate.config.read import read
from surrogate.config.resources import groups, is_choice
from surrogate.config.search_words import searched, spanning, with_values
from surrogate.config.words import given, split_word
from surrogate.errors import SettingsError, UsageError
from surrogate.interface.inherited_settings import inherited
from surrogate.interface.typed_settings import train_settings
from surrogate.training.training_settings import TrainConfig
from surrogate.tuning.study_record import read_study
from surrogate.tuning.tuning_settings import Choices, Dimension, TuneConfig, Values

# What of the tree is the search's own; the rest is train's.
_OWN = frozenset({"trials", "metric", "method", "startup", "pruner", "search"})
_PLACES = frozenset({"data", "out", "overwrite"})
_ANY_MODEL = "training"


def tune_settings(words: Sequence[str], config_dir: Path | None = None) -> TuneConfig:
    """Return the settings of a search from words that are prepared.

    Keys with one value are held in every training. Those with several, a range or an interval are searched; without
    any, what conf/search has for the model is, except what is held.

    Raises:
        UsageError, SettingsError: a word that cannot be, also one of the values that may be drawn.
    """
    held, space = searched(inherited(words))
    for key in space:
        if key in _OWN | _PLACES or key.startswith(("hydra", "pruner.")):
            raise UsageError(f"{key}: has one value for the whole search")
    for word in held:
        if word.startswith("hydra"):
            raise UsageError(f"{word}: 'surrogate tune' starts its trainings itself, one after another")
    tree = _composed(held, space, config_dir)
    if "search" not in tree and not space:
        model = str(tree["model"]["name"])
        chosen = model if is_choice("search", model, config_dir) else _ANY_MODEL
        tree = compose_tree("tune", [*held, f"search={chosen}"], config_dir)
    if "search" in tree:
        named = {split_word(word)[0].lstrip("+") for word in held} | set(space)
        listed = {key: text for key, text in _plain(tree.pop("search")).items() if key not in named}
        _, more = searched(spanning(listed))
        space = more | space
        tree = {key: value for key, value in _composed(held, space, config_dir).items() if key != "search"}
    if not space:
        raise UsageError(
            "nothing to search: give a key several values, a range or an interval, as optimizer.lr=1e-3,3e-3"
        )
    config = _typed(tree, space, held, config_dir)
    for key, one in config.search.items():
        for word in one.ends():
            first = {name: other.ends()[0] for name, other in config.search.items()}
            trial_settings(config, first | {key: word}, config.out)
    return config


def trial_settings(config: TuneConfig, values: Values, folder: Path) -> TrainConfig:
    """Return the settings of a training with ``values`` in ``folder``.

    Raises:
        UsageError, SettingsError: they cannot be.
    """
    own = [word for word in config.words if split_word(word)[0].lstrip("+").partition(".")[0] not in _OWN]
    known = groups(config.config_dir)
    chosen = [f"{key}={value}" for key, value in values.items() if key in known]
    plain = [f"{key}={value}" for key, value in values.items() if key not in known]
    tree = with_values(_training((*own, *chosen), config.config_dir), plain)
    tree |= {"data": str(config.data), "overwrite": config.overwrite}
    return train_settings(tree, folder)


@functools.lru_cache(maxsize=256)
def _training(words: tuple[str, ...], config_dir: Path | None) -> dict[str, Any]:
    """Return the tree of a training, composed once for each choice of groups: it takes a quarter of a second."""
    return compose_tree("train", ["data=.", *words], config_dir)


def _composed(held: Sequence[str], space: Mapping[str, Mapping[str, Any]], config_dir: Path | None) -> dict[str, Any]:
    """Return the tree with the first value of what is searched, so that a group that is searched is chosen."""
    first = [f"{key}={one['values'][0] if 'values' in one else one['low']}" for key, one in space.items()]
    return compose_tree("tune", [*held, *first], config_dir)


def _typed(
    tree: dict[str, Any], space: Mapping[str, Mapping[str, Any]], held: Sequence[str], config_dir: Path | None
) -> TuneConfig:
    own = {key: tree[key] for key in _OWN - {"search"}}
    training = {key: value for key, value in tree.items() if key not in _OWN}
    checked = train_settings(training, Path(str(tree["out"] or "runs")))
    if checked.trainer.profile:
        raise SettingsError("trainer.profile=true: profiles and trains nothing; it belongs to 'surrogate train'")
    data = Path(str(tree["data"]))
    model = tree["model"]["name"] if "model" not in space else "models"
    # Without a date, so that the same command goes on with what it left.
    out = tree["out"] or str(Path.cwd() / "runs" / f"tune-{data.name}-{model}")
    kept = [word for word in held if split_word(word)[0] not in _PLACES | {"trials"}]
    fixed = {key: value for key, value in training.items() if key not in _PLACES}
    for key in space:
        _without(fixed, key)
    own |= {"data": str(data), "out": out, "overwrite": tree["overwrite"], "seed": checked.seed}
    own |= {"epochs": checked.trainer.epochs, "search": dict(sorted(space.items())), "held": fixed, "words": kept}
    return read(TuneConfig, own | {"config_dir": None if config_dir is None else str(config_dir.absolute())})


def _without(tree: dict[str, Any], key: str) -> None:
    """Take what is searched out of what is held; of a group that is searched, all."""
    *above, last = key.replace("/", ".").split(".")
    for name in above:
        tree = tree.get(name, {})
    tree.pop(last, None)


def _plain(tree: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Return nested names with dots."""
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= _plain(value, f"{above}{key}.") if isinstance(value, Mapping) else {f"{above}{key}": value}
    return flat


def resumed_words(folder: Path, words: Sequence[str]) -> tuple[list[str], Path | None]:
    """Return the words of the study in ``folder`` with those that are given now, and its folder of settings.

    Raises:
        UsageError: one of the words is none that may be given anew.
        InputError: there is no such study.
    """
    settings = read_study(folder).settings
    others = [word for word in words if split_word(word)[0] not in ("resume", "trials")]
    if others:
        raise UsageError(f"{others[0]}: resume=STUDY goes on with its own settings; it takes no others but trials")
    trials = given(words, "trials") or str(settings.trials)
    spans = [f"{key}={_spanned(one)}" for key, one in settings.search.items()]
    places = words_of("tune", {"data": settings.data, "out": folder})
    return [*settings.words, *spans, *places, f"trials={trials}"], settings.config_dir


def _spanned(one: Dimension) -> str:
    """Return the word that spans what may be taken."""
    if isinstance(one, Choices):
        return f"choice({','.join(one.values)})"
    if one.whole and not one.log:
        return f"range({int(one.low)},{int(one.high) + 1},step={one.step})"
    ends = f"{int(one.low)},{int(one.high)}" if one.whole else f"{one.low!r},{one.high!r}"
    body = f"int(interval({ends}))" if one.whole else f"interval({ends})"
    return f"tag(log,{body})" if one.log else body
