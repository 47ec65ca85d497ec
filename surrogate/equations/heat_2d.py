"""Heat in a square, ``u_t = diffusivity Laplace u``, with any kind of walls."""

from __future__ import annotations

from typing import ClassVar

from surrogate.equations._heat import Heat


class Equation(Heat):
    """Heat in a square."""

    dimensions: ClassVar = 2
    block: ClassVar = 8
