"""What the settings of every law of random fields share."""

from __future__ import annotations

from typing import ClassVar

from surrogate import registry
from surrogate.spaces import Symmetry


class RandomField(registry.Settings):
    """The settings of a law.

    Attributes:
        symmetries: the changes of coordinates of a square or cube under which the law is the same.
    """

    symmetries: ClassVar[tuple[Symmetry, ...]] = ("flip", "transpose")
