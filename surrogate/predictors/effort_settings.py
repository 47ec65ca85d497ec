"""How much work the classical solver of a recipe is given where it is held against surrogates, as settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from surrogate.spaces import Frozen
from surrogate.values import Positive


class SolverEffort(Frozen):
    """``coarser`` is the spacing of its grid in that of the data; where given, it stops at a relative residual.

    ``steps`` are those of an evolution, from one frame to the next. None leaves both as the recipe says.
    """

    coarser: Literal[1, 2, 4, 8, 16, 32]
    tolerance: Annotated[float, Field(gt=0, lt=1)] | None
    steps: Positive | None

    @property
    def changes(self) -> tuple[str, ...]:
        """In what it departs from the recipe, in words."""
        spoken = {f"{self.coarser} times as coarse": self.coarser > 1}
        spoken |= {f"residual {self.tolerance}": self.tolerance is not None, f"{self.steps} steps": bool(self.steps)}
        return tuple(words for words, holds in spoken.items() if holds)
