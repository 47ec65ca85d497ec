"""The settings of `surrogate solve` and of `surrogate precondition`, typed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from surrogate.spaces import Split
from surrogate.values import Count, Device, Positive, Rate, Writes


class SolveConfig(Writes):
    """``surrogate solve``: solutions of a data set's equation whose residual is at most ``tolerance``.

    Inputs are those of a ``split`` or of a file. ``method`` None is chosen by what is given: a run gives a guess, a
    preconditioner a V-cycle. ``refine`` takes cells so many times smaller than those of the inputs. ``compare`` solves
    the same inputs without a surrogate too. So many samples of ``discretisation`` are solved again by the equation's
    own, finer solver, to say how far the system is from the equation.
    """

    run: Path | None
    preconditioner: Path | None
    data: Path | None
    split: Split
    samples: Positive | None
    input: Path | None
    out: Path | None
    tolerance: Annotated[float, Field(gt=0, lt=1)]
    method: Literal["cg", "multigrid", "guess", "preconditioner", "both"] | None
    refine: Positive
    compare: bool
    discretisation: Count
    batch_size: Positive
    max_iterations: Positive
    device: Device


class PreconditionConfig(Writes):
    """``surrogate precondition``: a V-cycle learned from the coefficients of a data set, on its grid.

    Each of ``steps`` takes ``batch_size`` training coefficients, raised to a power between 1 and ``contrast``, and
    residuals that at most ``unrolled`` steps of conjugate gradients leave.
    """

    data: Path
    out: Path
    width: Annotated[int, Field(gt=0, le=4096)]
    steps: Positive
    batch_size: Positive
    lr: Rate
    contrast: Annotated[float, Field(ge=1, le=4)]
    unrolled: Count
    seed: Count
    device: Device
