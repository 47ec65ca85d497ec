"""The retry ladder: what is tried, and in which order, with a sample that its recipe's own settings do not solve."""

from __future__ import annotations

from types import ModuleType

from surrogate.registry import Settings
from surrogate.spaces import DataSpec

# Effort -> how many times finer in space and in time. A part stores the effort of each of its samples.
RUNGS = {1: (1, 1), 2: (1, 2), 4: (1, 4), 8: (1, 8), 16: (2, 8)}


def settings_at(effort: int, equation: Settings, specification: DataSpec, module: ModuleType) -> Settings:
    """Return the settings that samples of this effort are solved with."""
    space, time = RUNGS[effort]
    refined: Settings = equation if effort == 1 else module.refined(equation, specification, space, time)
    return refined


def rungs(equation: Settings, specification: DataSpec, module: ModuleType) -> dict[int, Settings]:
    """Return the settings of the efforts, lowest first, but for those that change nothing, as a steady one's steps."""
    # Told to be once as fine, an equation may write the same settings in other words.
    known: list[Settings] = [module.refined(equation, specification, 1, 1)]
    found: dict[int, Settings] = {}
    for effort in RUNGS:
        settings = settings_at(effort, equation, specification, module)
        if settings not in known or effort == 1:
            found[effort] = settings
            known.append(settings)
    return found
