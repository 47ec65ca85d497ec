"""What the error of the labels themselves means for that of a surrogate: the floor of the map that it learned."""

from __future__ import annotations

from collections.abc import Mapping

from surrogate.datasets.certificate import Certificate, share
from surrogate.evaluation.intervals import Interval
from surrogate.spaces import DataSpec, Problem


def floor_notes(
    certificate: Certificate, spec: DataSpec, problem: Problem, metrics: Mapping[str, Interval]
) -> tuple[str, ...]:
    """Return the floors that the errors of a surrogate are to be read beside, in words.

    A map is compared with the labels it learned, a step from one frame with what a stored frame says of the next,
    steps from several frames, and roll-outs, with the trajectories.

    An inverse problem has none: the certificate is of the states.

    Args:
        certificate: of the data that the surrogate was measured on.
        spec: of these data.
        problem: what was learned.
        metrics: mean errors, with ``rollout_relative_l2`` where steps were rolled out.
    """
    if certificate.status == "failed":
        notes: tuple[str, ...] = (f"The certificate of the data failed: {certificate.reason}.",)
        if certificate.step_floor is None:
            return notes
    else:
        notes = ()
    if problem.target.fields != spec.states:
        return notes
    error = metrics["relative_l2"].mean
    if problem.task == "map":
        last = certificate.label_floor_last if len(spec.times) > 1 else None
        return notes + _beside(error, certificate.label_floor if last is None else last)
    if problem.history == 1:
        notes += _step(error, certificate)
    else:
        notes += _beside(error, certificate.label_floor)
        if certificate.step_floor is not None:
            notes += (
                f"Several frames go in, which say more than one: from one the equation misses the next by"
                f" {share(certificate.step_floor)} on average.",
            )
    rolled, floor = metrics.get("rollout_relative_l2"), certificate.label_floor
    if rolled is not None and floor is not None and rolled.mean < floor:
        notes += (
            f"The error of the roll-out is below the label floor: the trajectories are themselves up to {share(floor)}"
            " from the equation.",
        )
    return notes


def _step(error: float, certificate: Certificate) -> tuple[str, ...]:
    floor = certificate.step_floor
    if floor is None:
        if certificate.label_floor is None:
            return ()
        return (
            f"Label floor: the trajectories are on average {share(certificate.label_floor)} from the equation; what a"
            " single stored frame says of the next is not known of these data.",
        )
    if error < floor:
        return (
            f"The error is below the step floor: the equation, solved from a stored frame, itself misses the next by"
            f" {share(floor)} on average, since a frame on this grid does not hold all that decides it. What is"
            " measured here is what was learned of such fields, not the equation.",
        )
    worst = "" if certificate.step_floor_worst is None else f", at worst {share(certificate.step_floor_worst)}"
    return (f"Step floor: the equation, solved from a stored frame, misses the next by {share(floor)}{worst}.",)


def _beside(error: float, floor: float | None) -> tuple[str, ...]:
    if floor is None:
        return ()
    if error < floor:
        return (
            f"The error is below the label floor: the labels are themselves {share(floor)} from the equation, so what"
            " is measured here is how well the solver is reproduced, not the physics.",
        )
    return (f"Label floor: the labels are on average {share(floor)} from the equation.",)
