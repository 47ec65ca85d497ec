"""The words of a search: which settings are held, and what of the others may be taken, in the grammar of a sweep."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override, RangeSweep

from surrogate.config.keywords import words_of
from surrogate.config.overrides import checked
from surrogate.config.words import given, split_word
from surrogate.errors import UsageError

# What a search has no business with: where things lie, and what is luck.
_LUCK = "the best of several seeds is luck, not a better setting; compare seeds by 'surrogate train -m seed=0,1,2'"

# The sweeper of Hydra's users, and what its settings are called here.
_SWEEPER = "hydra/sweeper"
_SWEEPER_KEYS = {"hydra.sweeper.n_trials": "trials", "hydra/sweeper/sampler": "method"}


def searched(words: Sequence[str]) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """Return the words that hold a setting, and of each other key what may be taken, as JSON values.

    That is ``{"kind": "choices", "values": [...]}``, with the values as words give them, or ``{"kind": "interval",
    "low": ..., "high": ..., "log": ..., "whole": ..., "step": ...}``.

    Raises:
        UsageError: a word cannot be read, or spans nothing that can be searched.
    """
    held, space = list[str](), dict[str, dict[str, Any]]()
    for word, override in zip(words, checked(words), strict=True):
        if not override.is_sweep_override():
            held.append(word)
            continue
        key = override.get_key_element()
        if key == "seed":
            raise UsageError(f"{word}: {_LUCK}")
        space[key] = _dimension(word, override)
    return held, space


def from_sweeper(words: Sequence[str]) -> list[str] | None:
    """Return the words of a search that ``hydra/sweeper=optuna`` asks for; None where the words do not.

    Raises:
        UsageError: another of Hydra's settings is given, which a search has no place for.
    """
    if given(words, _SWEEPER) != "optuna":
        return None
    kept = []
    for word in words:
        key, value = split_word(word)
        if key in _SWEEPER_KEYS:
            kept.append(f"{_SWEEPER_KEYS[key]}={value}")
        elif (key, value) not in ((_SWEEPER, "optuna"), ("hydra.sweeper.n_jobs", "1")):
            if key.startswith("hydra"):
                known = ", ".join(sorted(_SWEEPER_KEYS))
                raise UsageError(f"{word}: with {_SWEEPER}=optuna, of Hydra's settings known are {known}")
            kept.append(word)
    return kept


def spanning(search: Mapping[str, Any]) -> list[str]:
    """Return the words of a search that a file or a program names: a text as words have it, a list as choices.

    Raises:
        UsageError: a value is neither, or nothing that settings hold.
    """
    words = []
    for key, value in search.items():
        if isinstance(value, str):
            words.append(f"{key}={value}")
        elif isinstance(value, list | tuple) and value:
            texts = [words_of("tune", {"value": one})[0].partition("=")[2] for one in value]
            words.append(f"{key}=choice({', '.join(texts)})")
        else:
            raise UsageError(f"search: {key}: expected a list of values, or a text such as 'interval(1e-4, 1e-2)'")
    return words


def with_values(tree: Mapping[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """Return a composed tree with the values of words that choose no group and whose keys it has.

    Raises:
        UsageError: it has no such key.
    """
    changed = copy.deepcopy(dict(tree))
    for override in checked(words):
        *above, last = override.get_key_element().lstrip("+").split(".")
        node = changed
        for name in above:
            node = node.get(name, {})
        if last not in node:
            raise UsageError(f"{override.get_key_element()}: no setting of every training that would be searched")
        node[last] = override.value()
    return changed


def _dimension(word: str, override: Override) -> dict[str, Any]:
    sweep = override.value()
    if isinstance(sweep, IntervalSweep):
        return _interval(word, sweep)
    if not isinstance(sweep, ChoiceSweep | RangeSweep):
        raise UsageError(f"{word}: expected values, as in {override.get_key_element()}=A,B")
    if sweep.tags:
        raise UsageError(f"{word}: {', '.join(sorted(map(str, sweep.tags)))}: expected of an interval alone")
    if sweep.shuffle:
        raise UsageError(f"{word}: shuffle: the search chooses the order")
    values = list(override.sweep_string_iterator())
    if not values:
        raise UsageError(f"{word}: no values to choose from")
    if isinstance(sweep, RangeSweep) and all(isinstance(end, int) for end in (sweep.start, sweep.step)):
        low, high = sorted((int(values[0]), int(values[-1])))
        step = abs(int(sweep.step))
        return {"kind": "interval", "low": low, "high": high, "log": False, "whole": True, "step": step}
    return {"kind": "choices", "values": values}


def _interval(word: str, sweep: IntervalSweep) -> dict[str, Any]:
    low, high = sweep.start, sweep.end
    unknown = sorted(set(map(str, sweep.tags)) - {"log"})
    if unknown:
        raise UsageError(f"{word}: tag {unknown[0]}: the only one known is log, as in tag(log, interval(1e-4, 1e-2))")
    if low is None or high is None or not low < high < float("inf") or not low > -float("inf"):
        raise UsageError(f"{word}: expected interval(LOW, HIGH) with LOW below HIGH")
    if "log" in sweep.tags and low <= 0:
        raise UsageError(f"{word}: a logarithmic interval begins above 0")
    whole = isinstance(low, int) and isinstance(high, int) and "int(" in word
    return {"kind": "interval", "low": low, "high": high, "log": "log" in sweep.tags, "whole": whole, "step": 1}
