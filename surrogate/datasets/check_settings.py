"""The settings of a check of a data set, typed."""

from __future__ import annotations

from pathlib import Path

from surrogate.spaces import Frozen


class CheckConfig(Frozen):
    """``surrogate data check``: what is seen of the samples and splits of a data set."""

    data: Path
