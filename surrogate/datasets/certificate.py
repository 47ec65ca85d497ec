"""The certificate: what a data set has shown about its labels, and two figures that every user of them needs.

``label_error`` is how far the labels are from the discrete map that they state, ``label_floor`` how far that map is
from the equation itself: a model whose error is below the floor reproduces the solver, not the physics.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from surrogate.datasets import layout
from surrogate.errors import InputError
from surrogate.fields import Frozen, Split
from surrogate.integrity import read_sealed

Status = Literal["passed", "failed", "none"]


class Check(Frozen):
    """One thing that was asked of the data: a figure, its limit, and in words what it is. None: it has no figure."""

    name: str
    value: float | None
    limit: float
    says: str

    @property
    def passed(self) -> bool:
        return self.value is not None and self.value <= self.limit

    def figure(self) -> str:
        """Return the figure as text."""
        return "none" if self.value is None else f"{self.value:.2e}"


class Reached(Frozen):
    """What the solver reached on all samples of a split."""

    samples: int
    largest_residual: float
    mean_iterations: float
    most_iterations: int
    retried: int


class Certificate(Frozen):
    """Evidence that the labels of a data set are right; see the module.

    ``samples`` were solved again. ``order`` is the observed order of convergence of one of them, in what ``order_of``
    says, None where it was not measured. ``thresholds`` were stated by the recipe.
    """

    schema_version: Literal[2] = 2
    status: Status
    reason: str
    label_error: float | None = None
    label_floor: float | None = None
    order: float | None = None
    order_of: str = ""
    checks: tuple[Check, ...] = ()
    samples: tuple[tuple[Split, int], ...] = ()
    quarantined: int = 0
    solver: str | None = None
    tolerance: float | None = None
    splits: dict[Split, Reached] = Field(default_factory=dict)
    thresholds: dict[str, Any] | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    software: dict[str, str] = Field(default_factory=dict)

    @property
    def failures(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.passed)

    def line(self) -> str:
        """Return the certificate in a line, the way a person would say it."""
        if self.status == "none":
            return f"none: {self.reason}"
        if self.status == "failed":
            return f"FAILED: {self.reason}"
        return f"passed: {self.figures()}"

    def figures(self) -> str:
        """Return the two figures in words; empty where there are none."""
        said = []
        if self.label_error is not None:
            said.append(f"labels solve their discrete equation to {self.label_error:.1e}")
        if self.label_floor is not None:
            said.append(f"which is {share(self.label_floor)} from the PDE (label floor)")
        return ", ".join(said)


def share(error: float) -> str:
    """Return a relative error as a percentage where that reads well, as a power of ten where it is tiny."""
    return f"{100 * error:.2g} %" if error >= 1e-5 else f"{error:.1e}"


def read_certificate(folder: Path) -> Certificate:
    """Return the certificate in ``folder``; that of a data set of the first version, which had none of the checks, is
    one without evidence.

    Raises:
        InputError: it is not there, or is not a certificate.
    """
    path = folder / layout.CERTIFICATE
    text = read_sealed(path)
    try:
        return Certificate.model_validate_json(text)
    except ValidationError as error:
        if b'"certified"' in text and b'"schema_version"' not in text:
            return Certificate(status="none", reason="made before certificates; generate the data set anew")
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise InputError(f"{path}: not a certificate of this version: {place}: {first['msg']}") from error
