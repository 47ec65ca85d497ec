"""What stands along every axis of a model's tensors: names of inputs and outputs, numbers of waves, or nothing known.

Two models of one kind, of other channels or another grid, have weights of other shapes; what has the same name in both
is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from surrogate.operators.operator import CHANNELS_OUT, MATRIX, Operator, WeightAxis
from surrogate.registry import MODELS, Settings
from surrogate.spaces import POINT, FieldSpec, Problem, Space

_NEW = FieldSpec(name="", unit="1", role="constant")
Shapes = dict[str, torch.Size]


@dataclass(frozen=True)
class Labels:
    """Of an axis: its places by name, None where they have none and only their number counts.

    Attributes:
        names: of an input or an output with a number behind it where it has several places, or of waves.
        what: channels, waves, points or parts.
        summed: whether zeros at a new place leave what was there as it is.
    """

    names: tuple[int | str, ...] | None
    what: str
    summed: bool


def labelled(settings: Settings, problem: Problem) -> dict[str, tuple[Labels, ...]]:
    """Return what stands along the axes of every tensor of a model, by its name.

    Which axes hold inputs or outputs is seen where a model of one more of them has more there.
    """
    operator = _bare(settings, problem)
    declared: dict[str, tuple[WeightAxis, ...]] = {}
    for name, module in operator.named_modules():
        axes = module.axes() if isinstance(module, Operator) else MATRIX if isinstance(module, nn.Linear) else {}
        declared |= {f"{name}.{weight}".lstrip("."): each for weight, each in axes.items()}
    grown = []
    for other, names in _grown(problem):
        try:
            grown.append((_shapes(_bare(settings, other)), names))
        except ValueError:  # a model that takes no other channels
            continue
    labels = {}
    for name, shape in _shapes(operator).items():
        along = declared.get(name, (CHANNELS_OUT,) * len(shape))
        if len(along) == len(shape):
            labels[name] = tuple(_labels(name, place, size, along[place], grown) for place, size in enumerate(shape))
    return labels


def _labels(name: str, place: int, size: int, axis: WeightAxis, grown: list[tuple[Shapes, tuple[str, ...]]]) -> Labels:
    if axis.names is not None:
        return Labels(axis.names, axis.what, axis.summed)
    for shapes, names in grown:
        more = shapes[name][place] - size if len(shapes.get(name, ())) > place else 0
        if more > 0 and size >= more * len(names):
            # Inputs come first, what is known of the place behind them.
            rest = tuple(f"place.{k}" for k in range(size - more * len(names)))
            return Labels(tuple(f"{one}.{k}" for one in names for k in range(more)) + rest, axis.what, axis.summed)
    return Labels(None, axis.what, axis.summed)


def _grown(problem: Problem) -> Iterator[tuple[Problem, tuple[str, ...]]]:
    """Give the problem with one more input, of each kind that it has, and with one more output, and their names now."""
    target, given = problem.target, problem.channels[len(problem.placing) :]
    first = len(problem.sources) - len(problem.frames)

    def with_source(space: Space) -> Problem:
        sources = (*problem.sources[:first], space, *problem.sources[first:])
        frames = tuple(place + 1 for place in problem.frames)
        return problem.model_copy(update={"sources": sources, "frames": frames})

    uniform = _NEW.model_copy(update={"role": "uniform"})
    yield with_source(target.model_copy(update={"fields": (_NEW,)})), tuple(field.name for field in given)
    numbers = tuple(field.name for field in given if field.role == "uniform")
    yield with_source(Space(fields=(uniform,), domain=POINT)), numbers
    wider = target.model_copy(update={"fields": (*target.fields, _NEW)})
    sources = tuple(wider if place in problem.frames else space for place, space in enumerate(problem.sources))
    outputs = tuple(field.name for field in target.fields)
    yield problem.model_copy(update={"target": wider, "sources": sources}), outputs


def _bare(settings: Settings, problem: Problem) -> nn.Module:
    """Return the model without numbers: on this device tensors have a shape alone."""
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        operator: nn.Module = MODELS.module(settings.name).Model(settings, problem)
    return operator


def _shapes(operator: nn.Module) -> Shapes:
    return {name: tensor.shape for name, tensor in operator.state_dict().items()}
