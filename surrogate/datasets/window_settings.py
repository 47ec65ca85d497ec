"""How windows are cut from trajectories, and learned."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from surrogate.spaces import Frozen
from surrogate.values import Fraction, Positive


class TimeConfig(Frozen):
    """How a surrogate of steps learns from trajectories; a task ``map`` has none.

    ``one_step`` compares every frame with the next. ``unrolled`` goes ``steps`` steps with the gradient through all of
    them, ``push_forward`` with the gradient through the last alone. ``all_pairs`` learns every lead from 1 to ``steps``
    frames, with the lead time among the inputs. ``history`` frames go in, oldest first. ``noise`` is the deviation of
    what is added to the frames that go in, in units of the state's own. Of the epochs of ``unrolled`` and
    ``push_forward`` the share ``pretrain`` comes first and learns a single step.
    """

    training: Literal["one_step", "unrolled", "push_forward", "all_pairs"] = "one_step"
    steps: Positive = 1
    history: Positive = 1
    noise: Annotated[float, Field(ge=0)] = 0.0
    pretrain: Fraction = 0.0
