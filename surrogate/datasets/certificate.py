"""The certificate: what a data set has shown about its labels, and two figures that every user of them needs.

``label_error`` is how far the labels are from the discrete map that they state, ``label_floor`` how far they are from
the equation itself, at most: a model whose error is below the floor reproduces the solver, not the physics. For those
who learn steps ``step_floor`` says how far the equation, solved from a stored frame, misses the next: what a frame on
this grid does not say of its future.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from surrogate.datasets import layout
from surrogate.errors import InputError
from surrogate.integrity import read_sealed
from surrogate.spaces import Frozen, Split, Task
from surrogate.typed_record import first_complaint

Status = Literal["passed", "failed", "none"]
# The check that steps can be learned, and what helps where they cannot.
STEP = "step"
STEP_HELPS = (
    "a stored frame does not say so much of the next: a finer grid or frames nearer in time help (grid,"
    " equation.frames, equation.horizon), or several frames in, time.history=2"
)
UNPROVED = "no sample was solved again, so nothing is known of the labels (certificate.samples, 2 or more, asks for it)"


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
    says, None where it was not measured. ``label_floor`` is a mean over these samples, all their frames and the worst
    field; ``label_floor_last`` over their last frames alone; ``label_floor_worst`` is that of the worst frame of any,
    the ``worst_frame``. ``step_floor`` is the mean over all stored steps, ``step_floor_worst`` the worst. None: not
    known, as before certificates had the figure. ``thresholds`` were stated by the recipe. ``data`` is the hash of the
    data set that has shown it, None where it was made before certificates named one.
    """

    schema_version: Literal[2] = 2
    status: Status
    reason: str
    label_error: float | None = None
    label_floor: float | None = None
    label_floor_last: float | None = None
    label_floor_worst: float | None = None
    worst_frame: int | None = None
    step_floor: float | None = None
    step_floor_worst: float | None = None
    order: float | None = None
    order_of: str = ""
    checks: tuple[Check, ...] = ()
    samples: tuple[tuple[Split, int], ...] = ()
    data: str | None = None
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

    def refusal(self, task: Task, history: int = 1) -> str | None:
        """Return why labels are not to be learned from unasked, in words; None where what was promised was shown.

        Args:
            task: what is learned. That frames do not give the next ones matters to steps alone.
            history: how many frames go in; of several, what a single one does not say is no measure.
        """
        if self.status == "none":
            return None if self.thresholds is None else f"not certified: {self.reason}"
        from_a_frame = task == "step" and history == 1
        if self.status == "failed" and (from_a_frame or {check.name for check in self.failures} != {STEP}):
            return f"its certificate failed ({self.reason})"
        limit = (self.thresholds or {}).get("step")
        if limit is None or not from_a_frame or any(check.name == STEP for check in self.checks):
            return None
        if self.step_floor_worst is None or self.step_floor_worst > limit:
            value = "none could be measured" if self.step_floor_worst is None else f"{self.step_floor_worst:.2e}"
            return f"step floor: {value}, at most {limit:.1e} was promised ({STEP_HELPS})"
        return None

    def line(self) -> str:
        """Return the certificate in a line, the way a person would say it."""
        if self.status == "none":
            return f"none: {self.reason}"
        if self.status == "failed":
            return f"FAILED: {self.reason}"
        unnamed = "" if self.data else "; made before certificates named their data by a hash"
        return f"passed: {self.figures()}{unnamed}"

    def figures(self) -> str:
        """Return the figures in words; empty where there are none."""
        clauses = []
        if self.label_error is not None:
            clauses.append(f"labels solve their discrete equation to {self.label_error:.1e}")
        if self.label_floor is not None:
            worst = self.label_floor_worst
            frame = "" if worst is None else f"; {share(worst)} in the worst frame, {self.worst_frame}"
            clauses.append(f"they are at most {share(self.label_floor)} from the PDE (label floor{frame})")
        if self.step_floor is not None and self.step_floor_worst is not None:
            mean, most = share(self.step_floor), share(self.step_floor_worst)
            clauses.append(f"a stored frame gives the next to {mean}, {most} the worst (step floor)")
        return ", ".join(clauses)


def share(error: float) -> str:
    """Return a relative error as a percentage where that reads well, as a power of ten where it is tiny."""
    return f"{100 * error:.2g} %" if error >= 1e-5 else f"{error:.1e}"


def read_certificate(folder: Path, data: str | None = None) -> Certificate:
    """Return the certificate in ``folder``.

    That of a data set of the first version, which had none of the checks, is one without evidence, and so is one that
    passed with no sample solved again.

    Args:
        folder: of the data set.
        data: the hash of the data that it is to speak of; None: whichever.

    Raises:
        InputError: it is not there, is not a certificate, or is that of other data.
    """
    path = folder / layout.CERTIFICATE
    text = read_sealed(path)
    try:
        certificate = Certificate.model_validate_json(text)
    except ValidationError as error:
        if b'"certified"' in text and b'"schema_version"' not in text:
            return Certificate(status="none", reason="made before certificates; generate the data set anew")
        raise InputError(f"{path}: not a certificate of this version: {first_complaint(error)}") from error
    if data is not None and certificate.data not in (None, data):
        raise InputError(
            f"{path}: it certifies other data, of hash {str(certificate.data)[:16]}, than those here, of {data[:16]};"
            f" the manifest or the certificate was replaced: put back the right one, or generate the data set anew"
        )
    if certificate.status == "passed" and certificate.thresholds is not None and not certificate.samples:
        return certificate.model_copy(update={"status": "none", "reason": UNPROVED})
    return certificate
