"""Heat in a cube, ``u_t = diffusivity Laplace u``, with any kind of walls."""

from __future__ import annotations

from typing import ClassVar

from surrogate.equations._heat import Heat


class Equation(Heat):
    """Heat in a cube."""

    dimensions: ClassVar = 3
    block: ClassVar = 2
