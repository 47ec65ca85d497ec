"""The retry ladder: what is tried, and in which order, with a sample that its recipe's own settings do not solve."""

from __future__ import annotations

from surrogate.equations import Equation

# Effort -> how many times finer in space and in time. A part stores the effort of each of its samples.
RUNGS = {1: (1, 1), 2: (1, 2), 4: (1, 4), 8: (1, 8), 16: (2, 8)}


def at_effort(equation: Equation, effort: int) -> Equation:
    """Return the equation as samples of this effort are solved."""
    return equation if effort == 1 else equation.refined(*RUNGS[effort])


def rungs(equation: Equation) -> dict[int, Equation]:
    """Return the equation at every effort, lowest first, but for those that change nothing, as a steady one's steps."""
    # Told to be once as fine, an equation may write the same settings in other words.
    known = [equation.refined(1, 1)]
    efforts: dict[int, Equation] = {}
    for effort in RUNGS:
        finer = at_effort(equation, effort)
        if finer not in known or effort == 1:
            efforts[effort] = finer
            known.append(finer)
    return efforts
