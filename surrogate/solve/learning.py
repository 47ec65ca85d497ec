"""Learning a preconditioner from coefficients alone: random residuals are its only data.

Shape letters: b batch, n and m cells along x and y.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from surrogate.errors import SolverError
from surrogate.solve.certified import learned_cycle
from surrogate.solve.cycle import Conductances
from surrogate.solve.equation import LinearEquation
from surrogate.solve.krylov import flexible_conjugate_gradient
from surrogate.solve.preconditioner import Preconditioner
from surrogate.solve.solve_settings import PreconditionConfig
from surrogate.solvers.black_box_multigrid import FivePoints

# The tolerance at which iterations are counted before and after, and how many are tried at most.
TOLERANCE, MOST = 1e-8, 500
# Waves along an axis of a smooth right-hand side.
WAVES = 6


@dataclass(frozen=True)
class LearningProgress:
    """Where a training stands: steps done, and the mean loss of the last ones."""

    step: int
    loss: float


def learn(
    config: PreconditionConfig, equation: LinearEquation, constants: Tensor, report: Callable[[LearningProgress], None]
) -> Preconditioner:
    """Return a preconditioner trained on the problems of ``constants``, ``(n, c, x, y)``, in float32.

    What is minimised is the part of a residual ``b`` that the best step along ``d = M b`` leaves of it,
    ``|b - A d <d, b> / <d, A d>|^2 / |b|^2``. The residuals are those of conjugate gradients with the cycle as it is,
    after a random number of steps from white noise or from a few random waves, so they hold what it does worst.

    Raises:
        SolverError: the loss is no longer finite.

    Source: Kaneda et al. (2023), A deep conjugate direction method for iteratively solving linear systems, ICML,
    arXiv:2205.10763.
    """
    generator = torch.Generator().manual_seed(config.seed)
    model = untrained(config).to(constants.device)
    optimizer = torch.optim.Adam(model.parameters(), config.lr, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.lr, total_steps=max(config.steps, 2), pct_start=0.1
    )
    mean = 0.0
    for step in range(config.steps):
        chosen = torch.randint(len(constants), (config.batch_size,), generator=generator)
        operator, stencil = _operators(equation, constants[chosen.to(constants.device)], config.contrast, generator)
        cycle = model(operator)
        residual = _residuals(stencil, cycle, config.unrolled, step % 2 == 0, generator)
        loss = left_over(stencil, cycle(residual), residual).mean()
        if not bool(torch.isfinite(loss)):
            expected = "a smaller lr" if step else "coefficients, or a contrast, that float32 can hold"
            raise SolverError(f"precondition: the loss is not finite after {step} steps; expected {expected}")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        mean += (float(loss.detach()) - mean) / min(step + 1, 50)
        report(LearningProgress(step + 1, mean))
    return model.eval()


def untrained(config: PreconditionConfig) -> Preconditioner:
    """Return the preconditioner with which training starts; its weights depend on ``config.seed`` alone."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(config.seed)
        return Preconditioner(config.width)


def left_over(stencil: FivePoints, direction: Tensor, residual: Tensor) -> Tensor:
    """Return ``|b - A d <d, b> / <d, A d>|^2 / |b|^2``, ``(b,)``: it is the same for any multiple of ``d``."""
    image = stencil(direction)
    step = _dot(direction, residual) / _dot(direction, image)
    return (residual - step * image).square().sum((1, 2)) / residual.square().sum((1, 2))


def count_iterations(
    equation: LinearEquation, constants: Tensor, preconditioner: Preconditioner | None
) -> tuple[float, float]:
    """Return the mean iterations to 1e-8 from zero, and the share that arrives; None: conjugate gradients alone."""
    stencil, right = equation.problem(constants.double()).system()
    cycle = None if preconditioner is None else learned_cycle(preconditioner, stencil)
    steps = MOST if preconditioner is not None else 100 * max(right.shape[1:])
    iterated = flexible_conjugate_gradient(stencil, cycle or (lambda left: left), right, None, TOLERANCE, steps)
    return float(iterated.iterations.double().mean()), float(iterated.arrived.double().mean())


def _operators(
    equation: LinearEquation, constants: Tensor, contrast: float, generator: torch.Generator
) -> tuple[Conductances, FivePoints]:
    """Return the operators of some samples, in float32 and units of their own, the coefficients raised to a power."""
    problem = equation.problem(constants.double())
    power = 1 + (contrast - 1) * torch.rand(len(constants), 1, 1, generator=generator, dtype=torch.float64)
    stencil, _ = replace(problem, coefficient=problem.coefficient ** power.to(constants.device)).system()
    operator, _ = Conductances.of(stencil)
    return operator, FivePoints(operator.x, operator.y, operator.diagonal)


def _residuals(
    stencil: FivePoints, cycle: Callable[[Tensor], Tensor], unrolled: int, smooth: bool, generator: torch.Generator
) -> Tensor:
    """Return what some steps of conjugate gradients leave of random right-hand sides, ``(b, n, m)``, of norm 1."""
    b, n, m = stencil.diagonal.shape
    if smooth:
        right = F.interpolate(torch.randn(b, 1, WAVES, WAVES, generator=generator), (n, m), mode="bicubic")[:, 0]
    else:
        right = torch.randn(b, n, m, generator=generator)
    right = right.to(stencil.diagonal)
    steps = int(torch.randint(unrolled + 1, (1,), generator=generator))
    with torch.no_grad():
        iterated = flexible_conjugate_gradient(stencil, cycle, right, None, 1e-6, steps)
        left = right - stencil(iterated.field)
        size = _dot(left, left).sqrt()
        return left / torch.where(size > 0, size, 1.0)


def _dot(left: Tensor, right: Tensor) -> Tensor:
    return (left * right).sum((1, 2), keepdim=True)
