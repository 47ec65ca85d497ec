"""A batch of linear systems solved to a tolerance that is checked, with what a surrogate or a learned cycle can help.

Shape letters: b batch, n and m cells along x and y.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from surrogate.errors import InputError, SolverError
from surrogate.solve.check import checked_residual
from surrogate.solve.cycle import Conductances
from surrogate.solve.krylov import Iterated, flexible_conjugate_gradient
from surrogate.solve.preconditioner import Preconditioner
from surrogate.solvers.black_box_multigrid import BlackBoxCycle, FivePoints, solve_stencil
from surrogate.solvers.dirichlet_problem import DirichletProblem

Method = Literal["cg", "multigrid", "guess", "preconditioner", "both"]
# What starts from the prediction of a surrogate, and what takes the learned cycle.
GUESSING, LEARNED = ("guess", "both"), ("preconditioner", "both")
# Conjugate gradients alone get so many steps for each cell along the longer axis: their number grows with it.
PLAIN_STEPS = 100
# The solver of last resort accepts twice what it is asked for.
FALLBACK_SHARE = 0.25


@dataclass(frozen=True)
class Certified:
    """A batch that has met the tolerance.

    Attributes:
        field: ``u``, ``(b, n, m)``, float64.
        guess: residual of the guess, relative, ``(b,)``; 1 where it was zero.
        residual: that of ``field``, by the independent check, ``(b,)``.
        iterations: of conjugate gradients, those of a fallback included, ``(b,)``.
        fallback: whether the solver of last resort was needed, ``(b,)``.
        seconds: it took, without the check.
    """

    field: Tensor
    guess: NDArray[np.float64]
    residual: NDArray[np.float64]
    iterations: NDArray[np.int64]
    fallback: NDArray[np.bool_]
    seconds: float


def certify(
    problem: DirichletProblem,
    method: Method,
    tolerance: float,
    max_iterations: int,
    *,
    guess: Callable[[], Tensor] | None = None,
    preconditioner: Preconditioner | None = None,
) -> Certified:
    """Return the solutions of ``problem``, whose relative residuals ``|b - A x| / |b|`` in float64 are checked.

    ``cg`` is conjugate gradients alone; ``multigrid`` has the classical V-cycle as preconditioner, ``preconditioner``
    the learned one; ``guess`` is multigrid from the guess, ``both`` the learned cycle from it. A guess that meets the
    tolerance is returned as it is. What does not arrive is solved again by the solver that makes the data, and counted.

    Args:
        problem: on the grid of the system.
        method: see above.
        tolerance: of each sample.
        max_iterations: of each sample before it is solved again; conjugate gradients alone get more.
        guess: makes the first guess, ``(b, n, m)``; its time counts.
        preconditioner: the learned one.

    Raises:
        InputError: a coefficient is not positive, or a field is not finite.
        SolverError: a sample misses the tolerance, by the check.
    """
    _require_sound(problem)
    started = time.perf_counter()
    stencil, right = problem.system()
    first = guess() if method in GUESSING and guess is not None else None
    iterated = _iterate(stencil, right, method, tolerance, max_iterations, first, preconditioner)
    field, iterations = iterated.field, iterated.iterations
    late = ~iterated.arrived
    if bool(late.any()):
        again, _, more = solve_stencil(stencil.of(late), right[late], FALLBACK_SHARE * tolerance)
        field[late] = again
        iterations[late] += more
    seconds = time.perf_counter() - started
    residual = checked_residual(problem, field.cpu().numpy())
    if not bool((residual <= tolerance).all()):
        worst = int(np.nan_to_num(residual, nan=np.inf).argmax())
        raise SolverError(
            f"sample {worst} of the batch: the independent check finds a relative residual of {residual[worst]:.1e}, "
            f"expected at most {tolerance:.1e}; rounding in float64 leaves more where the tolerance is very small"
        )
    start = np.ones(len(right)) if first is None else _relative(stencil, right, first)
    return Certified(field, start, residual, iterations.cpu().numpy(), late.cpu().numpy(), seconds)


def _iterate(
    stencil: FivePoints,
    right: Tensor,
    method: Method,
    tolerance: float,
    max_iterations: int,
    first: Tensor | None,
    preconditioner: Preconditioner | None,
) -> Iterated:
    if method == "cg":
        steps = PLAIN_STEPS * max(right.shape[1:])
        return flexible_conjugate_gradient(stencil, lambda residual: residual, right, first, tolerance, steps)
    if method in LEARNED:
        if preconditioner is None:
            raise ValueError(f"method={method} needs a preconditioner")
        learned = learned_cycle(preconditioner, stencil)
        if learned is None:
            return Iterated(torch.zeros_like(right), *_nothing(right))
        return flexible_conjugate_gradient(stencil, learned, right, first, tolerance, max_iterations)
    cycle = BlackBoxCycle(stencil)
    split = cycle.layout.split
    start = None if first is None else split(first.to(right))
    iterated = flexible_conjugate_gradient(cycle.operator, cycle, split(right), start, tolerance, max_iterations)
    return Iterated(cycle.layout.join(iterated.field).contiguous(), iterated.iterations, iterated.arrived)


def learned_cycle(preconditioner: Preconditioner, stencil: FivePoints) -> Callable[[Tensor], Tensor] | None:
    """Return the learned V-cycle of a batch, in float32, scaled to each sample; None where it could not be made."""
    operator, unit = Conductances.of(stencil)
    with torch.inference_mode():
        try:
            cycle = preconditioner(operator)
        except RuntimeError:  # torch.linalg.LinAlgError, which torch does not export by name
            return None

    def apply(residual: Tensor) -> Tensor:
        size = residual.abs().amax((1, 2), keepdim=True)
        size = torch.where(size > 0, size, 1.0)
        with torch.inference_mode():
            return cycle((residual / size).float()).double() * (size / unit)

    return apply


def _nothing(right: Tensor) -> tuple[Tensor, Tensor]:
    steps = torch.zeros(len(right), dtype=torch.int64, device=right.device)
    return steps, steps.bool()


def _relative(stencil: FivePoints, right: Tensor, field: Tensor) -> NDArray[np.float64]:
    left = torch.linalg.vector_norm((right - stencil(field.to(right))).flatten(1), dim=1)
    size = torch.linalg.vector_norm(right.flatten(1), dim=1)
    residual: NDArray[np.float64] = torch.where(left > 0, left / size, 0.0).cpu().numpy()
    return residual


def _require_sound(problem: DirichletProblem) -> None:
    named = {"coefficient": problem.coefficient, "forcing": problem.forcing}
    named |= {f"side {number}": value for number, value in enumerate(problem.values)}
    for name, field in named.items():
        bad = ~torch.isfinite(field) | ((field <= 0) if name == "coefficient" else torch.zeros_like(field).bool())
        if bool(bad.any()):
            sample = int(bad.flatten(1).any(1).nonzero()[0, 0])
            expected = "positive and finite" if name == "coefficient" else "finite"
            raise InputError(f"sample {sample} of the batch: the {name} must be {expected} everywhere")
