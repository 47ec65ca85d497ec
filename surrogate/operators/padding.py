"""The boundary of a domain as every stencil sees it: ghost values around a field, in any number of dimensions.

Shape letters: b batch, c channels, i and o channels in and out, s... space, k... kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from surrogate.spaces import Boundary, Condition, Grid

Rule = Literal["zeros", "reflect", "replicate", "circular"]
Rules = tuple[tuple[Rule, Rule], ...]

_CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
_TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def padding_rules(grid: Grid, boundary: Boundary) -> Rules:
    """Return the ghost rule at the (low, high) side of each axis.

    Dirichlet: ``zeros``. Periodic: ``circular``. Neumann, Robin and open: ``reflect`` about a node that lies on the
    boundary, ``replicate`` where the boundary is half a cell, or an absent end, away from the last point.
    """
    return tuple(
        (_rule(low, on_boundary=where != "cells"), _rule(high, on_boundary=where == "nodes"))
        for (low, high), where in zip(boundary.sides, grid.placement, strict=True)
    )


def uniform_rules(rule: Rule, dimensions: int) -> Rules:
    """Return the same ghost rule on every side of a box."""
    return ((rule, rule),) * dimensions


def _rule(condition: Condition, on_boundary: bool) -> Rule:
    if condition == "dirichlet":
        return "zeros"
    if condition == "periodic":
        return "circular"
    return "reflect" if on_boundary else "replicate"


def pad(field: Tensor, widths: Sequence[tuple[int, int]], rules: Rules) -> Tensor:
    """Return ``field`` (b, c, s...) with ``widths[axis] = (low, high)`` ghost points added along each axis.

    The rules of different sides commute, so all sides of one rule are filled together.

    Raises:
        ValueError: an axis is too short to be reflected or wrapped by its widths.
    """
    _check(field, widths, rules)
    for rule in dict.fromkeys(rule for sides in rules for rule in sides):
        amounts = []
        # torch counts the axes of a padding from the last one back.
        for sides, width in zip(reversed(rules), reversed(widths), strict=True):
            amounts += [w if side == rule else 0 for side, w in zip(sides, width, strict=True)]
        if rule == "circular":
            field = _wrap(field, widths, rules)
        elif any(amounts):
            field = F.pad(field, amounts, mode="constant" if rule == "zeros" else rule)
    return field


def _wrap(field: Tensor, widths: Sequence[tuple[int, int]], rules: Rules) -> Tensor:
    # torch's own circular padding loses the channels-last layout, which costs more than the padding.
    for axis, (width, sides) in enumerate(zip(widths, rules, strict=True), start=2):
        if "circular" in sides and any(width):
            before, after = width
            # In these pieces the gradient is joined in one pass; overlapping slices would take five.
            inner = field.shape[axis] - before - after
            first, middle, last = field.split([after, inner, before], dim=axis)
            field = torch.cat([last, first, middle, last, first], dim=axis)
    return field


def _check(field: Tensor, widths: Sequence[tuple[int, int]], rules: Rules) -> None:
    space = tuple(field.shape[2:])
    if not len(space) == len(widths) == len(rules):
        raise ValueError(f"a field of shape {tuple(field.shape)} cannot be padded by {len(rules)} pairs of rules")
    for n, (low, high), sides in zip(space, widths, rules, strict=True):
        if "reflect" in sides and n <= max(low, high):
            raise ValueError(f"an axis of {n} points cannot be reflected by {max(low, high)}")
        if "circular" in sides and n < low + high:
            raise ValueError(f"a periodic axis of {n} points cannot be wrapped by {low} and {high}")


def convolve(field: Tensor, weight: Tensor, bias: Tensor | None, stride: int, rules: Rules | None) -> Tensor:
    """Return the correlation of ``field`` (b, i, s...) with ``weight`` (o, i, k...), k odd.

    With ``rules`` the field is padded by ``k // 2`` on every side, so that stride 1 keeps its size and stride 2
    takes n points to ceil(n/2), at 0, 2, 4...; with None it is not padded: stride 2 and k = 3 keep 1, 3, 5...
    """
    kernel = weight.shape[2:]
    if set(kernel) == {1} and stride == 1 and not torch.compiler.is_compiling():
        return F.linear(field.movedim(1, -1), weight.flatten(1), bias).movedim(-1, 1)
    convolution = _CONVOLUTIONS[len(kernel)]
    field, weight = channels_last(field), channels_last(weight)
    if rules is None:
        return convolution(field, weight, bias, stride)
    halves = [k // 2 for k in kernel]
    if all(rule == "zeros" for sides in rules for rule in sides):
        return convolution(field, weight, bias, stride, padding=halves)
    return convolution(pad(field, [(h, h) for h in halves], rules), weight, bias, stride)


def interpolate(field: Tensor, weight: Tensor, points: Sequence[int], rules: Rules, offset: int) -> Tensor:
    """Return the transposed convolution, stride 2, of ``field`` (b, i, s...) with ``weight`` (i, o, k...), k = 3 or 4.

    Coarse point j gives ``weight[k]`` to the fine point ``2 j + k - offset`` and the result has ``points`` fine
    points along each axis. ``offset`` is 1 where coarse points lie on the fine points 0, 2, 4... and 0 where they lie
    on 1, 3, 5.... One ghost point of the coarse field on every side contributes too, so that the boundary rule holds
    for interpolation as it does for any other stencil.
    """
    kernel = weight.shape[2:]
    field, weight = channels_last(field), channels_last(weight)
    zeros = all(rule == "zeros" for sides in rules for rule in sides)
    # The ghost point moves every index by one coarse step, that is by two fine points. Zeros need no ghost.
    ghost = 0 if zeros else 1
    padded = field if zeros else pad(field, [(1, 1)] * len(kernel), rules)
    crop = offset + 2 * ghost
    natural = [2 * (n - 1) - 2 * crop + k for n, k in zip(padded.shape[2:], kernel, strict=True)]
    beyond = [max(n - m, 0) for n, m in zip(points, natural, strict=True)]
    if max(beyond) > 1:
        raise ValueError(f"{tuple(field.shape[2:])} coarse points cannot be interpolated to {tuple(points)}")
    fine = _TRANSPOSED[len(kernel)](padded, weight, None, stride=2, padding=crop, output_padding=beyond)
    for axis, n in enumerate(points, start=2):
        if fine.shape[axis] != n:
            fine = fine.narrow(axis, 0, n)
    return fine


def channels_last(field: Tensor) -> Tensor:
    """Return a field or a stencil with all channels of a point side by side in memory: convolutions keep it so.

    A field in another layout makes a convolution, or the sum after it, copy its operands first.
    `benchmarks/mgno_step.py` times it beside a plain module. In one dimension torch convolves channels-first.
    """
    if field.ndim == 3:
        return field
    if field.shape[1] == 1:
        # A single channel is both first and last; only its stride says which of them torch goes on with.
        return field.reshape(field.shape[0], *field.shape[2:], 1).movedim(-1, 1)
    return field.contiguous(memory_format=torch.channels_last if field.ndim == 4 else torch.channels_last_3d)
