"""What a surrogate learns last: to correct its answers on grids finer than the one it was trained on.

It learns from the training data alone. The finished surrogate answers what lies interleaved in them on half their
grid, and the correction of its answer on the grid of the data is learned; later it is used from that grid on.

Shapes: n pairs, c channels, s... space.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from surrogate.errors import Stopped
from surrogate.operators.resampling import doubled, halved, resample
from surrogate.predictors.other_grids import OffGrid
from surrogate.predictors.refinement import Refinement
from surrogate.predictors.surrogate import Surrogate, build
from surrogate.spaces import Problem
from surrogate.training.items import Batch, order
from surrogate.training.loss import Criterion, Scale, build_loss
from surrogate.training.optimizers.soap import Soap
from surrogate.training.symmetry import Turn, drawn
from surrogate.training.training_settings import TrainConfig


@dataclass(frozen=True)
class _Doubling:
    """Pairs on a grid, in physical units, and what the operator of a surrogate gave for them on half of it."""

    inputs: Tensor
    outputs: Tensor
    coarse: Tensor

    def __len__(self) -> int:
        return len(self.inputs)

    def some(self, chosen: Tensor | slice) -> _Doubling:
        """Return some of the pairs."""
        return _Doubling(self.inputs[chosen], self.outputs[chosen], self.coarse[chosen])

    def turned(self, turn: Turn, problem: Problem) -> _Doubling:
        """Return them as a symmetry of the problem has them."""
        return _Doubling(*(turn(field, problem).contiguous() for field in (self.inputs, self.outputs, self.coarse)))


def learn_refinement(
    config: TrainConfig, surrogate: Surrogate, train: Batch, valid: Batch | None, should_stop: Callable[[], bool]
) -> dict[str, float]:
    """Fit the refinement of a finished surrogate; it depends on the settings and the pairs alone.

    Args:
        config: of the run.
        surrogate: with its final weights.
        train: inputs and outputs it learns from, (n, c, s...) in physical units, on the surrogate's own grid.
        valid: pairs that say what it is worth (None: the training pairs).
        should_stop: asked before every step.

    Returns:
        The mean loss from half the grid back to it, interpolated (``half_grid_interpolated``) and refined
        (``half_grid_refined``).

    Raises:
        Stopped: ``should_stop`` said so; the surrogate is to be thrown away.
    """
    refinement, problem = _untrained(config, surrogate), surrogate.problem
    shown = _doubling(surrogate, train, config.trainer.batch_size)
    judged = shown if valid is None else _doubling(surrogate, valid, config.trainer.batch_size)
    loss = _loss(config, problem, shown.outputs)
    refinement.fit_scales(shown.inputs, surrogate.target(shown.inputs, shown.outputs))
    before = _mean(surrogate, judged, loss, config.trainer.batch_size)
    steps = config.off_grid.epochs * -(-len(shown) // config.trainer.batch_size)
    optimizer = Soap(refinement.requires_grad_(True).parameters(), lr=config.off_grid.lr, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.off_grid.lr, total_steps=max(steps, 2), cycle_momentum=False
    )
    for epoch in range(config.off_grid.epochs):
        batches = order(config.seed, epoch, len(shown)).split(config.trainer.batch_size)
        for step, chosen in enumerate(batches):
            if should_stop():
                raise Stopped(f"{config.out}: stopped while learning to refine; the same command begins that again")
            batch = shown.some(chosen.to(shown.inputs.device))
            if config.trainer.augment and problem.symmetries:
                batch = batch.turned(drawn(problem, config.seed, epoch, step), problem)
            optimizer.zero_grad(set_to_none=True)
            _losses(surrogate, batch, loss).mean().backward()
            torch.nn.utils.clip_grad_norm_(refinement.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    refinement.requires_grad_(False)
    after = _mean(surrogate, judged, loss, config.trainer.batch_size)
    if not after < before:  # nothing was learned that helps on other samples
        _untrained(config, surrogate)
        after = before
    return {"half_grid_interpolated": before, "half_grid_refined": after}


def _untrained(config: TrainConfig, surrogate: Surrogate) -> Refinement:
    """Put the refinement back to its beginning, which is interpolation, and return it."""
    refinement, fresh = (refinement_of(one) for one in (surrogate, build(config, surrogate.problem)))
    if refinement is None or fresh is None:
        raise ValueError("these settings have no refinement to learn")
    refinement.load_state_dict(fresh.state_dict())
    return refinement


def refinement_of(surrogate: Surrogate) -> Refinement | None:
    """Return what corrects the answers of a surrogate on finer grids, if anything does."""
    return None if surrogate.off_grid is None else surrogate.off_grid.refinement


def _doubling(surrogate: Surrogate, pairs: Batch, size: int) -> _Doubling:
    grid, periodic, off_grid = surrogate.problem.grid, surrogate.problem.boundary.periodic, _off_grid(surrogate)
    fine = grid.resized(doubled(halved(grid.points, grid.placement), grid.placement))
    inputs, outputs = (resample(field, fine, periodic) for field in pairs)
    with torch.no_grad():
        answers = torch.cat([off_grid.coarse(surrogate.change, block) for block in inputs.split(size)])
    return _Doubling(inputs, outputs, answers)


def _off_grid(surrogate: Surrogate) -> OffGrid:
    if surrogate.off_grid is None:
        raise ValueError("a surrogate without a way to other grids has nothing to learn for them")
    return surrogate.off_grid


def _loss(config: TrainConfig, problem: Problem, outputs: Tensor) -> Criterion:
    scale = Scale(config.loss)
    scale.add(outputs)
    grid = problem.grid.resized(tuple(outputs.shape[2:]))
    return build_loss(config.loss, problem.on(grid), scale.mean_square)


def _losses(surrogate: Surrogate, pairs: _Doubling, loss: Criterion) -> Tensor:
    refined = _off_grid(surrogate).finer(pairs.coarse, pairs.inputs, 1.0)
    return loss(surrogate.completed(refined, pairs.inputs), pairs.outputs)


def _mean(surrogate: Surrogate, pairs: _Doubling, loss: Criterion, size: int) -> float:
    with torch.no_grad():
        starts = range(0, len(pairs), size)
        losses = [_losses(surrogate, pairs.some(slice(start, start + size)), loss) for start in starts]
    return float(torch.cat(losses).double().mean())
