"""Proof of labels, from the stored numbers and the equation alone: solved again, finer, and by a second method."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from surrogate.datasets.certificate import STEP, STEP_HELPS, UNPROVED, Certificate, Check, Status
from surrogate.datasets.evidence import Evidence
from surrogate.datasets.generation_settings import CertificateConfig
from surrogate.datasets.order import observed_order, remaining
from surrogate.datasets.proof import Array, Proof, Solved, distance, frame_distances, one_thread
from surrogate.equations import Equation
from surrogate.errors import SolverError

# Solvers accept twice their tolerance, for rounding in the recurrence that stopped them.
_SLACK = 2.0
_STEP_SAYS = "each stored frame against the equation solved from the frame before it, as the file has it"


def certify(
    equation: Equation,
    promised: CertificateConfig,
    evidence: Evidence,
    should_stop: Callable[[], None],
    solved: Solved | None = None,
) -> Certificate:
    """Return the certificate of the data that ``evidence`` was gathered from.

    Args:
        equation: bound to the grid of the data, with the settings that the labels were made with.
        promised: how many samples are solved again, and the limits, as the recipe stated them.
        evidence: of all parts.
        should_stop: called between two solves; raises to end the certification.
        solved: what was solved before of these very samples, to which more is added.
    """
    proof = Proof(equation, evidence.chosen, len(evidence.wanted), solved)
    splits = evidence.splits()
    which = "another" if evidence.given else "whatever"
    checks = [
        Check(
            name="duplicates",
            value=float(evidence.duplicates),
            limit=0.0,
            says=f"samples whose inputs are those of another one, in {which} split",
        ),
        Check(
            name="residual",
            value=_finite(max(reached.largest_residual for reached in splits.values())),
            limit=_SLACK * equation.tolerance,
            says="largest relative residual (or error bound) that the solver reached, over all samples",
        ),
    ]
    for name, drift in evidence.drift.items():
        says = f"{name}: relative drift or violation, over all samples"
        checks.append(Check(name=f"drift of {name}", value=_finite(drift), limit=promised.drift, says=says))
    figures: dict[str, Any] = {}
    if evidence.chosen:
        with one_thread():
            more, figures = _solved_again(proof, promised, should_stop)
        checks += more
    status, reason = _verdict(checks, proved=bool(evidence.chosen))
    return Certificate(
        status=status,
        reason=reason,
        checks=tuple(checks),
        samples=tuple((each.split, each.index) for each in evidence.chosen),
        solver=equation.name,
        tolerance=equation.tolerance,
        splits=splits,
        thresholds=promised.model_dump(mode="json"),
        **figures,
    )


def _solved_again(
    proof: Proof, promised: CertificateConfig, should_stop: Callable[[], None]
) -> tuple[list[Check], dict[str, Any]]:
    last = proof.frames_until(promised.horizon)
    says = "stored labels against their discrete equation, solved again in float64"
    error = _distances(proof.stored, lambda: proof.solve(1, 1), last)
    checks = [_check("error", error, promised.error, says)]
    figures: dict[str, Any] = {"label_error": _mean(error)}
    should_stop()
    if proof.equation.matched is not None:
        # Labels that reproduce a published discretisation are not held to the equation; how far they are is said.
        return checks, figures | {"label_floor": _mean(_distances(proof.stored, proof.unmatched, last))}
    order, of = observed_order(proof)
    factor = remaining(min(math.inf if order is None else order, proof.equation.order))
    floor, more = _floor(proof, error, last, factor)
    should_stop()
    second = _distances(proof.stored, proof.second, last)
    should_stop()
    says = f"bound of the labels' distance from the equation: {factor:.3g} times that from half the spacing and step"
    checks += [
        _check("floor", floor, promised.floor, says),
        _check(
            "second", second, promised.second, "stored labels against a second method that shares no code; no bound"
        ),
    ]
    figures |= {"label_floor": _mean(floor), "order": order, "order_of": of} | more
    if len(proof.spec.times) > 1:
        step, more = _steps(proof)
        figures |= more
        if promised.step is not None and proof.spec.task == "step":
            checks.append(_check(STEP, step, promised.step, _STEP_SAYS))
    return checks, figures


# Distances of the chosen samples, or none of them and why they could not be had.
_Distances = tuple[list[float], str]


def _distances(stored: list[Array], solve: Callable[[], list[Array]], last: int) -> _Distances:
    """Return how far the first ``last`` frames of every sample are from those that ``solve`` gives."""
    try:
        return [distance(a[:last], b[:last]) for a, b in zip(stored, solve(), strict=True)], ""
    except SolverError as error:
        return [], str(error)


def _floor(proof: Proof, error: _Distances, last: int, factor: float) -> tuple[_Distances, dict[str, Any]]:
    """Return bounds of how far the labels of every sample are from the equation, and those of single frames.

    A label is no further from the equation than from its own solver in float64, and this no further than ``factor``
    times its distance from one that is twice as fine.
    """
    if not error[0]:
        return error, {}
    try:
        made, finer = proof.solve(1, 1), proof.solve(2, 2)
    except SolverError as refused:
        return ([], str(refused)), {}
    apart = [distance(a[:last], b[:last]) for a, b in zip(made, finer, strict=True)]
    bounds = [own + factor * each for own, each in zip(error[0], apart, strict=True)]
    if len(proof.spec.times) == 1:
        return (bounds, ""), {}
    frames = np.stack(
        [
            frame_distances(stored[1:], a[1:]) + factor * frame_distances(a[1:], b[1:])
            for stored, a, b in zip(proof.stored, made, finer, strict=True)
        ]
    )
    within = frames[:, : last - 1].max(axis=0)
    more: dict[str, Any] = {
        "label_floor_worst": _finite(float(within.max())),
        "worst_frame": int(within.argmax()) + 1,
        "label_floor_last": _finite(float(frames[:, -1].mean())) if last == len(proof.spec.times) else None,
    }
    return (bounds, ""), more


def _steps(proof: Proof) -> tuple[_Distances, dict[str, Any]]:
    """Return the worst step of every sample that took one, and the figures of all steps."""
    try:
        steps = proof.steps()
    except SolverError as error:
        return ([], f"a stored frame cannot be solved from: {error}"), {}
    worst = [float(each.max()) for each in steps if each.size]
    return (worst, ""), {
        "step_floor": _finite(float(np.concatenate(steps).mean())),
        "step_floor_worst": _finite(max(worst)),
    }


def _mean(measured: _Distances) -> float | None:
    return _finite(float(np.mean(measured[0]))) if measured[0] else None


def _check(name: str, measured: _Distances, limit: float, says: str) -> Check:
    distances, why = measured
    if not distances:
        return Check(name=name, value=None, limit=limit, says=f"{says}: {why}")
    return Check(name=name, value=_finite(max(distances)), limit=limit, says=says)


def _verdict(checks: list[Check], proved: bool) -> tuple[Status, str]:
    """Return the status and its reason; what was not ``proved``, no sample of it solved again, has none."""
    failed = [check for check in checks if not check.passed]
    if failed:
        return "failed", "; ".join(_complaint(check) for check in failed)
    return ("passed", "every check within its limit") if proved else ("none", UNPROVED)


def _complaint(check: Check) -> str:
    if check.value is None:
        return f"{check.name}: {check.says.split(': ', 1)[-1]}"
    helps = f" ({STEP_HELPS})" if check.name == STEP else ""
    return f"{check.name} {check.value:.2e}, at most {check.limit:.1e} was promised{helps}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
