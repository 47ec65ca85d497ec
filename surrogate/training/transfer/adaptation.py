"""A tensor of one model as that of another: what has the same name there is taken, and what is new changes nothing yet.

New places of an axis that is summed over begin with zeros where what they add to was there before, so that an operator
of more inputs or more waves begins as the same map; all else that is new stays as it was drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from surrogate.training.transfer.labels import Labels


@dataclass(frozen=True)
class Adapted:
    """A tensor, in words what about it is other than it was, and how many of its numbers are those that it was.

    None: nothing could be taken, and why.
    """

    tensor: Tensor | None
    changes: tuple[str, ...]
    taken: int = 0


def adapted(fresh: Tensor, given: Tensor, to: tuple[Labels, ...], of: tuple[Labels, ...]) -> Adapted:
    """Return ``given``, whose axes are labelled ``of``, as a tensor of the shape of ``fresh``, labelled ``to``."""
    if not len(to) == len(of) == fresh.ndim == given.ndim:
        same = fresh.shape == given.shape
        return Adapted(given, (), given.numel()) if same else Adapted(None, (_sizes(given, fresh),))
    here, there, changes = [], [], list[str]()
    for place, (now, before) in enumerate(zip(to, of, strict=True)):
        size, former = fresh.shape[place], given.shape[place]
        if now.names is None or before.names is None:
            if size != former:
                return Adapted(None, (_sizes(given, fresh),))
            here.append(torch.arange(size))
            there.append(torch.arange(size))
            continue
        places = {name: k for k, name in enumerate(before.names)}
        here.append(torch.tensor([k for k, name in enumerate(now.names) if name in places], dtype=torch.long))
        there.append(torch.tensor([places[name] for name in now.names if name in places], dtype=torch.long))
        if not len(here[-1]):
            return Adapted(None, (f"other {now.what}",))
        changes += _changes(now, before)
    result = fresh.clone()
    _silence(result, to, here)
    block = tuple(_along(axis, places, fresh.ndim) for axis, places in enumerate(here))
    source = tuple(_along(axis, places, fresh.ndim) for axis, places in enumerate(there))
    result[block] = given.to(result)[source]
    return Adapted(result, tuple(changes), math.prod(map(len, here)))


def _silence(result: Tensor, to: tuple[Labels, ...], here: list[Tensor]) -> None:
    """Put zeros where a new place of a summed axis adds to what was there before."""
    adds = torch.zeros(result.shape, dtype=torch.bool)
    stays = torch.ones(result.shape, dtype=torch.bool)
    for axis, (labels, places) in enumerate(zip(to, here, strict=True)):
        known = torch.zeros(result.shape[axis], dtype=torch.bool).index_fill(0, places, True)
        old = _along(axis, known, result.ndim)
        if labels.summed:
            adds |= ~old
        else:
            stays &= old
    result[(adds & stays).to(result.device)] = 0


def _along(axis: int, values: Tensor, dimensions: int) -> Tensor:
    return values.reshape([-1 if place == axis else 1 for place in range(dimensions)])


def _changes(now: Labels, before: Labels) -> list[str]:
    """Return in words what differs along an axis."""
    if now.names == before.names or now.names is None or before.names is None:
        return []
    if now.what != "channels":
        return [f"{len(before.names)} to {len(now.names)} {now.what}"]
    new, gone = (_fields(one, other) for one, other in ((now.names, before.names), (before.names, now.names)))
    words = [f"new: {', '.join(new)}"] if new else []
    words += [f"without: {', '.join(gone)}"] if gone else []
    return words or ["another order of channels"]


def _fields(names: tuple[int | str, ...], others: tuple[int | str, ...]) -> list[str]:
    return list(dict.fromkeys(str(name).rpartition(".")[0] for name in names if name not in others))


def _sizes(given: Tensor, fresh: Tensor) -> str:
    return f"{' x '.join(map(str, given.shape))} there, {' x '.join(map(str, fresh.shape))} here"
