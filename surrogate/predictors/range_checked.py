"""A map that knows what it was trained on, and refuses what it cannot take.

Shapes: n samples, b batch, c channels, k points asked for, s... space.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from surrogate.capabilities import Capabilities
from surrogate.predictors.predictor import domain_of, refused
from surrogate.predictors.range_guard import Guard, of_values
from surrogate.predictors.rollout import roll_out
from surrogate.predictors.wrapper import Wrapper
from surrogate.spaces import Problem, Space


class RangeChecked(nn.Module):
    """The map within, of inputs of the right form, with the range of those that it learned from.

    Args:
        inner: the map.
        problem: what it answers.
    """

    input_low: Tensor
    input_high: Tensor

    def __init__(self, inner: Wrapper, problem: Problem) -> None:
        super().__init__()
        self.inner = inner
        self.problem = problem
        # Taken from the training inputs, kept in the record of the run; weights and buffers say less.
        self.guard: Guard | None = None
        self.register_buffer("input_low", torch.zeros(len(problem.channels)))
        self.register_buffer("input_high", torch.zeros(len(problem.channels)))

    @property
    def capabilities(self) -> Capabilities:
        """What the map within can."""
        return self.inner.capabilities

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.input_low.device

    def accepts(self, *sources: Space, target: Space | None = None) -> str | None:
        """Return why it does not answer functions of these spaces, None where calling it raises no ValueError."""
        reason = refused(self.problem, self.capabilities, sources, target)
        domain = domain_of(sources, target)
        if reason is not None or domain.points == self.problem.domain.points:
            return reason
        points = domain.points
        some = torch.zeros(1, len(self.problem.channels), *points, device=self.device, dtype=self.input_low.dtype)
        try:
            with torch.inference_mode():
                self(some)
        except ValueError as error:
            where = f"a {domain.kind} of {' x '.join(str(n) for n in points)} points"
            return f"this surrogate cannot take {where}: {error}"
        return None

    def forward(self, fields: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to outputs (b, c_out, s...), both in physical units.

        Raises:
            ValueError: another number of channels or axes, or a grid that it cannot take.
        """
        channels, axes = len(self.problem.channels), len(self.problem.target.domain.points)
        if fields.ndim != axes + 2 or fields.shape[1] != channels:
            names = ", ".join(field.name for field in self.problem.channels)
            raise ValueError(f"expected (b, {channels}, {axes} space axes) with {names}; got {tuple(fields.shape)}")
        return self.inner(fields)

    def at(self, fields: Tensor, points: Tensor) -> Tensor:
        """Map inputs (b, c_in, s...) to the outputs (b, c_out, k) at ``points`` (k, d), all in physical units.

        Raises:
            ValueError: it answers on its grid alone, or cannot take these inputs or points.
        """
        return self.inner.at(fields, points)

    def roll_out(self, fields: Tensor, problem: Problem, steps: int) -> Tensor:
        """Map inputs (b, c_in, s...) of ``problem`` to the states after 1 to ``steps`` steps, (b, t, c_out, s...)."""
        return roll_out(self, problem, fields, steps)

    def inner_target(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Return ``outputs``."""
        return outputs

    def outside(self, fields: Tensor) -> Tensor:
        """Return, per sample (b,), the part of input values that lie outside the range of the training inputs."""
        shape = (1, -1, *[1] * (fields.ndim - 2))
        low, high = self.input_low.reshape(shape), self.input_high.reshape(shape)
        return ((fields < low) | (fields > high)).float().flatten(1).mean(1)

    def unlike(self, fields: Tensor) -> list[str]:
        """Return, per sample of (b, c_in, s...), in what it is unlike the training inputs; empty: in nothing known.

        Of a run that kept no more than the range of values, that range is what is known.
        """
        guard = self.guard or of_values(self.problem, self.input_low, self.input_high)
        return guard.outside(fields, self.problem)
