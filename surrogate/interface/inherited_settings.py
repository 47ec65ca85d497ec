"""What a training with ``init=RUN`` has of that run beside its weights: the settings that say what a surrogate is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from surrogate.config.keywords import words_of
from surrogate.config.overrides import checked
from surrogate.config.words import split_word


def inherited(words: Sequence[str]) -> list[str]:
    """Return the words of a training, before them those for what its ``init`` is, as far as they say nothing of that.

    They are the settings of the model, the normalisers, ``residual``, what is mapped to what, and whether boundary
    values are held: weights mean nothing without them. How it is trained is said by the words, and by conf/.

    Raises:
        InputError: there is no such run, or it is damaged.
        UsageError: a word is no KEY=VALUE.
    """
    place = next((word for word in words if split_word(word)[0] == "init"), None)
    path = None if place is None else checked([place])[0].value()
    if path is None:
        return list(words)
    from surrogate.training.transfer.source_weights import read_source_record

    settings = read_source_record(Path(str(path))).settings
    node: dict[str, Any] = {
        "model": settings.model.model_dump(mode="json"),
        "normaliser": settings.normaliser.model_dump(mode="json"),
        "residual": settings.residual,
    }
    extra = settings.model_extra or {}
    node |= {key: extra[key] for key in ("task",) if extra.get(key)}
    node |= {key: value for key in ("sources", "target") if (value := getattr(settings, key)) is not None}
    if settings.physics.hard_boundary:
        node["physics.hard_boundary"] = True
    if (history := dict(extra.get("time") or {}).get("history", 1)) != 1:
        node["time.history"] = history
    given = {split_word(word)[0].lstrip("+"): split_word(word)[1].strip("'") for word in words}
    if given.get("model", settings.model.name) != settings.model.name:
        del node["model"]  # the training will say that this is another model
    its = words_of("train", node)
    return [word for word in its if split_word(word)[0] not in given] + list(words)
