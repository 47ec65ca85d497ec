"""Steps learned from trajectories: windows as training items, the losses of their roll-outs, noise on what goes in.

Shape letters: b items, h frames given, k frames wanted, c channels, s... space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from surrogate.datasets.window_settings import TimeConfig
from surrogate.datasets.windows import Windows, windows
from surrogate.errors import SettingsError
from surrogate.predictors.rollout import unroll
from surrogate.predictors.surrogate import Surrogate
from surrogate.spaces import DataSpec, Problem, Task
from surrogate.training.items import Batch, SplitSamples
from surrogate.training.loss import Criterion
from surrogate.training.objective import Objective
from surrogate.training.training_settings import TrainConfig

# Steps of the roll-outs whose error is shown after each epoch, where the trajectories are long enough.
ROLLOUT = 10


@dataclass(frozen=True)
class WindowItems:
    """The windows of all trajectories as training items; see :mod:`surrogate.datasets.windows`."""

    chosen: Windows
    samples: SplitSamples

    def __len__(self) -> int:
        return len(self.samples) * len(self.chosen)

    def batch(self, indices: Tensor) -> Batch:
        """Return inputs (b, c_in, s...) and outputs (b, k c, s...), the frames wanted one behind the other."""
        samples, given, wanted, leads = self.chosen.place(indices.cpu().numpy())
        frames = torch.from_numpy(np.concatenate([given, wanted], axis=1))
        constants, states = self.samples.take(torch.from_numpy(samples), frames)
        before, after = states.tensor_split([given.shape[1]], dim=1)
        parts = [constants, before.flatten(1, 2)]
        if leads is not None:
            numbers = torch.from_numpy(leads).to(states).reshape(-1, 1, *[1] * (states.ndim - 3))
            parts.insert(1, numbers.expand(-1, 1, *states.shape[3:]))
        return torch.cat(parts, dim=1), after.flatten(1, 2)


def training_windows(spec: DataSpec, task: Task, time: TimeConfig) -> Windows:
    """Return the windows that are trained on: one starts at every frame."""
    return windows(spec.times, task, time)


def validation_windows(spec: DataSpec, task: Task, time: TimeConfig) -> Windows:
    """Return windows as those trained on, of which unrolled ones begin where the one before ends."""
    stride = 1 if task == "map" or time.training == "all_pairs" else time.steps
    return windows(spec.times, task, time, stride)


def rollout_windows(spec: DataSpec, task: Task, time: TimeConfig) -> Windows | None:
    """Return windows of up to 10 steps, one behind the other, for a run that learns fewer; None where there are none.

    With the lead time among the inputs it is that of one frame.
    """
    steps = min(ROLLOUT, len(spec.times) - time.history)
    if task == "map" or steps <= (1 if time.training == "all_pairs" else time.steps):
        return None
    long = windows(spec.times, task, TimeConfig(training="unrolled", steps=steps, history=time.history), steps)
    if time.training != "all_pairs":
        return long
    times = np.asarray(spec.times)
    leads = (times[long.wanted[:, 0]] - times[long.given[:, -1]]).astype(np.float32)
    return Windows(long.given, long.wanted, leads)


def stepped(loss: Criterion, problem: Problem, time: TimeConfig) -> Objective:
    """Return the objective of predicting all frames of a window: the loss of the roll-out over them together.

    With ``push_forward`` every step begins from what the step before gave, as it stands: the gradient goes through one
    step alone, and of two steps the first is the usual loss and the second the stability loss of the source. A single
    frame is predicted in one application, whatever the setting.

    Source: Brandstetter, Worrall, Welling (2022), Message Passing Neural PDE Solvers, arXiv:2202.03376, section 3.1.
    """
    through = time.training != "push_forward"
    return lambda predict, inputs, outputs: loss(
        unroll(predict, problem, inputs, outputs.shape[1], through=through), outputs, problem.weights(inputs)
    )


def check(config: TrainConfig) -> None:
    """Refuse settings of steps that do nothing.

    Raises:
        SettingsError: noise on inputs that are not normalised, or a single step before what is no roll-out.
    """
    if config.time.pretrain and config.time.training not in ("unrolled", "push_forward"):
        how = config.time.training
        raise SettingsError(f"time.pretrain: learns one step before several; expected time=unrolled, got {how}")
    if config.time.noise and config.normaliser.inputs == "none":
        raise SettingsError("time.noise: is in units of the inputs' own deviation; expected normaliser.inputs=channel")


def frames_learned(time: TimeConfig, epoch: int, epochs: int) -> int:
    """Return how many frames of a window are learned in an epoch, counted from 0: at first perhaps one."""
    return 1 if time.training in ("one_step", "all_pairs") or epoch < time.pretrain * epochs else time.steps


def noisy(inputs: Tensor, surrogate: Surrogate, time: TimeConfig, seed: int, epoch: int, items: Tensor) -> Tensor:
    """Return inputs (b, c_in, s...) with noise on the frames among them; constants and lead times stay.

    The noise of an item is a function of seed, epoch and the item's number alone: a resumed run, or one of several
    processes, draws the same. The frames wanted stay as they are, so a step learns to lead back to the trajectory.

    Source: Sanchez-Gonzalez et al. (2020), Learning to simulate complex physics with graph networks, arXiv:2002.09405,
    section 4.4.
    """
    if not time.noise:
        return inputs
    channels = len(surrogate.problem.target.fields) * surrogate.problem.history
    shape = (channels, *inputs.shape[2:])
    # The third word keeps these streams apart from those that order the samples and draw symmetries.
    streams = (
        np.random.default_rng(np.random.SeedSequence([seed, epoch, int(item)], spawn_key=(2,))) for item in items
    )
    drawn = torch.from_numpy(np.stack([stream.standard_normal(shape, np.float32) for stream in streams])).to(inputs)
    deviation = surrogate.input_normaliser.std.expand(1, inputs.shape[1], *surrogate.input_normaliser.std.shape[2:])
    # A frame that had one value in all of the training inputs has no deviation, whatever the normaliser divides by.
    varied = (surrogate.input_high > surrogate.input_low).reshape(1, -1, *[1] * (inputs.ndim - 2))
    deviation = torch.where(varied, deviation, 0.0)
    noise = time.noise * deviation[:, -channels:] * drawn
    return torch.cat([inputs[:, :-channels], inputs[:, -channels:] + noise], dim=1)
