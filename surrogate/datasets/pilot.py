"""What a recipe can hold on a grid, seen on one sample before the others are made.

Limits of a recipe hold for the grid it was written for. On a coarser one the solver may be too far from the equation,
or sums over few points drift; who learns that when all samples are there has waited in vain.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from surrogate.datasets.certificate import Certificate, Check
from surrogate.datasets.certification import certify
from surrogate.datasets.evidence import Evidence, chosen_samples
from surrogate.datasets.generation_settings import GenerateConfig
from surrogate.datasets.layout import Piece
from surrogate.datasets.proof import Solved
from surrogate.datasets.quarantine import Failure
from surrogate.datasets.samples import Bench, solve_part
from surrogate.datasets.store import Header
from surrogate.errors import SettingsError, Stopped
from surrogate.spaces import SPLITS

# The limits of a recipe that a check of this name is held to; a drift has the name of what drifts.
_LIMITS = ("error", "floor", "second", "step", "drift")

# One sample that cannot be solved goes into quarantine; when so many cannot, it is the settings.
_TRIED = 2


def refuse_in_vain(config: GenerateConfig, header: Header, solved: Solved, should_stop: Callable[[], bool]) -> None:
    """Refuse a recipe whose certificate would fail for the first of the samples that it solves again.

    Args:
        config: the recipe.
        header: what every part says of itself.
        solved: takes what was solved, so that the certificate need not solve it once more.
        should_stop: asked between two solves.

    Raises:
        SettingsError: a check is beyond its limit, the message says which and by how much; or nothing is solved.
        Stopped: ``should_stop`` said so.
    """

    def ask() -> None:
        if should_stop():
            raise Stopped(f"{config.out}: stopped before the first sample; nothing was written")

    wanted = chosen_samples(config.seed, config.count.of_splits, config.certificate.samples)
    if not wanted:
        return
    lost: list[Failure] = []
    for split, index in sorted(wanted, key=lambda each: (SPLITS.index(each[0]), each[1]))[:_TRIED]:
        part = solve_part(config, header, Piece(split, 0, index, index + 1), Bench(config.device), lost.append)
        if part is not None:
            break
    else:
        failure = lost[0]
        raise SettingsError(
            f"recipe {config.name}: {failure.split} sample {failure.index} is not solved with any of "
            f"{len(failure.tried)} settings, tried before the others are made: {failure.reason}"
        )
    evidence = Evidence(header.spec, config.equation, [(split, index)], given=config.inputs is not None)
    evidence.add(part)
    certificate = certify(config.equation.bound(header.spec), config.certificate, evidence, ask, solved)
    if certificate.failures:
        grid = " x ".join(map(str, header.spec.grid.points))
        raise SettingsError(
            f"recipe {config.name} does not hold on a grid of {grid} what it promises: {certificate.reason} "
            f"({split} sample {index}, tried before the others are made). {_mend(certificate)}"
        )


def _mend(certificate: Certificate) -> str:
    """Return what the user may do."""
    limits = [f"certificate.{key}={_above(check)}" for check in certificate.failures if (key := _limit(check))]
    other = f", or state what you accept: {' '.join(dict.fromkeys(limits))}" if limits else ""
    return f"Take a finer grid{other}"


def _limit(check: Check) -> str | None:
    name = check.name.split(" ")[0]
    return name if name in _LIMITS and check.value is not None else None


def _above(check: Check) -> str:
    """Return twice a figure, rounded up to one digit: other samples may be worse."""
    assert check.value is not None
    power = math.floor(math.log10(2 * check.value))
    return f"{math.ceil(2 * check.value / 10**power)}e{power}"
