"""What is minimised, item by item: the loss of a prediction, or what else follows from surrogate and item."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from surrogate.predictors.surrogate import Surrogate

# The surrogate in the precision of the training, from inputs (b, c_in, s...) to outputs (b, c_out, s...).
Predict = Callable[[Tensor], Tensor]

# The losses (b,) of items with inputs (b, c_in, s...) and outputs (b, ...), all in physical units.
Objective = Callable[[Predict, Tensor, Tensor], Tensor]


class Graded(nn.Module):
    """A surrogate and its objective as one module, so that one forward is all that a step needs of it.

    Args:
        surrogate: what learns.
        objective: of its predictions.
        dtype: arithmetic of the operator; weights, data and losses keep their own, which is at least float32.
    """

    def __init__(self, surrogate: Surrogate, objective: Objective, dtype: torch.dtype) -> None:
        super().__init__()
        self.surrogate = surrogate
        self.objective = objective
        self.dtype = dtype

    def forward(self, inputs: Tensor, outputs: Tensor) -> Tensor:
        """Return the losses (b,) of items."""
        return self.objective(self.predict, inputs, outputs)

    def predict(self, inputs: Tensor) -> Tensor:
        """Return predictions in the type of ``inputs``."""
        lowered = self.dtype in (torch.bfloat16, torch.float16)
        with torch.autocast(inputs.device.type, self.dtype if lowered else None, enabled=lowered):
            prediction = self.surrogate(inputs)
        return prediction.to(inputs.dtype)
