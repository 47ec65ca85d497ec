"""What the values of settings may be: counts, rates, fractions, devices."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from surrogate.spaces import Frozen


def _device(name: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", name):
        raise ValueError("auto, cpu, cuda or cuda:NUMBER")
    return name


Positive = Annotated[int, Field(gt=0, le=1_000_000_000)]
Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
Rate = Annotated[float, Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Decay = Annotated[float, Field(ge=0, lt=1)]
Device = Annotated[str, AfterValidator(_device)]


class Writes(Frozen):
    """What is written: ``overwrite`` lets it replace what is not its own. No record keeps that word."""

    overwrite: bool = Field(default=False, exclude=True)
