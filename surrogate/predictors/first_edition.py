"""What the weights of the first edition are called now: the one table of names, and the shapes that were theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

# The models, fno and stable_fno, mgno, unet, deeponet, pod_deeponet, each from its first name on.
NAMES = tuple(
    (re.compile(rf"operator\.{first}"), f"operator.{now}")
    for first, now in (
        (r"layers\.(\d+)\.spectral\.", r"layers.\1.operator.0."),
        (r"layers\.(\d+)\.pointwise\.", r"layers.\1.operator.1."),
        (r"layers\.(\d+)\.gate", r"layers.\1.mixing.gate"),
        (r"layers\.(\d+)\.mix\.matrix\.", r"layers.\1.operator.1."),
        (r"(.+)\.matrix\.", r"\1."),
        (r"cycles\.(\d+)\.", r"layers.\1.operator.0."),
        (r"pointwise\.(\d+)\.", r"layers.\1.operator.1."),
        (r"spectral\.(\d+)\.", r"layers.\1.operator.2."),
        (r"(down|encode|up|decode)\.", r"layers.0.\1."),
        (r"enter\.", r"lifting."),
        (r"leave\.", r"head."),
        (r"trunk\.", r"synthesis.basis.network."),
        (r"bias\Z", r"synthesis.constants"),
        (r"mean\Z", r"synthesis.constants"),
        (r"basis\Z", r"synthesis.basis.functions"),
    )
)


def renamed(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return ``tensors`` under the names, and in the shapes, that ``expected`` has them; what fits nowhere as it is.

    A matrix between channels was a stencil of one point: it has lost the axes of that point.
    """
    translated = {}
    for name, tensor in tensors.items():
        now = _now(name, expected)
        wanted = expected[now].shape if now in expected else tensor.shape
        point = tensor.shape[len(wanted) :]
        pointwise = len(wanted) in (1, 2) and tensor.shape == (*wanted, *point) and set(point) == {1}
        translated[now] = tensor.reshape(wanted) if pointwise else tensor
    return translated


def _now(name: str, expected: Mapping[str, Tensor]) -> str:
    if name not in expected:
        for first, now in NAMES:
            if first.match(name) and (known := first.sub(now, name, count=1)) in expected:
                return known
    return name
