"""Proof of labels, from the stored numbers and the equation alone: solved again, finer, and by a second method."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from surrogate.config.schema import CertificateConfig
from surrogate.datasets.certificate import Certificate, Check
from surrogate.datasets.evidence import Chosen, Evidence
from surrogate.datasets.ladder import settings_at
from surrogate.errors import SolverError
from surrogate.fields import DataSpec
from surrogate.registry import Settings

Array = NDArray[np.float64]
# An order is measured only where the finest of its levels takes no more steps of points than this: a matter of seconds.
_MOST_WORK = 5e7
_MOST_WORK_OF_BOTH = 1e7
# Less than this is no order: the levels do not yet approach a limit.
_LEAST_ORDER = 0.25
# Solvers accept twice their tolerance, for rounding in the recurrence that stopped them.
_SLACK = 2.0


class Proof:
    """Samples solved again. Everything runs on one thread: the number of threads changes the last bits."""

    def __init__(self, equation: Settings, spec: DataSpec, module: ModuleType, chosen: list[Chosen]) -> None:
        self.equation, self.spec, self.module, self.chosen = equation, spec, module, chosen
        self.inputs = [each.inputs.astype(np.float64) for each in chosen]
        self.stored = [each.states.astype(np.float64) for each in chosen]
        self._solved: dict[tuple[int, int, int], tuple[Array, int]] = {}

    def solve(self, space: int, time: int, among: slice = slice(None)) -> list[Array]:
        """Return the states of the chosen samples, ``space`` and ``time`` times finer than they were made."""
        return [self._solve(space, time, number)[0] for number in range(len(self.chosen))[among]]

    def iterations(self, among: slice = slice(None)) -> list[int]:
        """Return the work that the chosen samples took as they were made."""
        return [self._solve(1, 1, number)[1] for number in range(len(self.chosen))[among]]

    def _solve(self, space: int, time: int, number: int) -> tuple[Array, int]:
        key, effort = (space, time, number), self.chosen[number].effort
        if key not in self._solved:
            settings = settings_at(effort, self.equation, self.spec, self.module)
            if space * time > 1:
                settings = self.module.refined(settings, self.spec, space, time)
            solved = self.module.solve(settings, self.spec, torch.from_numpy(self.inputs[number][None]))
            self._solved[key] = solved.states[0].numpy(), int(solved.iterations[0])
        return self._solved[key]

    def unmatched(self) -> list[Array]:
        """Return the chosen samples solved as the equation wants it, not as the paper did that they match."""
        settings = self.equation.model_copy(update={"match": None})
        solved = [self.module.solve(settings, self.spec, torch.from_numpy(inputs[None])) for inputs in self.inputs]
        return [each.states[0].numpy() for each in solved]

    def second(self) -> list[Array]:
        """Return what the equation's second method makes of the chosen samples."""
        return [self.module.second_method(self.equation, self.spec, inputs[None])[0] for inputs in self.inputs]

    def distances(self, found: list[Array], truth: list[Array], horizon: float | None) -> list[float]:
        """Return the relative L2 distance of each sample over the frames up to ``horizon``, of its worst field."""
        last = len(self.spec.times)
        if horizon is not None:
            last = max(2, sum(time - self.spec.times[0] <= horizon * (1 + 1e-12) for time in self.spec.times))
        return [distance(a[:last], b[:last]) for a, b in zip(found, truth, strict=True)]


def distance(found: Array, truth: Array) -> float:
    """Return ``|found - truth| / |truth|`` in L2 over frames and space, of the worst of the fields ``(t, c, s...)``."""
    worst = 0.0
    for channel in range(truth.shape[1]):
        apart = float(np.linalg.norm(found[:, channel] - truth[:, channel]))
        size = float(np.linalg.norm(truth[:, channel])) or float(np.linalg.norm(truth)) or 1.0
        if not math.isfinite(apart):  # max() would pass a NaN by
            return math.inf
        worst = max(worst, apart / size)
    return worst


def certify(
    equation: Settings, spec: DataSpec, asked: CertificateConfig, evidence: Evidence, should_stop: Callable[[], None]
) -> Certificate:
    """Return the certificate of the data that ``evidence`` was gathered from.

    Args:
        equation: the settings that the labels were made with.
        spec: what the data mean.
        asked: how many samples are solved again, and the limits, as the recipe stated them.
        evidence: of all parts.
        should_stop: called between two solves; raises to end the certification.
    """
    module: ModuleType = evidence.module  # type: ignore[assignment]
    proof = Proof(equation, spec, module, evidence.chosen)
    splits = evidence.splits()
    tolerance = getattr(equation, "tolerance", None)
    checks = [
        Check(
            name="duplicates",
            value=float(evidence.duplicates),
            limit=0.0,
            says="samples whose inputs are those of another one, in whatever split",
        )
    ]
    if tolerance is not None:
        worst = max(reached.largest_residual for reached in splits.values())
        says = "largest relative residual (or error bound) that the solver reached, over all samples"
        checks.append(Check(name="residual", value=_finite(worst), limit=_SLACK * tolerance, says=says))
    for name, drift in evidence.drift.items():
        says = f"{name}: relative drift or violation, over all samples"
        checks.append(Check(name=f"drift of {name}", value=_finite(drift), limit=asked.drift, says=says))
    figures: dict[str, Any] = {}
    if evidence.chosen:
        with _one_thread():
            found, figures = _solved_again(proof, asked, should_stop)
        checks += found
    failed = [check for check in checks if not check.passed]
    return Certificate(
        status="failed" if failed else "passed",
        reason="; ".join(_complaint(check) for check in failed) or "every check within its limit",
        checks=tuple(checks),
        samples=tuple((each.split, each.index) for each in evidence.chosen),
        solver=equation.name,
        tolerance=tolerance,
        splits=splits,
        thresholds=asked.model_dump(mode="json"),
        **figures,
    )


def _solved_again(
    proof: Proof, asked: CertificateConfig, should_stop: Callable[[], None]
) -> tuple[list[Check], dict[str, Any]]:
    says = "stored labels against their discrete equation, solved again in float64"
    error = _worst(lambda: proof.solve(1, 1), proof.stored, proof, asked.horizon)
    checks = [_check("error", error, asked.error, says)]
    figures: dict[str, Any] = {"label_error": _finite(float(np.mean(error[0]))) if error[0] else None}
    should_stop()
    if getattr(proof.equation, "match", None) is not None:
        # Labels that reproduce a published discretisation are not held to the equation; how far they are is said.
        floor = _worst(proof.unmatched, proof.stored, proof, asked.horizon)
        return checks, figures | {"label_floor": _finite(float(np.mean(floor[0]))) if floor[0] else None}
    floor = _worst(lambda: proof.solve(2, 2), proof.stored, proof, asked.horizon)
    should_stop()
    second = _worst(proof.second, proof.stored, proof, asked.horizon)
    should_stop()
    order, of = _order(proof)
    checks += [
        _check("floor", floor, asked.floor, "stored labels against a grid twice as fine and half the step"),
        _check("second", second, asked.second, "stored labels against a second method that shares no code"),
    ]
    figures |= {
        "label_floor": _finite(float(np.mean(floor[0])) * _remaining(order)) if floor[0] else None,
        "order": order,
        "order_of": of,
    }
    return checks, figures


_Found = tuple[list[float], str]


def _worst(solve: Callable[[], list[Array]], stored: list[Array], proof: Proof, horizon: float | None) -> _Found:
    """Return the distance of every sample, or none of them and why it could not be had."""
    try:
        return proof.distances(stored, solve(), horizon), ""
    except SolverError as error:
        return [], str(error)


def _check(name: str, found: _Found, limit: float, says: str) -> Check:
    distances, why = found
    if not distances:
        return Check(name=name, value=None, limit=limit, says=f"{says}: {why}")
    return Check(name=name, value=_finite(max(distances)), limit=limit, says=says)


def _order(proof: Proof) -> tuple[float | None, str]:
    """Return the order of convergence of the first sample, seen on three levels, and in what; None where not seen."""
    axes, one = len(proof.spec.grid.points), slice(0, 1)
    steady = len(proof.spec.times) == 1
    cells = math.prod(proof.spec.grid.points) * int(getattr(proof.equation, "refine", 1)) ** axes
    work = float(proof.iterations(one)[0]) * cells
    if work * 4**axes <= _MOST_WORK if steady else work * 4 ** (axes + 1) <= _MOST_WORK_OF_BOTH:
        levels, of = [(1, 1), (2, 2), (4, 4)], "space" if steady else "space and time"
    elif not steady and 4 * work <= _MOST_WORK:
        levels, of = [(1, 1), (1, 2), (1, 4)], "time"
    else:
        return None, ""
    try:
        coarse, middle, fine = (proof.solve(*level, among=one)[0] for level in levels)
    except SolverError:
        return None, ""
    first, second = float(np.linalg.norm(coarse - middle)), float(np.linalg.norm(middle - fine))
    if min(first, second) < 1e-12 * float(np.linalg.norm(fine)):
        return None, "rounding is all that is left"
    order = math.log2(first / second)
    return (order, of) if order >= _LEAST_ORDER else (None, "")


def _remaining(order: float | None) -> float:
    """Return by how much the error of a level exceeds its distance from the next, which is twice as fine."""
    return 1 / (1 - 2 ** -min(max(order or 1.0, 0.5), 8.0))


def _complaint(check: Check) -> str:
    if check.value is None:
        return f"{check.name}: {check.says.split(': ', 1)[-1]}"
    return f"{check.name} {check.value:.2e}, at most {check.limit:.1e} was promised"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
